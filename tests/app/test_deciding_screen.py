"""Sufficient and necessary inputs, and randomisation, on the Experiments screen, in every kind of input."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.pages import mine, run, texts, until_quiet

pytestmark = pytest.mark.slow


def page() -> None:
    from app.screens import experiments

    experiments.screen()


KINDS = pytest.mark.parametrize("kind", ["Image", "Sound", "Volume"])


def explained(experiment: str, kind: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=90)
    prefix = "" if kind == "Image" else f"{kind.lower()}-"
    app.query_params["experiment"] = experiment
    app.query_params["modality"] = kind
    app.query_params[f"{prefix}method"] = "Gradient"
    return until_quiet(app)


def measured(app: AppTest, name: str):  # type: ignore[no-untyped-def]
    ((_, found),) = [(key, value) for key, value in mine(app).measured.items() if key[0] == name]
    return found


@KINDS
def test_what_is_enough_and_what_cannot_be_missed(kind: str) -> None:
    app = explained("Sufficient and necessary", kind)
    app.button(key="start-enough").click()
    until_quiet(app)
    there = measured(app, "enough")
    table = app.dataframe[0].value
    assert list(table["Which"]) == ["sufficient"] * 3 + ["necessary"] * 3
    assert list(table["p of the answer"]) == [
        piece.probability for by in (there.sufficient, there.necessary) for piece in by.values()
    ]
    ours, energy = there.sufficient["shown"].share, there.sufficient["control-z"].share
    said = texts(app)
    assert ("better than size does" in said) == (ours < energy)
    assert ("no better than" in said) == (ours == energy)
    assert ("worse than" in said) == (ours > energy)


@KINDS
def test_the_map_is_compared_with_those_of_networks_that_forget(kind: str) -> None:
    app = explained("Randomisation", kind)
    app.button(key="start-forgetting").click()
    until_quiet(app)
    stages = measured(app, "forgetting")
    assert stages[0].part is None and stages[0].correlation == pytest.approx(1)
    assert all(stage.correlation < 0.9 for stage in stages[2:])
    assert "correlate" in texts(app)


def test_the_explanation_is_the_one_of_explain() -> None:
    app = explained("Randomisation", "Volume")
    result = mine(app).explained["volume"].result
    app.session_state["experiment"] = "deciding"
    run(app)
    assert mine(app).explained["volume"].result is result
    assert "Find both" in app.button(key="start-enough").label
