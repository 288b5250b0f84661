"""The Compare screen: what is computed and what is kept, and what is said of it."""

import threading
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.components import comparison, explanation
from tests.app.pages import mine, texts, until_quiet
from wam_core.errors import ModelError
from wam_core.evaluation.pipeline import Ranking

pytestmark = pytest.mark.slow


def page() -> None:
    from app.screens import compare

    compare.screen()


def started(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    return until_quiet(app)


def fresh(kind: str = "Image", a: str = "WAM gradient", b: str = "Saliency (pixels)") -> AppTest:
    """Two panes of cheap methods."""
    app = AppTest.from_function(page, default_timeout=120)
    before = "" if kind == "Image" else f"{kind.lower()}-"
    app.query_params["modality"] = kind
    app.query_params["panes"] = "2"
    app.query_params[f"{before}method-a"], app.query_params[f"{before}method-b"] = a, b
    return app


@pytest.fixture(scope="module")
def compared() -> AppTest:
    return started(fresh())


def test_it_arrives_with_the_method_of_explain_the_baseline_and_another_method() -> None:
    app = AppTest.from_function(page, default_timeout=120)
    app.query_params["compare-samples"] = "2"
    started(app)
    assert [app.session_state[f"method-{letter}"] for letter in "abc"] == [
        "wam-ig", "control-z", "wam-path",
    ]  # fmt: skip
    names = {ranked.name for ranked in mine(app).ranked.values()}
    assert names == {"wam-ig", "control-z", "wam-path", "random"}
    assert "n = 1, not conclusive" in texts(app)
    assert not app.sidebar.children, "all controls are in one row above the maps"


def test_what_takes_long_is_computed_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    app = started(fresh())
    monkeypatch.setattr(explanation, "AUTOMATIC_S", 0.0)
    app.selectbox(key="method-b").set_value("gradcam").run()
    button = app.button(key="compare")
    assert button.label.startswith("Compare · ")
    before = len(mine(app).ranked.values())
    button.click()
    until_quiet(app)
    assert len(mine(app).ranked.values()) == before + 1


def test_both_panes_and_the_controls_of_both_domains_are_ranked(compared: AppTest) -> None:
    names = {ranked.name for ranked in mine(compared).ranked.values()}
    assert names == {
        "wam-gradient", "saliency", "control-z", "control-x", "random", "random-samples",
    }  # fmt: skip
    assert "compare" not in [button.key for button in compared.button]
    assert "uniform = 1" in texts(compared)
    assert "Rank correlation" in texts(compared)


def test_a_gain_over_the_control_is_said_only_where_there_is_one(compared: AppTest) -> None:
    table = compared.dataframe[0].value.set_index("Method")
    for name, control in (
        ("A · WAM gradient", "|z| alone"), ("B · Saliency (pixels)", "|x| alone (pixels)"),
    ):  # fmt: skip
        gain = table.loc[name, "log-AUC"] - table.loc[control, "log-AUC"]
        assert table.loc[name, "Gain"] == pytest.approx(gain)
        assert gain < -0.02, "a plain gradient does not beat size on Chelsea"
    verdict = texts(compared).replace("\\", "")
    assert "**A** is below |z| (−" in verdict and "**B** is below |x| (−" in verdict
    assert "gains" not in verdict
    both = table["Insertion"] - table["Deletion"]
    assert both.tolist() == pytest.approx(table["Faithfulness"].tolist())


def test_another_pane_leaves_the_others_as_they_are() -> None:
    app = started(fresh())
    before = dict(mine(app).ranked)
    app.selectbox(key="method-b").set_value("gradcam").run()
    assert not app.exception
    until_quiet(app)
    after = mine(app).ranked
    assert all(after[key] is one for key, one in before.items())
    (new,) = (after[key] for key in after.keys() - before.keys())
    assert isinstance(new, Ranking) and new.name == "gradcam"
    app.segmented_control(key="reference-2").set_value("B").run()
    assert "with B: A" in texts(app)
    assert mine(app).ranked == after, "another reference needs no pass of the network"


def test_a_method_that_does_not_suit_is_said_in_its_pane_and_the_rest_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = comparison.rank

    def refuses(name: str, *rest: Any) -> Any:
        if name == "saliency":
            raise ModelError("this network has no gradient")
        return real(name, *rest)

    monkeypatch.setattr(comparison, "rank", refuses)
    app = started(fresh())
    assert "this network has no gradient" in "".join(e.value for e in app.error)
    assert (
        "**A** is below" in texts(app) and "**B**" not in texts(app).partition("on this input")[0]
    )


def test_a_cancelled_comparison_keeps_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    began, released = threading.Event(), threading.Event()
    real = comparison.rank

    def slow(name: str, *rest: Any) -> Any:
        if name == "saliency":
            began.set()
            assert released.wait(60)
        return real(name, *rest)

    monkeypatch.setattr(comparison, "rank", slow)
    app = fresh()
    app.run()
    assert began.wait(60)
    app.run()
    assert app.dataframe[0].value["Method"].tolist() == ["A · WAM gradient"], (
        "what there is, is shown while the rest is computed"
    )
    app.button(key="cancel-compare").click().run()
    released.set()
    until_quiet(app)
    assert "Cancelled" in texts(app)
    found = mine(app).ranked.values()
    assert [one.name for one in found if isinstance(one, Ranking)] == ["wam-gradient"]
    assert "compare" in [button.key for button in app.button], "the rest can be asked for"


@pytest.mark.parametrize(
    ("kind", "conventional"), [("Sound", "Saliency (input)"), ("Volume", "Saliency (voxels)")]
)
def test_sounds_and_volumes_are_compared_too(kind: str, conventional: str) -> None:
    app = started(fresh(kind, b=conventional))
    assert not app.error, [e.value for e in app.error]
    assert ("cannot be played" in texts(app)) == (kind == "Sound"), "bins of a spectrogram"
    assert len(app.dataframe[0].value) == 6
