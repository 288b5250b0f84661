"""The Compare screen: what is computed and what is kept, and what is said of it."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from app.state import Session


def page() -> None:
    from app.screens import compare

    compare.screen()


def started(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    app.button(key="compare").click()
    return until_done(app)


def until_done(app: AppTest, seconds: float = 180) -> AppTest:
    deadline = time.monotonic() + seconds
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    while mine(app).runs["compare"].ticket is not None:
        assert time.monotonic() < deadline, "the comparison did not finish"
        time.sleep(0.1)
        app.run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def mine(app: AppTest) -> Session:
    return app.session_state["wam"]


def fresh(
    kind: str = "image", a: str = "wam-gradient", b: str = "saliency", **more: str
) -> AppTest:
    app = AppTest.from_function(page, default_timeout=120)
    start = "" if kind == "image" else f"{kind}-"
    app.query_params["modality"] = kind
    app.query_params[f"{start}method-a"] = TITLES.get(a, a)
    app.query_params[f"{start}method-b"] = TITLES.get(b, b)
    for name, value in more.items():
        app.query_params[name] = value
    return app


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "error", "info", "warning")
    return "\n".join(e.value for kind in kinds for e in app.get(kind))


TITLES = {"wam-gradient": "WAM gradient", "saliency": "Saliency (pixels)"}


@pytest.fixture(scope="module")
def compared() -> AppTest:
    return started(fresh())


def test_nothing_is_computed_until_it_is_asked_for() -> None:
    app = fresh()
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    assert texts(app).count("Press **Compare**") == 2
    assert not mine(app).ranked
    assert "6 of 6 rankings" in texts(app)


def test_both_panes_and_the_controls_of_both_domains_are_ranked(compared: AppTest) -> None:
    names = {ranked.name for ranked in mine(compared).ranked.values()}
    assert names == {
        "wam-gradient", "saliency", "control-z", "control-x", "random", "random-samples",
    }  # fmt: skip
    assert compared.button(key="compare").disabled
