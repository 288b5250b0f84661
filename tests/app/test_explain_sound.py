"""The Explain screen for sounds: routing, defaults, what is shown, what survives."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save, save_file
from streamlit.testing.v1 import AppTest

from models import audio, samples
from tests.app.pages import MAIN, mine, texts, until_quiet
from wam_core import IntegratedGradients, SmoothGrad
from wam_core.bands import Band
from wam_core.masks import PerBand, Soft
from wam_core.signals.audio import encode_wav
from wam_core.signals.image import to_pil
from wam_core.transforms.dwt import DiscreteWaveletTransform
from wam_core.views import Selection

pytestmark = pytest.mark.slow


def visit(**parameters: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=90)
    for name, value in {"modality": "Sound", "sound-method": "Gradient", **parameters}.items():
        app.query_params[name] = value
    return until_quiet(app)


def upload(app: AppTest, name: str, data: bytes, kind: str = "audio/wav") -> AppTest:
    app.file_uploader(key="upload").set_value((name, data, kind))
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def explain(app: AppTest) -> AppTest:
    """With the settings as they are now: by itself, or where that takes long by the button."""
    until_quiet(app)
    for button in app.button:
        if button.key == "explain":
            button.click()
    return until_quiet(app)


def result(app: AppTest):  # type: ignore[no-untyped-def]
    return mine(app).explained["sound"].result


@pytest.fixture(scope="module")
def tick() -> bytes:
    """A WAV of 12 s in stereo: a clock that ticks once, late."""
    wave = np.zeros((2, 12 * 16_000), np.float32)
    wave[:, 9 * 16_000 : 9 * 16_000 + 200] = np.hanning(200) * 0.5
    return encode_wav(wave, 16_000)


@pytest.fixture
def app() -> AppTest:
    return visit()


def test_a_first_visit_to_sound_explains_a_sample(app: AppTest) -> None:
    shown = mine(app).explained["sound"]
    assert shown.result.target.label == samples.label("clock_in_rain")
    said = texts(app)
    assert "of the attribution for “clock tick”" in said
    assert "kHz" in said
    assert "px" not in said and "pixels" not in said
    assert [tab.label for tab in app.tabs] == [
        "Input", "Bands", "Reconstruct", "Contributions", "Faithfulness", "Details",
    ]  # fmt: skip


def test_the_defaults_show_octaves_down_to_100_hz_along_a_graded_way() -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=90)
    app.query_params["modality"] = "Sound"
    app.run()
    asked = mine(app).jobs["explain"].request.request
    assert asked is not None
    assert (asked.wavelet, asked.levels, asked.padding) == ("db4", 8, "reflect")
    assert (asked.method, asked.grading) == ("integrated", 4.0)
    assert "8 octaves down to 86 Hz" in texts(app)
    until_quiet(app)
    assert isinstance(result(app).path, IntegratedGradients)
    assert float(result(app).completeness_gap[0]) < 0.1


def test_the_papers_settings_are_one_click_away(app: AppTest) -> None:
    app.button(key="as-in-the-paper").click()
    explain(app)
    assert result(app).transform == DiscreteWaveletTransform("haar", 3, ndim=1)
    path = result(app).path
    assert isinstance(path, SmoothGrad)
    assert (path.samples, path.spread) == (25, 0.001)


def test_each_modality_keeps_its_result_networks_and_settings(app: AppTest) -> None:
    heard = result(app)
    assert app.selectbox(key="sound-model").options == [
        "ESC-10, log-mel VGG", "ESC-10, raw waveform",
    ]  # fmt: skip
    app.session_state["modality"] = "image"
    until_quiet(app)
    assert "sound-model" not in [box.key for box in app.selectbox]
    assert "EfficientNet-Lite0" in app.selectbox(key="model").options[0]
    assert mine(app).explained["image"].result.transform.ndim == 2
    app.session_state["modality"] = "sound"
    app.run()
    assert not mine(app).jobs["explain"].is_running, "what is there is not computed again"
    assert result(app) is heard


def test_an_upload_goes_to_its_modality(app: AppTest, tick: bytes) -> None:
    before = result(app)
    upload(app, "tick.wav", tick)
    assert app.session_state["sound-sample"] is None
    explain(app)
    assert result(app) is not before, "an upload is explained by itself"
    buffer = io.BytesIO()
    to_pil(samples.load("coffee")).save(buffer, "PNG")
    upload(app, "photo.png", buffer.getvalue(), "image/png")
    assert app.session_state["modality"] == "image"
    assert mine(app).inputs["image"].name == "photo.png"
    assert mine(app).inputs["sound"].name == "tick.wav"


def test_a_sound_uploaded_beside_images_switches_to_sound(tick: bytes) -> None:
    app = visit(modality="Image", method="Gradient")
    upload(app, "tick.wav", tick)
    assert app.session_state["modality"] == "sound"
    assert mine(app).jobs["explain"].request.slot == "sound"


def test_a_long_sound_is_heard_where_it_is_loudest_until_the_window_is_moved(
    app: AppTest, tick: bytes
) -> None:
    explain(upload(app, "tick.wav", tick))
    taken = mine(app).explained["sound"].subject.signal
    assert taken.seconds == pytest.approx(5)
    assert taken.start / 16_000 <= 9 <= taken.start / 16_000 + 5
    assert "2 channels averaged, 16 kHz resampled to 44\\.1 kHz" in texts(app)
    window = next(s for s in app.slider if s.label == "Window")
    window.set_value(7.0)
    explain(app)
    assert mine(app).explained["sound"].subject.signal.start == 7 * 16_000
    assert "Excerpt from 7 to 12 s" in texts(app).replace("\\", "")


def test_a_wrong_file_is_one_sentence_and_the_result_stays(app: AppTest) -> None:
    before = result(app)
    upload(app, "notes.mid", b"MThd\0\0\0\6\0\1", "audio/midi")
    assert [("MIDI" in e.value, "previous input stays" in e.value) for e in app.error] == [
        (True, True)
    ]
    assert result(app) is before
    assert app.session_state["modality"] == "sound"


def test_digital_silence_is_explained_or_refused_in_words(app: AppTest) -> None:
    upload(app, "silence.wav", encode_wav(np.zeros((1, 16_000), np.float32), 16_000))
    explain(app)
    assert "The gradient is zero everywhere" in texts(app) or app.warning


def on_tab(app: AppTest, name: str) -> AppTest:
    app.session_state["sound-tab"] = name
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def test_views_never_recompute_and_every_way_to_keep_is_counted(app: AppTest) -> None:
    before = result(app)
    on_tab(app, "Reconstruct")
    assert not app.dataframe, "the comparison comes after the parts"
    until_quiet(app)
    assert texts(app).count("The network now says") == 2
    assert "by loudness alone" in texts(app) and "beat" in texts(app)
    table = app.dataframe[0].value
    assert list(table["Way"]) == ["Soft", "Supported", "Hard", "As released"]
    assert table["Coefficients"][0] == pytest.approx(10, abs=0.1)
    assert all(table["Coefficients"][:3].between(9.9, 10.1))
    assert all(table["Isolated"][:2] < table["Isolated"][2]), "soft masks chirp less"
    app.session_state["sound-keep-4"] = "hard"
    app.session_state["sound-bands-8"] = [Band(8, "d")]
    until_quiet(app)
    low = app.dataframe[0].value
    assert low["Energy"][2] < 1 < table["Energy"][2], "a clock has next to nothing below 170 Hz"
    on_tab(app, "Bands")
    bands = app.dataframe[0].value
    assert list(bands["Band"])[::8] == ["L1 11–22 kHz", "Approx < 86 Hz"]
    assert bands["Attribution"].sum() == pytest.approx(100)
    assert bands["Energy"].sum() == pytest.approx(100)
    assert result(app) is before
    assert not mine(app).jobs["explain"].is_running


def test_more_steps_for_a_bad_sum_are_one_click(app: AppTest) -> None:
    app.session_state["sound-method"] = "integrated"
    app.run()
    crowd = next(t for t in app.toggle if t.label.startswith("Crowd"))
    crowd.set_value(False)
    explain(app)
    first = result(app)
    assert float(first.completeness_gap[0]) > 0.1, "the plain rule steps over the bend"
    app.button(key="more-steps-above").click()
    explain(app)
    assert result(app).path.steps == 100
    assert "Completeness gap" in [m.label for m in on_tab(app, "Details").metric]


def test_within_keeps_nothing_of_other_bands() -> None:
    from app.kinds.sound_masks import Choice

    draw = torch.Generator().manual_seed(0)
    z = DiscreteWaveletTransform("haar", 3, ndim=1).analyse(torch.randn(1, 1, 64, generator=draw))
    inside = frozenset({Band(1, "d"), Band(3, "a")})
    for way, share in (
        ("soft", 0.2),
        ("hard", 0.2),
        ("soft", 1.0),
        ("hard", 1.0),
        ("per-band", 0),
        ("supported", 0.2),
    ):
        mask = dict(Choice(way, share, inside).keep(44_100, z).mask(z).bands())
        assert all(bool(values.any()) == (band in inside) for band, values in mask.items()), way
    every = frozenset(band for band, _ in z.bands())
    for way, plain in (
        ("soft", Soft(0.2, extent=882)), ("hard", Selection(0.2)), ("per-band", PerBand(0.2)),
    ):  # fmt: skip
        ours = Choice(way, 0.2, every).keep(44_100, z).mask(z)
        for (_, one), (_, other) in zip(ours.bands(), plain.mask(z).bands(), strict=True):
            torch.testing.assert_close(one, other)


def test_a_network_on_the_waveform_has_no_mel_attribution(app: AppTest, tmp_path: Path) -> None:
    _, module = audio.ARCHITECTURES["micro_acdnet"].build(4)
    save_file(module.net.state_dict(), tmp_path / "raw.safetensors")
    data = (tmp_path / "raw.safetensors").read_bytes()
    app.file_uploader(key="sound-own-weights").set_value(("raw.safetensors", data, ""))
    next(s for s in app.selectbox if s.label == "Architecture").set_value("micro_acdnet")
    explain(app)
    assert result(app).representation is None
    assert "resampled to 20 kHz" in texts(app)
    assert "the network receives the waveform" in texts(app)
    on_tab(app, "Reconstruct")
    assert "< 78 Hz" in next(p for p in app.pills if p.label == "Bands").options


def test_an_own_network_for_sounds(app: AppTest) -> None:
    weights = load_file(Path(__file__).parents[2] / "models/weights/esc10.safetensors")
    weights["features.0.weight"] *= 1.01
    mine_now = save(weights)
    app.file_uploader(key="sound-own-weights").set_value(("mine.safetensors", mine_now, ""))
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    explain(app)
    shown = mine(app).explained["sound"]
    assert shown.subject.net.labels is None, "no names were given"
    assert shown.result.representation is not None
    assert shown.subject.title != "ESC-10, log-mel VGG"
