"""A link restores everything but an upload, which it asks for by name and hash."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.app.links import key_of, opened, shared
from tests.app.pages import mine, texts, until_quiet
from tests.furniture import npy, several
from wam_core.signals.audio import encode_wav

pytestmark = pytest.mark.slow

MAIN = Path(__file__).parents[2] / "app" / "main.py"


def visit(query: dict[str, list[str] | str]) -> AppTest:
    return opened(AppTest.from_file(str(MAIN), default_timeout=90), query)


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    app.file_uploader(key="upload").set_value((name, data, ""))
    return app.run()


def asked(app: AppTest, kind: str):  # type: ignore[no-untyped-def]
    return mine(app).explained[kind].request


def png(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def choose(app: AppTest, values: dict[str, Any]) -> None:
    """What a browser does when controls are used: their values, and what the address then says."""
    for name, value in values.items():
        app.session_state[name] = value
        said = {True: "true", False: "false"}.get(value, str(value)) if value is not None else ""
        app.query_params[name] = LABELS.get((name, value), said)
    app.run()


LABELS: dict[tuple[str, Any], str] = {
    ("method", "smoothgrad"): "SmoothGrad",
    ("sound-method", "integrated"): "Integrated",
    ("volume-method", "integrated"): "Integrated",
    ("sound-baseline", "mean"): "constant pressure (the mean)",
    ("volume-baseline", "mean"): "evenly filled (the mean)",
    ("sound-keep-4", "hard"): "Hard",
    ("share", 5.0): "5 %",
    ("share", 20.0): "20 %",
    ("sample", "coffee"): "Cup of coffee",
    ("sound-sample", "rain"): "Rain",
    ("volume-sample", "table"): "A table",
}
"""What the address says of a value that is shown by another name."""

CHANGES = {
    "image": {
        "method": "smoothgrad", "wavelet": "db2", "samples": 3, "spread": 0.1, "seed": 7,
        "padding": "symmetric", "magnitudes": True, "tab": "Reconstruct", "remove": True,
        "share": 5.0,
    },
    "sound": {
        "sound-method": "integrated", "sound-wavelet": "haar", "steps": 6, "graded": False,
        "rule": "trapezoid", "sound-baseline": "mean", "sound-padding": "zero",
        "sound-tab": "Details", "sound-keep-4": "hard", "share": 20.0, "seed": 3,
    },
    "volume": {
        "volume-method": "integrated", "steps": 4, "smooth": True, "copies": 2,
        "volume-spread-along": 0.01, "volume-baseline": "mean",
        "volume-tab": "Bands", "sign": "signed",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "sample"), [("image", "coffee"), ("sound", "rain"), ("volume", "table")]
)
def test_a_link_restores_a_page(kind: str, sample: str) -> None:
    prefix = "" if kind == "image" else f"{kind}-"
    app = visit({"modality": kind.capitalize(), f"{prefix}method": "Gradient"})
    until_quiet(app)
    app.pills(key=f"{prefix}sample").set_value(sample)  # it has a callback
    app.query_params[f"{prefix}sample"] = LABELS[f"{prefix}sample", sample]
    app.run()
    for _ in range(3):  # some controls appear only once others were set
        choose(app, CHANGES[kind])
    levels = key_of(app.number_input, f"{prefix}levels-")
    second, label = _runner_up(app)
    LABELS["class", second] = label
    choose(app, {levels: 2, "class": second})
    until_quiet(app)
    first = mine(app).explained[kind].result
    query = shared(app)
    assert not {"file", "sha256"} & query.keys()

    other = until_quiet(visit(query))
    assert asked(other, kind) == asked(app, kind)
    again = mine(other).explained[kind].result
    assert all(
        bool((ours == theirs).all())
        for (_, ours), (_, theirs) in zip(
            first.attribution.bands(), again.attribution.bands(), strict=True
        )
    )
    for name, value in CHANGES[kind].items():
        assert other.session_state[name] == value, name
    assert shared(other) == query


def test_a_link_restores_how_the_bands_are_shown() -> None:
    link = {"method": "Gradient", "tab": "Bands", "sign": "signed", "colours": "common"}
    app = until_quiet(visit({**link}))
    assert [app.session_state[name] for name in ("sign", "colours")] == ["signed", "common"]
    assert shared(app) == {name: [value] for name, value in link.items()}


def _runner_up(app: AppTest) -> tuple[int, str]:
    (probabilities,) = [p for _, p in list(mine(app).predictions.values())[-1:]]
    index = int(probabilities[0].topk(2).indices[1])
    return index, app.selectbox(key="class").options[1]


FILES = {
    "image": ("photo.png", png(np.arange(48 * 48 * 3, dtype=np.uint8).reshape(48, 48, 3))),
    "sound": ("ticks.wav", encode_wav(np.eye(1, 16_000, dtype=np.float32), 16_000)),
    "volume": (
        "set.npz",
        several({"train_images": np.eye(8, dtype=np.uint8)[None].repeat(8, 0).repeat(3, 0).reshape(3, 8, 8, 8)}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_a_link_asks_for_an_upload_by_name_and_hash(kind: str) -> None:
    name, data = FILES[kind]
    prefix = "" if kind == "image" else f"{kind}-"
    app = until_quiet(visit({"modality": kind.capitalize(), f"{prefix}method": "Gradient"}))
    upload(app, name, data)
    if kind == "volume":
        number = key_of(app.number_input, "item/")
        choose(app, {number: 2})
    until_quiet(app)
    query = shared(app)
    assert query["file"] == [name]
    assert query["sha256"] == [mine(app).inputs[kind].sha256]

    other = until_quiet(visit(query))
    assert f"This link is about **{name}**" in texts(other).replace("\\", "")
    assert not mine(other).explained, "nothing else is explained meanwhile"
    upload(other, "wrong.npy", npy(np.tri(9, dtype=np.uint8)[None].repeat(9, 0)))
    assert "wrong.npy is not the file that this link was made with" in texts(other).replace(
        "\\", ""
    )
    assert not mine(other).explained
    upload(other, "renamed-" + name, data)
    until_quiet(other)
    assert "This link is about" not in texts(other).replace("\\", "")
    assert asked(other, kind) == asked(app, kind)


def test_a_visitor_can_go_on_without_the_file_of_a_link() -> None:
    app = until_quiet(visit({"file": "photo.png", "sha256": "0" * 64, "method": "Gradient"}))
    assert "photo.png" in texts(app).replace("\\", "")
    app.button(key="forget-file").click()
    until_quiet(app)
    assert "image" in mine(app).explained
    assert "This link is about" not in texts(app).replace("\\", "")


def test_values_that_no_control_offers_are_dropped() -> None:
    app = until_quiet(
        visit(
            {"method": "Gradient", "wavelet": "db99", "levels-5": "77", "sign": "<b>", "tab": "?"}
        )
    )
    assert asked(app, "image").wavelet == "haar"


def test_markup_in_a_link_is_inert() -> None:
    app = until_quiet(visit({"file": "<b>x</b>](javascript:1)", "sha256": "f" * 64}))
    (info,) = app.info
    assert "\\<b\\>" in info.value and "](javascript" not in info.value
