"""The Evaluate screen: the same numbers as the core's, kept when cancelled, damaged files named."""

import shlex
import threading
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import models
from app import kinds
from app.components import study_plan
from app.kinds import Kind
from app.screens import saved_studies
from app.server import server
from app.session import StudyRecord
from models import samples
from tests.app.pages import mine, run, texts, until_quiet
from wam_core import DiscreteWaveletTransform
from wam_core.defaults import DEFAULTS
from wam_core.evaluation.methods import Settings
from wam_core.evaluation.study import SECONDS, Item, Plan, Progress, Row, study
from wam_core.signals.image import encode_png
from wam_core.steps import map_steps, run_to_end

pytestmark = pytest.mark.slow

CONTROLS = {"control-z", "control-x", "random", "random-samples"}


def page() -> None:
    from app.screens import evaluate

    evaluate.screen()


def fresh(chosen: tuple[str, ...] = ("chelsea", "coffee")) -> AppTest:
    """Cheap methods over two pictures, few steps."""
    app = AppTest.from_function(page, default_timeout=120)
    app.session_state["study-samples-image"] = list(chosen)
    app.session_state["study-wam-sg-image-8"] = ["wam-gradient"]
    app.session_state["study-gradcam-image-7"] = ["saliency"]
    app.session_state["study-metrics"] = ["faithfulness", "log-auc"]
    app.session_state["study-steps"] = 8
    app.session_state["study-passes"] = 2
    return run(app)


def studied(app: AppTest) -> StudyRecord:
    (found,) = mine(app).studies.values()
    return found


@pytest.fixture(scope="module")
def evaluated() -> AppTest:
    app = fresh()
    app.button(key="evaluate").click()
    return until_quiet(app)


def test_controls_of_both_domains_are_always_measured(evaluated: AppTest) -> None:
    assert {row.method for row in studied(evaluated).rows} == {
        "wam-gradient", "saliency", *CONTROLS,
    }  # fmt: skip
    assert "**2 inputs measured**" in texts(evaluated)
    assert "Always included baselines" in texts(evaluated)
    assert evaluated.button(key="evaluate").disabled


def test_the_numbers_are_those_of_the_core(evaluated: AppTest) -> None:
    usual = DEFAULTS["image"]
    transform = DiscreteWaveletTransform(usual.wavelet, 3, ndim=2, boundary=usual.padding)
    plan = Plan(
        ("wam-gradient",), ("faithfulness", "log-auc"),
        Settings(transform, 2, usual.spread, 0, usual.grading), 8,
    )  # fmt: skip
    items = [Item("chelsea", lambda: samples.load("chelsea"))]
    expected = run_to_end(study(models.load(models.default("image")), items, plan)).rows
    ours = {row[:4]: row.value for row in studied(evaluated).rows}
    for row in expected:
        if row.metric != SECONDS:
            assert ours[row[:4]] == pytest.approx(row.value, abs=1e-4)


def test_below_ten_inputs_nothing_is_concluded(evaluated: AppTest) -> None:
    said = texts(evaluated)
    assert "Faithfulness, unnormalised AUC, gain over the baseline: WAM gradient (" in said
    assert "n = 2, not conclusive." in said
    evaluated.selectbox(key="study-metric").select(("log-auc", "")).run()
    assert "log-AUC, gain over the baseline: WAM gradient (−" in texts(evaluated)


def test_the_line_for_the_shell_gives_the_same_plan(evaluated: AppTest) -> None:
    words = shlex.split(evaluated.code[0].value)
    assert words[:3] == ["wam", "evaluate", "FOLDER"]
    given = dict(zip(words[3::2], words[4::2], strict=True))
    assert set(given["--methods"].split(",")) == {"wam-gradient", "saliency", *CONTROLS}
    assert given["--metrics"] == "faithfulness,log-auc"
    assert (given["--wavelet"], given["--levels"]) == ("haar", "3")
    assert (given["--steps"], given["--samples"], given["--seed"]) == ("8", "2", "0")
    assert given["--model"] == models.default("image")


def test_one_input_has_no_interval() -> None:
    app = fresh(("chelsea",))
    app.button(key="evaluate").click()
    until_quiet(app)
    assert "n = 1, not conclusive. Confidence intervals need at least two inputs." in texts(app)
    app.session_state["study-tab"] = "This metric"
    run(app)
    table = app.dataframe[0].value
    assert table["Mean"].notna().all()
    assert table[["low", "high", "gain low", "gain high"]].isna().all(axis=None)


def test_it_arrives_with_the_saved_study_of_the_samples() -> None:
    for kind in ("Image", "Sound", "Volume"):
        app = AppTest.from_function(page, default_timeout=120)
        app.session_state["study-kind"] = kind.lower()
        run(app)
        assert "**4 inputs measured**" in texts(app)
        assert "not conclusive" in texts(app)
        assert app.get("plotly_chart") and app.button(key="evaluate").disabled
        assert not app.sidebar.children, "all controls are in one row"


@pytest.mark.parametrize("kind", kinds.all_kinds(), ids=lambda kind: kind.name)
def test_the_saved_study_is_what_the_shipped_weights_give(kind: Kind) -> None:
    saved = saved_studies.rows(kind)
    _, _, results = saved_studies.make(kind, inputs=1)
    known = {row[:4]: row.value for row in saved}
    for row in results.rows:
        if row.metric != SECONDS:
            # the least sufficient share is one of a grid: a rounding moves it by a step
            near = {"rel": 1.0} if row.metric == "sufficient" else {"abs": 0.01}
            assert row.value == pytest.approx(known[row[:4]], **near), row


def test_a_corrected_estimate_is_what_pairs_have_taken_so_far() -> None:
    rows = [Row("a", "gradcam", SECONDS, "", 2.0), Row("a", "random", SECONDS, "", 4.0)]
    _, words = study_plan.progress_text(Progress(2, 6, "b", "gradcam", rows, ()))
    assert words.endswith("about 12 s left")


def test_a_cancelled_study_keeps_its_table_and_goes_on_from_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    went, cancelled, asked = threading.Event(), threading.Event(), []
    real = study_plan.study

    def held(net: Any, items: Any, plan: Any, *, done: Any) -> Any:
        asked.append(set(done))
        return (yield from map_steps(real(net, items, plan, done=done), waiting))

    def waiting(step: Any) -> Any:
        if step.done == 3 and not went.is_set():
            went.set()
            assert cancelled.wait(60)
        return step

    monkeypatch.setattr(study_plan, "study", held)
    app = fresh()
    app.button(key="evaluate").click().run()
    assert went.wait(120)
    app.button(key="cancel-evaluate").click().run()
    cancelled.set()
    until_quiet(app)
    assert "Cancelled" in texts(app)
    before = list(studied(app).rows)
    pairs = {(row.input, row.method) for row in before}
    assert len(pairs) == 3
    assert "1 input measured" in texts(app)
    assert app.button(key="evaluate").label.startswith("Resume")
    assert "3 of 12 pairs measured" in texts(app)

    app.button(key="evaluate").click()
    until_quiet(app)
    assert asked[1] == pairs, "what was measured is not measured again"
    after = studied(app).rows
    assert after[: len(before)] == before
    assert len({(row.input, row.method) for row in after}) == 12


def test_a_corrupt_file_is_named_skipped_and_counted() -> None:
    picture = encode_png(samples.load("coffee").values.transpose(1, 2, 0))
    app = fresh()
    app.segmented_control(key="study-from").set_value("Upload").run()
    app.file_uploader(key="study-files").set_value(
        [
            ("damaged.png", b"\x89PNG\r\n\x1a\n and then nothing", "image/png"),
            ("coffee.png", picture, "image/png"),
        ]
    )
    run(app)
    app.button(key="evaluate").click()
    until_quiet(app)
    said = texts(app)
    assert "**1 input measured** · **1 input skipped**" in said
    assert "- **damaged\\.png**: " in said
    assert {row.input for row in studied(app).rows} == {"coffee.png"}
    assert app.button(key="evaluate").disabled, "a damaged file is not tried again"


def test_two_files_of_one_name_are_told_apart() -> None:
    first, second = (
        encode_png(samples.load(name).values.transpose(1, 2, 0)) for name in ("coffee", "rocket")
    )
    app = fresh()
    app.segmented_control(key="study-from").set_value("Upload").run()
    app.file_uploader(key="study-files").set_value(
        [("a.png", first, "image/png"), ("a.png", second, "image/png")]
    )
    run(app)
    assert list(mine(app).named) == ["a.png", "a (2).png"]
    run(app)
    assert list(mine(app).named) == ["a.png", "a (2).png"]


def test_folders_of_the_server_are_for_its_operator_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WAM_ALLOW_LOCAL_DIR", raising=False)
    assert "Folder" not in fresh().segmented_control(key="study-from").options
    monkeypatch.setenv("WAM_ALLOW_LOCAL_DIR", "1")
    server.cache_clear()
    picture = encode_png(samples.load("coffee").values.transpose(1, 2, 0))
    (tmp_path / "504_mug.png").write_bytes(picture)
    (tmp_path / "mug.png").write_bytes(picture)
    app = fresh()
    app.segmented_control(key="study-from").set_value("Folder").run()
    app.text_input(key="study-folder").set_value(str(tmp_path / "none")).run()
    assert "is not a folder" in texts(app).replace("\\", "")
    app.text_input(key="study-folder").set_value(str(tmp_path)).run()
    app.selectbox(key="study-labels-3").select("prefix").run()
    app.button(key="evaluate").click()
    until_quiet(app)
    assert {row.input for row in studied(app).rows} == {"504_mug.png"}
    assert "does not begin with the number of a class" in texts(app).replace("\\", "")
    assert "--labels prefix" in app.code[0].value and "--limit 24" in app.code[0].value


def test_nothing_to_measure_is_said_and_no_error() -> None:
    app = fresh(())
    assert "Add at least one input" in texts(app)
    app = fresh()
    app.multiselect(key="study-metrics").set_value([]).run()
    assert not app.exception
    assert "at least one method and one metric" in texts(app).replace("\\", "")
