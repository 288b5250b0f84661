"""The Explain screen without a browser: what is drawn, what is recomputed, what survives."""

import gc
import time
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from wam_core import Gradient, IntegratedGradients
from wam_core.signals import Signal

MAIN = Path(__file__).parents[2] / "app" / "main.py"


def run_until_done(app: AppTest, seconds: float = 90) -> AppTest:
    deadline = time.monotonic() + seconds
    app.run()
    while app.session_state["wam"].job is not None:
        assert time.monotonic() < deadline, "the explanation did not finish"
        time.sleep(0.1)
        app.run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def texts(app: AppTest) -> str:
    return "\n".join(
        e.value for kind in ("markdown", "caption", "error", "warning") for e in app.get(kind)
    )


@pytest.fixture(scope="module")
def visited() -> AppTest:
    """A first visit, with its result."""
    return run_until_done(AppTest.from_file(str(MAIN), default_timeout=90))


@pytest.fixture
def app() -> AppTest:
    return run_until_done(AppTest.from_file(str(MAIN), default_timeout=90))


def test_a_first_visit_shows_a_result_without_a_click(visited: AppTest) -> None:
    result = visited.session_state["wam"].shown["image"].result
    assert result.target.label in ("tiger cat", "Egyptian cat", "tabby, tabby cat")
    assert "Most of the importance" in texts(visited)
    assert [tab.label for tab in visited.tabs][:2] == ["Overview", "Scales × orientations"]


def test_a_search_for_garbage_skips_the_libraries(visited: AppTest) -> None:
    # Streamlit searches after every run of a page, and all other threads wait
    assert gc.get_freeze_count() > 100_000


def test_views_never_recompute(app: AppTest) -> None:
    before = app.session_state["wam"].shown["image"].result
    app.session_state["sign"] = "signed"
    app.session_state["colours"] = "own"
    app.session_state["bands-3"] = [
        band for band, _ in before.attribution.bands() if band.level == 1
    ]
    app.session_state["tab"] = "Reconstruct"
    app.run()
    assert not app.exception
    assert app.session_state["wam"].shown["image"].result is before
    assert app.session_state["wam"].job is None
    assert "The network now says" in texts(app)


def test_another_variant_waits_for_the_button(app: AppTest) -> None:
    before = app.session_state["wam"].shown["image"].result
    app.session_state["method"] = "integrated"
    app.run()
    assert app.session_state["wam"].shown["image"].result is before
    assert "earlier settings" in texts(app)
    app.button(key="explain").click()
    run_until_done(app)
    after = app.session_state["wam"].shown["image"].result
    assert isinstance(after.path, IntegratedGradients)
    assert "Completeness" in [m.label.split()[0] for m in _on_tab(app, "Details").metric]


def _on_tab(app: AppTest, name: str) -> AppTest:
    app.session_state["tab"] = name
    return app.run()


def test_a_setting_changed_in_mid_run_supersedes_the_job(app: AppTest) -> None:
    app.session_state["method"] = "smoothgrad"
    app.run()
    next(s for s in app.slider if s.label == "Samples").set_value(200)
    app.run()
    app.button(key="explain").click()
    app.run()
    slow = app.session_state["wam"].job
    assert slow is not None
    app.session_state["method"] = "gradient"
    run_until_done(app)
    assert slow.state == "cancelled"
    assert isinstance(app.session_state["wam"].shown["image"].result.path, Gradient)


def test_a_picture_the_network_cannot_take_leaves_the_result(app: AppTest) -> None:
    mine = app.session_state["wam"]
    before = mine.shown["image"].result
    strip = torch.zeros(3, 1, 20_000, dtype=torch.uint8).numpy()
    mine.inputs["image"] = Signal.from_values(strip, "image", "strip <b>*.png")
    mine.samples["image"] = None
    app.run()
    assert not app.exception
    assert mine.shown["image"].result is before
    assert any("previous result stays" in e.value for e in app.error)


@pytest.mark.parametrize(
    ("name", "said"),
    [("no_such_network", "no\\_such\\_network"), ("local-dir:/etc", "not open to visitors")],
)
def test_a_network_that_cannot_be_had_is_one_sentence(name: str, said: str) -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params["model"] = name
    app.run()
    assert not app.exception
    assert [said in error.value for error in app.error] == [True]


def test_about_names_licences() -> None:
    page = AppTest.from_function(_about, default_timeout=60).run()
    assert not page.exception
    shown = page.table[0].value.to_string().replace("\\", "")
    assert "Apache-2.0" in shown
    assert "trained on ESC-10 by K. J. Piczak" in shown


def _about() -> None:
    from app.screens import about

    about.screen()
