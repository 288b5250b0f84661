"""The tab Faithfulness: what it starts, what it says, and that it is about the result on screen."""

import html
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from app.components import jobs, reliability
from app.figures import findings
from app.screens import export_menu, faithfulness, randomisation
from app.screens.faithfulness import report_parts as reported
from app.session import Explained
from tests.app.pages import MAIN, mine, texts, until_quiet
from tests.oracles import perturbed
from wam_core.evaluation.controls import CHANCE, ENERGY, OURS, SHOWN, Entry
from wam_core.evaluation.curves import clipped
from wam_core.evaluation.domain import Wavelet
from wam_core.evaluation.pipeline import Grid
from wam_core.evaluation.ranking import magnitude

pytestmark = pytest.mark.slow

TABS = {"image": "tab", "sound": "sound-tab", "volume": "volume-tab"}


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """A few shares and parts: what is drawn is under test, not how finely."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(faithfulness, "COARSE", Grid(2, 3))
        patch.setattr(faithfulness, "FINE", Grid(4, 4))
        patch.setattr(faithfulness, "_SAMPLES", 3)
        patch.setattr(faithfulness, "_CHEAP_S", 0.0)  # the path-signed ranking waits to be asked
        patch.setattr(randomisation, "PARTS", 2)
        patch.setattr(randomisation, "_MOST_INPUTS", 2)
        yield


def visit(modality: str = "image") -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=120)
    app.query_params["modality"] = modality.capitalize()
    app.query_params["method" if modality == "image" else f"{modality}-method"] = "Gradient"
    until_quiet(app)
    app.session_state[TABS[modality]] = "Faithfulness"
    return app.run()


def press(app: AppTest, name: str) -> AppTest:
    app.button(key=f"start-{name}").click()
    return until_quiet(app)


def shown(app: AppTest, modality: str = "image") -> Explained:
    return mine(app).explained[modality]


def tried(app: AppTest, name: str = "trial", grid: Grid | None = None, modality: str = "image"):  # type: ignore[no-untyped-def]
    key = faithfulness._key(shown(app, modality), grid or faithfulness.COARSE)
    return mine(app).measured[name, key]


def running(app: AppTest) -> list[str]:
    """Names of the jobs under way, apart from those in the background."""
    every = mine(app).jobs.items()
    return [name for name, job in every if job.is_running and not job.background]


@pytest.fixture(scope="module")
def tested() -> AppTest:
    """A picture whose explanation was put to the test."""
    return press(visit(), "trial")


def test_opening_the_tab_starts_nothing() -> None:
    app = visit()
    state = mine(app)
    assert not running(app) and {name for name, _ in state.measured} <= {reliability.NAME}
    assert app.button(key="start-trial").label.startswith("Put it to the test · ")
    assert [b for b in app.button if b.key == "start-forgetting"]
    assert not app.metric


def test_the_curves_are_of_the_attribution_on_screen(tested: AppTest) -> None:
    explained = shown(tested)
    result, net = explained.result, explained.subject.net
    domain = Wavelet(result.transform)
    expected = perturbed(
        clipped(net), result.input, domain, magnitude(domain.rows(result.attribution)),
        faithfulness.COARSE.shares,
    )  # fmt: skip
    found = tried(tested)
    assert set(found) == {Entry(SHOWN), Entry(ENERGY), *(Entry(CHANCE, n) for n in range(3))}
    torch.testing.assert_close(
        found[Entry(SHOWN)].curve("insertion").outputs, expected.insertion.outputs,
        rtol=1e-3, atol=1e-5,
    )  # fmt: skip


def test_what_was_measured_stands_in_the_report(
    tested: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "session", lambda: mine(tested))
    parts = reported(shown(tested))
    assert [part.kind for part in parts] == ["words", "chart", "chart", "table"]
    page = export_menu.as_page(shown(tested), export_menu.Measured(parts), "somebody")
    assert "was not measured" not in page
    assert "Insertion: the strongest alone" in page and "Largest first, |z|" in page
    (sentence,) = parts[0].lines
    assert sentence.replace("|", "\\|") in texts(tested).replace("**", "")
    assert "**" not in sentence and sentence in html.unescape(page)


def test_the_sentence_and_the_readouts_are_of_those_curves(tested: AppTest) -> None:
    found = tried(tested)
    ours, energy = (found[Entry(name)] for name in (SHOWN, ENERGY))
    label = shown(tested).result.target.label
    said = findings.ranking_finding(
        f"“{label}”", f"“{label}”", ours, energy,
        [found[Entry(CHANCE, n)] for n in range(3)],
    )  # fmt: skip
    assert said.text in texts(tested)
    cards = [(metric.label, metric.value) for metric in tested.metric]
    assert [label for label, _ in cards] == [
        "Gain over |z|", "log-AUC", "Sufficient share", "Necessary share", "FF", "Fid-In",
        *2 * ("Insertion", "Deletion", "Faithfulness"),
    ]  # fmt: skip
    gain = findings.gain("log-auc", "", ours, energy)
    assert dict(cards)["Gain over |z|"] == f"{gain:+.3f}".replace("-", "−")
    assert all(metric.help for metric in tested.metric)
    assert "Reading **petsiuk**" in texts(tested) and "Reading **normalised**" in texts(tested)
    table = tested.dataframe[0].value
    assert {"This explanation, |γ|", "Largest first, |z|", "At random"} <= set(table.columns)
    assert (table["Metric"] == "Faithfulness").sum() == 2


def test_a_view_is_no_reason_to_measure_again(tested: AppTest) -> None:
    before = tried(tested)
    tested.session_state["curve-axis"] = "linear"
    tested.session_state["sign"] = "signed"
    tested.run()
    assert not tested.exception and not running(tested)
    assert tried(tested) is before
    assert not [b for b in tested.button if b.label.startswith("Put it to the test")]


def test_more_is_measured_on_request_only() -> None:
    app = press(visit(), "trial")
    assert "path-signed ranking" not in texts(app)
    press(app, "ours")
    assert "path-signed ranking" in texts(app)
    assert "Ours, path-signed" in app.dataframe[0].value.columns
    assert set(tried(app, "ours")) == {Entry(OURS)}

    press(app, "wrong")
    wrong, _ = mine(app).measured["wrong", shown(app).key].wrong
    assert wrong != shown(app).result.target.index
    assert f"Asked for “{shown(app).subject.net.label(wrong)}” instead" in texts(app)
    assert "Wrong class" in [metric.label for metric in app.metric]

    press(app, "trial")  # finer; with what was asked for in the meantime
    fine = tried(app, grid=faithfulness.FINE)
    assert Entry(OURS) in fine
    assert len(fine[Entry(SHOWN)].curve("insertion").shares) == len(faithfulness.FINE.shares)
    assert not [b for b in app.button if b.key in ("start-trial", "start-ours", "start-wrong")]


def test_cancelling_leaves_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    app = press(visit(), "trial")
    before = texts(app)
    monkeypatch.setattr(faithfulness, "FINE", Grid(2000, 2))
    app.run()
    app.button(key="start-trial").click()
    app.run()
    ticket = mine(app).jobs["trial"].ticket
    app.button(key="cancel-trial").click()
    until_quiet(app)
    assert ticket.state == "cancelled"
    assert "Cancelled" in texts(app)
    assert before.splitlines()[4] in texts(app)
    assert mine(app).explained["image"] is not None


def test_another_result_is_not_judged_by_the_curves_of_the_first() -> None:
    app = press(visit(), "trial")
    first = shown(app).key
    app.session_state["wavelet"] = "db2"
    until_quiet(app)
    assert shown(app).key != first
    assert app.button(key="start-trial").label.startswith("Put it to the test")
    assert not app.metric


def test_randomisation_leaves_the_shared_network_alone() -> None:
    app = visit()
    net = shown(app).subject.net
    before = {name: value.clone() for name, value in net.module.state_dict().items()}
    press(app, "forgetting")
    stages = mine(app).measured["forgetting", f"{shown(app).key} cascading"]
    assert len(stages) == 3 and stages[0].correlation == 1
    assert abs(stages[-1].correlation) < 0.9
    assert findings.randomisation_finding(stages, independent=False) in texts(app).replace(
        "\\_", "_"
    )
    after = net.module.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    app.session_state["forgetting-way"] = "independent"
    app.run()
    assert [b for b in app.button if b.key == "start-forgetting"], "the other way is another job"


@pytest.mark.parametrize(("modality", "word"), [("sound", "loudest"), ("volume", "largest")])
def test_sounds_and_volumes_are_put_to_the_test_alike(modality: str, word: str) -> None:
    app = press(visit(modality), "trial")
    found = tried(app, modality=modality)
    p = found[Entry(SHOWN)].p
    result = shown(app, modality).result
    assert p == pytest.approx(float(result.probabilities[0, result.target.index]), abs=2e-3)
    assert f"of the {word} ones" in texts(app) or f"the {word} " in texts(app)
    assert np.isfinite(found[Entry(ENERGY)].curve("deletion").outputs.numpy()).all()


def test_what_ends_while_the_page_is_drawn_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit()
    app.button(key="start-trial").click()
    app.run()
    ticket = mine(app).jobs["trial"].ticket
    look = faithfulness.collect

    def collect() -> None:
        """Looks, and only then the measurement ends."""
        look()
        ticket.result(60)

    monkeypatch.setattr(faithfulness, "collect", collect)
    app.run()
    assert not app.exception and not running(app)
    assert app.metric, "the page was drawn again, with the result"
