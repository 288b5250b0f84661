"""Links to the other screens: the same controls, and the files that no link can hold asked for."""

import hashlib
from typing import Any

import numpy as np
import pytest
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from app.server import server
from models import samples
from models.architectures import mnist
from tests.app.links import key_of, opened, shared
from tests.app.pages import mine, run, texts, until_quiet
from wam_core.signals.audio import encode_wav
from wam_core.signals.image import encode_png

pytestmark = pytest.mark.slow


def page(name: str) -> None:
    import importlib

    importlib.import_module(f"app.screens.{name}").screen()


def visit(name: str, query: dict[str, Any]) -> AppTest:
    return run(opened(AppTest.from_function(page, default_timeout=90, args=(name,)), query))


def said(app: AppTest) -> str:
    return texts(app).replace("\\", "")


CHEAP = {"experiment": "Overlap", "sound-method": "Gradient"}

LINKS: dict[str, tuple[str, dict[str, list[str]], dict[str, Any]]] = {
    "compare": (
        "compare",
        {
            "sample": ["Falcon 9 lifts off"], "panes": ["4"], "reference-4": ["C"], "compare-samples": ["5"],
            "compare-grid": ["as published"], "compare-seed": ["9"], "method-b": ["Saliency (pixels)"],
            "wavelet-a": ["db2"],
        },
        {
            "sample": "rocket", "panes": 4, "reference-4": "C", "compare-samples": 5,
            "compare-grid": "as published", "compare-seed": 9, "method-b": "saliency", "wavelet-a": "db2",
        },
    ),
    "evaluate": (
        "evaluate",
        {
            "study-samples-image": ["Falcon 9 lifts off", "Cup of coffee"], "study-gradcam-image-7": [""],
            "study-wam-sg-image-8": ["WAM gradient"], "study-passes": ["5"], "study-seed": ["3"],
            "study-metrics": ["Faithfulness"], "study-steps": ["8"], "wavelet-study": ["db2"],
        },
        {
            "study-samples-image": ["rocket", "coffee"], "study-gradcam-image-7": [],
            "study-wam-sg-image-8": ["wam-gradient"], "study-passes": 5, "study-seed": 3,
            "study-metrics": ["faithfulness"], "study-steps": 8, "wavelet-study": "db2",
        },
    ),
    "profiles": (
        "experiments",
        {
            "experiment": ["Scale profiles"], "study-kind": ["Volume"], "volume-method": ["Gradient"],
            "study-samples-volume": ["A table"], "networks-volume": ["Solid digits"],
            "volume-wavelet-profile": ["db2"],
        },
        {
            "experiment": "profiles", "study-kind": "Volume", "volume-method": "gradient",
            "study-samples-volume": ["table"], "networks-volume": ["digits3d"],
            "volume-wavelet-profile": "db2",
        },
    ),
    "noise": (
        "experiments",
        {"sound-method": ["Gradient"], "sound-sample": ["Rain"], "snr": ["6"], "noise-seed": ["1"]},
        {"sound-method": "gradient", "sound-sample": "rain", "snr": 6, "noise-seed": 1},
    ),
    "overlap": (
        "experiments",
        {
            "experiment": ["Overlap"], "sound-method": ["Gradient"], "second-sample": ["Rain"],
            "overlap-share": ["0.5"],
        },
        {
            "experiment": "overlap", "sound-method": "gradient", "second-sample": "rain",
            "overlap-share": 0.5,
        },
    ),
}  # fmt: skip
"""The screen, what its address says, and the values that its controls have then."""


@pytest.mark.parametrize("name", LINKS)
def test_a_link_restores_every_control(name: str) -> None:
    screen, query, values = LINKS[name]
    app = visit(screen, query)
    assert not app.error, [e.value for e in app.error]
    for key, value in values.items():
        assert app.session_state[key] == value, key
    assert shared(app) == query


KINDS = (
    "selectbox", "multiselect", "slider", "select_slider", "number_input", "toggle", "pills",
    "segmented_control",
)  # fmt: skip
MODALITIES = ("Image", "Sound", "Volume")
UNSHARED = {"architecture", "architecture-several"}
"""Of people's own weights, which have to be given again anyway."""


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, kind) for name in ("compare", "evaluate", "profiles") for kind in MODALITIES),
        ("noise", "Sound"),
        ("overlap", "Sound"),
    ],
)
def test_every_control_stands_in_the_address(name: str, kind: str) -> None:
    screen, query, _ = LINKS[name]
    told = {key: query[key] for key in ("experiment",) if key in query}
    app = visit(screen, told | {"modality": kind, "study-kind": kind})
    controls = [w for of in KINDS for w in getattr(app, of) if w.key]
    assert len(controls) > 5
    for control in controls:
        if not any(control.key.endswith(one) for one in UNSHARED):
            assert control.proto.query_param_key == control.key


@pytest.mark.parametrize(
    ("screen", "query", "key", "value"),
    [
        (
            "compare",
            {
                "panes": "2", "method-a": "WAM gradient", "method-b": "WAM gradient",
                "compare-axis": "linear",
            },
            "compare-axis", "linear",
        ),
        (
            "evaluate",
            {
                "study-samples-image": "Cup of coffee", "study-gradcam-image-7": "",
                "study-wam-sg-image-8": "WAM gradient", "study-passes": "2", "study-steps": "8",
                "study-metric": "log-AUC", "study-tab": "This metric",
            },
            "study-metric", ("log-auc", ""),
        ),
    ],
)  # fmt: skip
def test_a_view_is_restored_once_there_is_a_result(
    screen: str, query: dict[str, str], key: str, value: Any
) -> None:
    app = visit(screen, query)
    if screen != "compare":  # which starts by itself
        app.button(key=screen).click()
    until_quiet(app)
    assert not app.error, [e.value for e in app.error]
    assert app.session_state[key] == value
    assert {name: [one] for name, one in query.items()}.items() <= shared(app).items()


@pytest.mark.parametrize("network", ["ESC-10, log-mel VGG", "ESC-10, raw waveform"])
def test_a_method_is_called_alike_for_every_network_of_a_kind(network: str) -> None:
    saliency = "Saliency (input)"
    app = visit(
        "compare", {"modality": "Sound", "sound-model-b": network, "sound-method-b": saliency}
    )
    assert app.session_state["sound-method-b"] == "saliency"
    app = visit(
        "evaluate",
        {"study-kind": "Sound", "sound-model": network, "study-gradcam-sound-7": saliency},
    )
    assert app.session_state["study-gradcam-sound-7"] == ["saliency"]


def test_a_class_of_a_pane_is_restored_by_its_name() -> None:
    app = visit("compare", {})
    key = key_of(app.selectbox, "compare-class/B/")
    third = app.selectbox(key=key).options[2]
    other = visit("compare", {key: third})
    net_says = mine(other).predictions.values()
    (probabilities,) = [p for _, p in net_says]
    assert other.session_state[key] == int(probabilities[0].topk(3).indices[2])
    assert shared(other) == {key: [third]}


def sound(seed: int, seconds: float = 1) -> bytes:
    values = np.random.default_rng(seed).normal(0, 0.1, (1, int(16_000 * seconds)))
    return encode_wav(values.astype(np.float32), 16_000)


def give(app: AppTest, key: str, *files: tuple[str, bytes]) -> AppTest:
    where, given = app.file_uploader(key=key), [(name, data, "") for name, data in files]
    where.set_value(given if where.proto.multiple_files else given[0])  # type: ignore[arg-type]
    return run(app)


def test_a_link_to_a_comparison_asks_for_its_file_and_restores_the_window() -> None:
    query = {
        "modality": "Sound", "sound-model-a": "ESC-10, raw waveform",
        "sound-method-a": "WAM gradient", "sound-method-b": "WAM gradient",
    }  # fmt: skip
    long = sound(0, 12)
    app = give(visit("compare", query), "upload", ("long.wav", long))
    window = key_of(app.slider, "window/")
    other = visit("compare", shared(app) | {window: ["3.0"]})
    assert "This link is about **long.wav**" in said(other)
    assert not other.slider, "nothing is chosen of a file that is not there"
    give(other, "upload", ("other.wav", sound(1)))
    assert "other.wav is not the file that this link was made with" in said(other)
    give(other, "upload", ("renamed.wav", long))
    assert "This link is about" not in said(other)
    assert other.slider(key=window).value == 3.0


def test_the_window_is_of_the_network_that_a_link_names_at_once() -> None:
    named = visit("compare", {"modality": "Sound", "sound-model-a": "ESC-10, raw waveform"})
    windows = []
    for app in (visit("compare", {"modality": "Sound"}), named):
        give(app, "upload", ("long.wav", sound(0, 12)))
        windows.append(key_of(app.slider, "window/"))
    assert windows[0] != windows[1]


def test_a_link_asks_for_the_second_sound_too() -> None:
    first, second = sound(0), sound(1)
    app = visit("experiments", CHEAP)
    give(app, "upload", ("first.wav", first))
    give(app, "second", ("second.wav", second))
    until_quiet(app)
    query = shared(app)
    assert query["file"] == ["first.wav"] and query["second-file"] == ["second.wav"]

    other = visit("experiments", query)
    assert "This link is about **first.wav**" in said(other)
    give(other, "upload", ("a.wav", first))
    assert "This link is about **second.wav** as the second sound" in said(other)
    assert mine(other).jobs["explain"].request is None, "nothing is explained meanwhile"
    assert shared(other)["second-sha256"] == query["second-sha256"], "a link on the way asks too"
    give(other, "second", ("wrong.wav", first))
    assert "wrong.wav is not the file that this link was made with" in said(other)
    give(other, "second", ("b.wav", second))
    assert "This link is about" not in said(other)
    until_quiet(other)
    (ours, theirs) = (mine(one).explained["experiment"].subject.mixture.sum for one in (app, other))
    assert ours.equal(theirs)


def test_a_visitor_can_go_on_without_the_second_sound() -> None:
    app = visit("experiments", CHEAP | {"second-file": "x.wav", "second-sha256": "0" * 64})
    app.button(key="forget-file").click()
    until_quiet(app)
    assert "helicopter" in mine(app).explained["experiment"].subject.mixed
    assert not {"second-file", "second-sha256"} & shared(app).keys()


def picture(name: str) -> tuple[str, bytes]:
    return f"{name}.png", encode_png(samples.load(name).values.transpose(1, 2, 0))


@pytest.mark.parametrize(
    ("screen", "query", "key"),
    [
        ("evaluate", {}, "evaluate"),
        (
            "experiments",
            {"experiment": "Scale profiles", "method": "Gradient"}
            | {"networks-image": "EfficientNet-Lite0"},
            "measure-profiles",
        ),
    ],
)
def test_a_link_asks_for_every_file_of_a_set(screen: str, query: dict[str, str], key: str) -> None:
    files = [picture(name) for name in ("coffee", "rocket")]
    app = give(visit(screen, query | {"study-from": "Upload"}), "study-files", *files)
    link = shared(app)
    assert link["set-file"] == ["coffee.png", "rocket.png"]
    assert link["set-sha256"] == [hashlib.sha256(data).hexdigest() for _, data in files]
    assert "Your 2 files are not in it" in said(app)

    other = visit(screen, link)
    assert "This link is about 2 files" in said(other) and "- **coffee.png**" in said(other)
    assert key not in {button.key for button in other.button}
    give(other, "study-files", files[0])
    assert "This link is about **rocket.png**" in said(other)
    assert shared(other) == link, "a link on the way asks for all of them"
    give(other, "study-files", files[0], files[1], picture("chelsea"))
    assert "chelsea.png is not among the files" in said(other)
    assert "This link is about" not in said(other)
    assert [file.name for file in mine(other).given] == ["coffee.png", "rocket.png"]
    assert not other.button(key=key).disabled
    other.button(key="forget-set").click()
    run(other)
    assert len(mine(other).given) == 3


def test_a_visitor_can_go_on_without_the_files_of_a_set() -> None:
    asking = {"study-from": "Upload", "set-file": ["a.png", "b.png"], "set-sha256": ["0", "1"]}
    app = visit("evaluate", asking)
    app.button(key="forget-file").click()
    run(app)
    assert "Add at least one input" in said(app)
    app = visit("evaluate", asking)
    app.segmented_control(key="study-from").set_value("Samples").run()
    assert "This link is about" not in said(app), "nor does who takes samples need them"


def test_a_folder_of_the_server_is_in_no_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAM_ALLOW_LOCAL_DIR", "1")
    server.cache_clear()
    app = visit("evaluate", {"study-from": "Folder", "study-limit": "7"})
    app.text_input(key="study-folder").set_value("/nowhere").run()
    link = shared(app)
    assert link == {"study-from": ["Folder"], "study-limit": ["7"]}
    assert "The folder of the server is not in it" in said(app)
    server.cache_clear()


def test_own_networks_are_said_to_be_in_no_link() -> None:
    app = visit("experiments", {"experiment": "Scale profiles"})
    give(app, "own-networks-image", ("mine.safetensors", b"nothing"))
    shared(app)
    assert "Your own networks are not in it" in said(app)
    app = visit("evaluate", {"study-passes": "5"})
    app.text_input(key="architecture").set_value("mnist_cnn")
    give(app, "own-weights", ("mine.safetensors", save(mnist.module(10).state_dict())))
    shared(app)
    assert "Your own network is not in it" in said(app)
