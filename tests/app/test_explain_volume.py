"""The Explain screen for volumes: routing, defaults, what is shown, what survives."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

import models
from app.components.page import Slices
from app.kinds import volume_views
from app.session import INPUT_MENU
from models import samples
from tests.app import pages
from tests.app.pages import MAIN, mine, until_quiet
from tests.furniture import head, nifti, npy, off, several
from wam_core import IntegratedGradients

pytestmark = pytest.mark.slow


def texts(app: AppTest) -> str:
    return pages.texts(app).replace("\\", "")


def captions(app: AppTest) -> str:
    """What stands under the pictures."""
    return "\n".join(text for image in app.image for text in image.captions).replace("\\", "")


def visit(**parameters: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=90)
    for name, value in {"modality": "Volume", "volume-method": "Gradient", **parameters}.items():
        app.query_params[name] = value
    return until_quiet(app)


def upload(app: AppTest, name: str, data: bytes, kind: str = "") -> AppTest:
    app.file_uploader(key="upload").set_value((name, data, kind))
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def on_tab(app: AppTest, name: str) -> AppTest:
    app.session_state["volume-tab"] = name
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def shown(app: AppTest):  # type: ignore[no-untyped-def]
    return mine(app).explained["volume"]


@pytest.fixture
def app() -> AppTest:
    return visit()


@pytest.fixture
def sliced(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, Slices]]]:
    """What the slice viewers of the page were given, with their keys."""
    seen: list[tuple[str, Slices]] = []
    monkeypatch.setattr(volume_views, "slicer", lambda volume, key: seen.append((key, volume)))
    yield seen


def test_a_first_visit_to_volumes_explains_a_chair() -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=90)
    app.query_params["modality"] = "Volume"
    app.run()
    asked = mine(app).jobs["explain"].request.request
    assert asked is not None
    levels = 3 if mine(app).jobs["explain"].request.subject.size == (32, 32, 32) else 2
    assert (asked.wavelet, asked.levels, asked.padding) == ("haar", levels, "symmetric")
    until_quiet(app)
    assert isinstance(shown(app).result.path, IntegratedGradients)
    assert shown(app).subject.net.name == "modelnet10"
    assert shown(app).result.target.label == samples.label("chair")
    said = texts(app)
    assert f"of the attribution for “{samples.label('chair')}”" in said
    assert "voxels" in said and "px" not in said and "kHz" not in said
    assert [tab.label for tab in app.tabs] == [
        "Input", "Bands", "Reconstruct", "Contributions", "Faithfulness", "Details",
    ]  # fmt: skip
    assert "the original: " in said and "what the network sees: " in said


def test_the_uploader_and_the_kinds_name_volumes(app: AppTest) -> None:
    assert app.file_uploader(key="upload").label == "Drop an image, a sound or a volume"
    assert app.segmented_control(key="modality").options == ["Image", "Sound", "Volume"]
    assert not [t for t in app.toggle if t.label.startswith("Use the")], "nothing records volumes"


def test_a_digit_takes_its_network_along_and_a_chair_too(app: AppTest) -> None:
    app.pills(key="volume-sample").set_value("digit_3")
    app.run()
    assert app.session_state["volume-model"] == "digits3d"
    until_quiet(app)
    assert shown(app).subject.net.name == "digits3d"
    assert shown(app).result.target.label == samples.label("digit_3")
    app.pills(key="volume-sample").set_value("chair")
    app.run()
    assert app.session_state["volume-model"] == "modelnet10"


def test_a_link_to_a_digit_finds_its_network() -> None:
    app = visit(**{"volume-sample": samples.title("digit_8")})
    assert shown(app).subject.net.name == "digits3d"
    assert shown(app).result.target.label == samples.label("digit_8")


def test_each_kind_keeps_its_result(app: AppTest) -> None:
    before = shown(app)
    app.session_state["modality"] = "image"
    until_quiet(app)
    assert mine(app).explained["image"].result.transform.ndim == 2
    app.session_state["modality"] = "volume"
    app.run()
    assert not mine(app).jobs["explain"].is_running, "what is there is not computed again"
    assert shown(app) is before


def test_a_scan_comes_in_with_its_millimetres(app: AppTest, sliced: list) -> None:
    upload(app, "head.nii.gz", nifti(head(), (2.0, 2.0, 4.0)))
    assert app.session_state["modality"] == "volume"
    assert app.session_state["volume-sample"] is None
    assert not [c for c in app.segmented_control if c.label == "Inside"], "a scan is not filled"
    until_quiet(app)
    on_tab(app, "Input")
    assert "40 × 48 × 20 voxels of 2 × 2 × 4 mm" in texts(app)
    assert "axial, coronal, sagittal" in texts(app)
    assert " mm)" in texts(app), "scales are told in mm too"
    key, volume = sliced[-1]
    assert key == "volume"
    assert volume.spacing_unit == "mm" and volume.ends == (("L", "R"), ("P", "A"), ("I", "S"))
    assert volume.window is None, "an occupancy network makes a solid of it"
    assert volume.heat is not None and volume.heat.size == volume.values.shape
    assert volume.spatial and "voxels" in volume.alt


def test_an_upload_beside_images_switches_to_volumes() -> None:
    app = visit(modality="Image", method="Gradient")
    upload(app, "chair.off", off())
    assert app.session_state["modality"] == "volume"
    assert mine(app).jobs["explain"].request.slot == "volume"


def test_a_mesh_is_filled_and_turned(app: AppTest) -> None:
    before = shown(app)
    upload(app, "chair.off", off(up="y"))
    until_quiet(app)
    lying = shown(app).subject.signal
    assert shown(app).subject.signal.name == "chair.off"
    up = next(c for c in app.segmented_control if c.label == "Up axis")
    up.set_value("y")
    app.run()
    until_quiet(app)
    standing = shown(app).subject.signal
    assert standing.size[2] == max(standing.size) and lying.size[1] == max(lying.size)
    assert standing.key != lying.key != before.subject.signal.key
    assert standing.edits and any(edit in texts(app) for edit in standing.notes)
    assert shown(app).result.target.label == "chair"


def test_a_shell_is_filled_where_it_encloses_space(app: AppTest) -> None:
    x, y, z = np.meshgrid(*(np.arange(24) - 11.5,) * 3, indexing="ij")
    ball = np.sqrt(x**2 + y**2 + z**2)
    upload(app, "ball.npy", npy(((ball < 10) & (ball > 8.5)).astype(np.uint8)))
    until_quiet(app)
    hollow = shown(app).subject.signal
    inside = next(c for c in app.segmented_control if c.label == "Inside")
    assert (inside.options, inside.value) == (["Shell", "Filled"], "Shell")
    inside.set_value("Filled")
    app.run()
    until_quiet(app)
    solid = shown(app).subject.signal
    np.testing.assert_array_equal(solid.values[0], ball < 10)
    assert solid.key != hollow.key and solid.sha256 == hollow.sha256


def test_one_of_several_volumes_is_chosen_and_read_anew(app: AppTest) -> None:
    draw = np.random.default_rng(0)
    train, test = (draw.integers(0, 256, (n, 28, 28, 28), dtype=np.uint8) for n in (4, 3))
    upload(app, "organs.npz", several({"train_images": train, "test_images": test}))
    read = mine(app).inputs["volume"]
    assert read.item is not None and read.item[1] == 0
    part = next(b for b in app.selectbox if b.label == "Part of the file")
    assert [option.split(" ")[0] for option in part.options] == [name for name, _ in read.series]
    name = next(name for name, count in read.series if count == 4)
    part.set_value(name)
    app.run()
    next(n for n in app.number_input if n.label == "Number").set_value(3)
    app.run()
    assert not app.exception
    read = mine(app).inputs["volume"]
    assert read.item == (name, 3)
    np.testing.assert_array_equal(read.values[0].astype(float) > 0, train[3] > 0)
    assert mine(app).several["volume"] is not None
    until_quiet(app)
    assert shown(app).subject.signal.item == (name, 3)
    app.session_state[INPUT_MENU] = True  # as before anybody can choose a sample
    app.run()
    app.pills(key="volume-sample").set_value("table")
    app.run()
    assert mine(app).several["volume"] is None, "the bytes leave with their input"
    assert not [b for b in app.selectbox if b.label == "Part of the file"]


@pytest.mark.parametrize(
    ("name", "data"),
    [("broken.off", b"OFF\n3 1 0\n0 0"), ("flat.npy", b"\x93NUMPY\x01\x00"), ("x.nii.gz", nifti(head())[:600])],
)  # fmt: skip
def test_a_broken_file_is_one_sentence_and_the_result_stays(
    app: AppTest, name: str, data: bytes
) -> None:
    before = shown(app)
    upload(app, name, data)
    assert ["previous input stays" in e.value for e in app.error] == [True]
    assert shown(app) is before
    assert app.session_state["modality"] == "volume"


def test_views_never_recompute(app: AppTest, sliced: list) -> None:
    before = shown(app).result
    app.run()
    _, whole = sliced[-1]
    assert whole.heat is not None and len(whole.heat.bands) == 1 + 7 * before.transform.levels
    for tab in ("Bands", "Reconstruct", "Details"):
        on_tab(app, tab)
        assert sliced[-1][1] is whole, "what the browser has is not made again"
    offered = [button.label for button in app.get("download_button")]
    assert "Slices (.png)" in offered and "Attribution (.nii.gz)" in offered
    assert shown(app).result is before
    assert not mine(app).jobs["explain"].is_running


def test_scales_are_shown_together_in_groups(app: AppTest, sliced: list) -> None:
    app.run()
    _, volume = sliced[-1]
    heat = volume.heat
    assert heat is not None and list(heat.groups) == ["Coarse", "Middle", "Fine"]
    assert sorted(sum(heat.groups.values(), [])) == list(range(len(heat.bands)))
    fine = [heat.bands[nth].about["row"] for nth in heat.groups["Fine"]]
    assert set(fine) == {"2 voxels"} and len(fine) == 7


def test_a_reconstruction_of_one_group_is_of_its_bands(app: AppTest) -> None:
    on_tab(app, "Reconstruct")
    until_quiet(app)
    next(c for c in app.segmented_control if c.label == "Scales").set_value("Fine")
    until_quiet(app)
    assert "of the coefficients in 7 bands" in captions(app)


def test_a_reconstruction_is_judged_by_the_network(app: AppTest, sliced: list) -> None:
    before = shown(app).result
    on_tab(app, "Reconstruct")
    until_quiet(app)
    assert "The network now says" in texts(app)
    first = app.select_slider(key="volume-share").value
    assert f"the strongest {first:g} % of the coefficients" in captions(app)
    z = torch.cat([v.abs().flatten() for _, v in before.coefficients.bands()])
    assert first / 100 < float((z > 1e-6).float().mean()), "it would be the whole chair"
    assert "not zero to begin with" in captions(app)
    app.session_state["volume-share"] = 100.0
    until_quiet(app)
    assert "the prediction is kept" in texts(app)
    assert "the strongest 100 % of the coefficients" in captions(app)
    next(t for t in app.toggle if t.label == "Remove instead").set_value(True)
    app.session_state["reconstructed-as"] = "Slices"
    sliced.clear()
    app.run()
    assert not app.exception
    key, volume = sliced[-1]
    assert key == "part" and volume.heat is None
    assert np.abs(volume.values).max() < 1e-5, "nothing is left"
    assert shown(app).result is before


def test_an_own_network_for_volumes(app: AppTest, tmp_path: Path) -> None:
    net = models.load("digits3d")
    save_file(net.module.state_dict(), tmp_path / "mine.safetensors")
    data = (tmp_path / "mine.safetensors").read_bytes()
    app.file_uploader(key="volume-own-weights").set_value(("mine.safetensors", data, ""))
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    box = next(s for s in app.selectbox if s.label == "Architecture")
    from models import volumes

    assert box.options == [architecture.title for architecture in volumes.ARCHITECTURES.values()]
