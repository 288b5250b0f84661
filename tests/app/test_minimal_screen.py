"""Minimal input on the Experiments screen: watched, cancelled, put to the test, in every kind of input."""

import time
from urllib.parse import urlencode

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.pages import mine, run, texts, until_quiet
from wam_core import DiscreteWaveletTransform
from wam_core.evaluation.minimal import Minimal, Search, Step

pytestmark = pytest.mark.slow


def page() -> None:
    from app.screens import experiments

    experiments.screen()


def visit(kind: str, **query: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=90)
    for name, value in {
        "experiment": "Minimal input", "modality": kind, "minimal-steps": "50", **query,
    }.items():  # fmt: skip
        app.query_params[name] = value
    return run(app)


def outcome(app: AppTest) -> Minimal | Step:
    asked = mine(app).jobs["minimal"].request
    return mine(app).measured["minimal", asked.key]


@pytest.mark.parametrize("kind", ["Image", "Sound", "Volume"])
def test_a_search_in_every_kind_of_input(kind: str) -> None:
    app = visit(kind)
    assert "press **Search**" in texts(app)
    app.button(key="search").click()
    until_quiet(app)
    found = outcome(app)
    assert isinstance(found, Minimal) and len(found.readings) == 51
    last = found.readings[-1]
    assert last.kept < 1
    said = texts(app)
    assert ("**rose**" in said) == (last.score > found.readings[0].score and found.keeps)
    assert ("label is lost" in said) == (not found.keeps)
    values = {metric.label: metric.value for metric in app.metric}
    assert values["Score, logits"] == f"{last.score:.3g}"
    assert values["p of the class"] == f"{last.probability:.3g}"


def test_another_class_is_the_control() -> None:
    app = visit("Volume")
    app.button(key="search").click()
    until_quiet(app)
    right = outcome(app)
    app.button(key="start-minimal-wrong").click()
    until_quiet(app)
    ((_, wrong),) = [(k, v) for k, v in mine(app).measured.items() if k[0] == "minimal-wrong"]
    assert wrong.target.index not in (right.target.index, right.readings[0].best)
    assert wrong.search == right.search and wrong.transform == right.transform
    flipped = wrong.readings[-1].best == wrong.target.index
    assert ("**It fabricates.**" in texts(app)) == flipped
    assert ("does **not** turn" in texts(app)) == (not flipped)


def test_what_was_found_until_it_was_cancelled_is_shown() -> None:
    app = visit("Volume", **{"minimal-steps": "1000"})
    app.button(key="search").click()
    run(app)
    job = mine(app).jobs["minimal"]
    while job.ticket.progress is None:
        time.sleep(0.05)
    app.button(key="cancel-minimal").click()
    until_quiet(app, 20)
    found = outcome(app)
    assert isinstance(found, Step) and 0 < found.done < 1000
    assert f"Stopped after {found.done} of 1000 steps" in texts(app)
    assert "Try a wrong class" not in [button.label for button in app.button]


def test_a_link_restores_the_search() -> None:
    app = visit(
        "Volume",
        **{
            "volume-sample": "A table", "minimal-steps": "100", "minimal-price-volume": "30 logits",
            "minimal-rate": "0.05", "volume-wavelet-minimal": "db2",
        },
    )  # fmt: skip
    app.button(key="search").click()
    run(app)
    asked = mine(app).jobs["minimal"].request
    mine(app).jobs["minimal"].ticket.cancel()
    assert asked.subject.signal.name == "table"
    assert asked.search == Search(30.0, 100, 0.05)
    assert (
        isinstance(asked.transform, DiscreteWaveletTransform) and asked.transform.wavelet == "db2"
    )
    assert "minimal-rate=0.05" in urlencode(
        {name: value for name, value in app.query_params.items()}, doseq=True
    )
    until_quiet(app, 20)


def test_a_link_with_an_upload_asks_for_the_file() -> None:
    app = visit("Image", file="cat.png", sha256="ab" * 32)
    assert "This link is about **cat\\.png**" in texts(app)
    assert "search" not in [button.key for button in app.button]
    app.button(key="forget-file").click()
    run(app)
    assert "search" in [button.key for button in app.button]
