"""The reliability chip: words, background job, popover, cancelling."""

import doctest
import time

import pytest
from streamlit.testing.v1 import AppTest

from app.components import reliability
from app.figures import reliability_text
from app.jobs import Job
from tests.app.pages import MAIN, mine, run, texts, until_quiet
from wam_core import Gradient, IntegratedGradients, PathSigned, SmoothGrad, transforms
from wam_core.evaluation.reliability import Check, Grade, Reliability

HAAR = transforms.build("dwt", ndim=2, levels=2)


def test_examples_are_true() -> None:
    found = doctest.testmod(reliability_text)
    assert found.attempted and not found.failed


@pytest.mark.parametrize("name", ["baseline", "stability", "randomisation"])
@pytest.mark.parametrize("grade", Grade)
def test_a_verdict_has_two_words(name: str, grade: Grade) -> None:
    words = reliability_text.outcome_text(Reliability((Check(name, grade, "", 0.0),), {}))
    assert len(words.split()) == 2
    assert (words == reliability_text.PASSED) is (grade is Grade.GOOD)


@pytest.mark.parametrize(
    ("path", "check", "said"),
    [
        (SmoothGrad(25), ("relative error", 0.91), "Monte Carlo standard error: 91 % of the map"),
        (
            IntegratedGradients(),
            ("relative error", 0.2),
            "Step-halving estimate of the error: 20 %",
        ),
        (PathSigned(HAAR), ("rank correlation", 0.44), "with the map of 12 steps: 0.44"),
        (Gradient(), ("rank correlation", -0.1), "with the map of input noise of 1 %: −0.10"),
        (SmoothGrad(1), ("rank correlation", 0.5), "with the map of another seed: 0.50"),
    ],
)
def test_stability_names_its_measure(path, check, said) -> None:  # type: ignore[no-untyped-def]
    told = reliability_text.sentence(Check("stability", Grade.WEAK, *check, 12), path)
    assert said in told.replace("\xa0", " ")


@pytest.fixture
def app() -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=120)
    app.query_params["modality"] = "Volume"  # the quickest
    return until_quiet(app)


def job(app: AppTest) -> Job[reliability.Checked]:
    return mine(app).jobs[reliability.NAME]


def label(app: AppTest) -> str:
    (chip,) = [one for one in app.get("popover") if "-badge[" in one.proto.popover.label]
    words: str = chip.proto.popover.label
    return words


def opened(app: AppTest) -> str:
    app.session_state[reliability.NAME] = True
    return texts(run(app))


def test_the_checks_run_in_the_background_and_are_shown(app: AppTest) -> None:
    ticket = job(app).ticket
    opened(app)  # and stays so when the words change
    assert ticket is not None and ticket.background and ticket.wait(120)
    run(app)
    assert job(app).ticket is ticket, "not measured again"
    found = job(app).result
    assert found is not None
    assert reliability_text.outcome_text(found.found) in label(app)
    assert set(found.pictures) == {"map", "baseline", "randomisation"}
    assert not found.found.maps, "maps are not kept"
    run(app)
    said = texts(app)
    for name in reliability_text.NAMES.values():
        assert f"**{name}**" in said
    assert "n = 1" in said and "log\\-AUC" in said


def test_another_explanation_supersedes_the_checks(app: AppTest) -> None:
    first = job(app).request
    app.session_state["volume-method"] = "gradient"
    until_quiet(app)
    assert job(app).request != first
    assert job(app).request == mine(app).explained["volume"].key


def test_cancelled_checks_stay_so_until_they_are_asked_for(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forever(explained):  # type: ignore[no-untyped-def]
        while True:
            time.sleep(0.01)
            yield reliability.ReliabilityProgress(1, 2)

    monkeypatch.setattr(reliability, "steps", forever)
    app.session_state["volume-method"] = "path-signed"
    until_quiet(app)
    assert reliability_text.RUNNING in label(app)
    opened(app)
    app.button(key="reliability-cancel").click().run()
    ticket = job(app).ticket
    assert ticket is not None and ticket.wait(20) and ticket.state == "cancelled"
    assert "Cancelled" in opened(app)
    assert reliability_text.MISSING in label(app) and job(app).ticket is ticket
    monkeypatch.undo()
    app.button(key="reliability-again").click().run()
    assert job(app).ticket is not ticket and job(app).ticket.wait(120)  # type: ignore[union-attr]
    run(app)
    assert reliability_text.MISSING not in label(app)
