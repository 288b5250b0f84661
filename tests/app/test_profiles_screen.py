"""Scale profiles on the Experiments screen: of every kind of input, people's own networks, taken up again."""

import numpy as np
import pytest
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from models.architectures import mnist
from tests.app.pages import mine, run, texts, until_quiet
from wam_core.evaluation.scales import APPROX, ENERGY, OURS, means
from wam_core.signals.image import encode_png

pytestmark = pytest.mark.slow


def page() -> None:
    from app.screens import experiments

    experiments.screen()


def visit(kind: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=90)
    prefix = "" if kind == "Image" else f"{kind.lower()}-"
    app.query_params["experiment"] = "Scale profiles"
    app.query_params["study-kind"] = kind
    app.query_params[f"{prefix}method"] = "Gradient"
    return run(app)


def found(app: AppTest):  # type: ignore[no-untyped-def]
    return mine(app).measured["profiles", mine(app).jobs["profiles"].request.key]


@pytest.mark.parametrize(("kind", "count"), [("Image", 1), ("Sound", 2), ("Volume", 2)])
def test_profiles_in_every_kind_of_input(kind: str, count: int) -> None:
    app = visit(kind)
    if kind == "Image":
        app.multiselect(key="networks-image").set_value(["efficientnet_lite0"])
        run(app)
    assert "press **Measure**" in texts(app)
    app.button(key="measure-profiles").click()
    until_quiet(app)
    rows = found(app).rows
    names = {row.network for row in rows}
    assert len(names) == count and len({row.input for row in rows}) == 4
    for by_level in means(rows).values():
        assert sum(i.mean for i in by_level.values()) == pytest.approx(1)
    said = texts(app)
    assert "Over 4 inputs" in said
    if count == 2:
        assert "coarser**" in said or "finer**" in said or "cannot be told" in said
        assert "Too few for a conclusion" in said
    else:
        assert "A second network is needed" in said
    assert app.button(key="measure-profiles").disabled


def test_peoples_own_networks_of_digits_are_compared_and_taken_up_again() -> None:
    app = AppTest.from_function(page, default_timeout=90)
    for name, value in {"experiment": "Scale profiles", "method": "Gradient"}.items():
        app.query_params[name] = value
    app.session_state["study-from"] = "Upload"
    run(app)
    draw = np.random.default_rng(0)
    digits = [
        (f"{n}.png", encode_png(draw.integers(0, 256, (28, 28, 3), dtype=np.uint8)), "image/png")
        for n in range(3)
    ]
    app.file_uploader(key="study-files").set_value(digits[:2])
    run(app)
    app.multiselect(key="networks-image").set_value([])
    app.text_input(key="architecture-several").set_value("mnist_cnn")
    weights = []
    for name in ("ordinary", "robust"):
        state = mnist.module(10).state_dict()
        weights.append((f"{name}.safetensors", save(state), ""))
    app.file_uploader(key="own-networks-image").set_value(weights)
    run(app)
    assert not app.error, [e.value for e in app.error]
    app.button(key="measure-profiles").click()
    until_quiet(app)
    rows = found(app).rows
    assert {row.network for row in rows} == {"ordinary", "robust"}
    assert {row.level for row in rows} == {APPROX, 1, 2, 3, 4}, "28 pixels hold four levels"
    assert {row.of for row in rows} == {OURS, ENERGY}

    app.file_uploader(key="study-files").set_value(digits)
    run(app)
    assert app.button(key="measure-profiles").label.startswith("Go on")
    app.button(key="measure-profiles").click()
    until_quiet(app)
    assert found(app).rows[: len(rows)] == rows and len(found(app).rows) == 1.5 * len(rows)


def test_what_was_measured_until_it_was_cancelled_is_shown() -> None:
    app = visit("Volume")
    app.query_params["volume-method"] = "SmoothGrad"
    run(app)
    app.session_state["volume-method"] = "smoothgrad"
    run(app)
    app.button(key="measure-profiles").click()
    run(app)
    job = mine(app).jobs["profiles"]
    while not (job.has_ended or (job.ticket.progress and job.ticket.progress.rows)):
        pass
    app.button(key="cancel-profiles").click()
    until_quiet(app, 30)
    rows = found(app).rows
    assert rows and "What was measured until then is kept" in texts(app)
    assert app.button(key="measure-profiles").label.startswith("Go on")
