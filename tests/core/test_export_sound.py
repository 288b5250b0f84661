"""What is written of a sound: files that add up, a table in Hz, pictures on one time axis."""

import csv
import io
import json
import math

import numpy as np
import pytest
import torch

from wam_core import (
    Classifier,
    DiscreteWaveletTransform,
    Gradient,
    IntegratedGradients,
    Signal,
    SmoothGrad,
    defaults,
    explain,
    export,
)
from wam_core.bands import Band
from wam_core.errors import SettingsError
from wam_core.masks import PerBand, Soft
from wam_core.signals import read
from wam_core.views import Selection

pytestmark = pytest.mark.slow

RATE, LENGTH = 8000, 4096


class Ears:
    """A front end: the middle of a longer sound, silence behind a shorter one."""

    ndim = 1

    def prepare(self, signal):
        start, stop = self.window(signal)
        x = torch.zeros(1, 1, LENGTH)
        x[0, 0, : stop - start] = torch.from_numpy(signal.values[0, start:stop].copy())
        return x

    def window(self, signal):
        start = max(0, (signal.size[0] - LENGTH) // 2)
        return start, min(start + LENGTH, signal.size[0])

    def denormalize(self, x):
        return x

    def normalize(self, shown):
        return shown

    def settings(self):
        return {"kind": "test", "rate": RATE}


class Power(torch.nn.Module):
    """A spectrogram with 17 frequencies and a frame each 16 samples."""

    hop = 16
    frequencies = tuple(250.0 * k for k in range(17))

    def __init__(self):
        super().__init__()
        self.register_buffer("window", torch.hann_window(32), persistent=False)

    def forward(self, x):
        spectrum = torch.stft(
            x.squeeze(1), 32, 16, window=self.window, pad_mode="constant", return_complex=True
        )
        return 10 * (spectrum.real**2 + spectrum.imag**2).clamp_min(1e-10).log10()[:, None]


def network(*, mel):
    generator = torch.Generator().manual_seed(0)
    head = torch.nn.Linear(17 * (LENGTH // 16 + 1) if mel else LENGTH, 3)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.copy_(0.05 * torch.randn(parameter.shape, generator=generator))
    return Classifier(
        torch.nn.Sequential(torch.nn.Flatten(), head),
        representation=Power() if mel else None,
        frontend=Ears(),
        labels=["$a_{", "猫", "knock"],
        name="linear",
    )


def sound(length=LENGTH, loud=0.3):
    values = np.random.default_rng(1).normal(0, loud, (1, length)).astype(np.float32)
    return Signal.from_values(values, "sound", "noise", rate=RATE)


def explained(*, mel=True, signal=None, path=None, wavelet="db4", levels=4, target=0):
    net, signal = network(mel=mel), signal or sound()
    path = path or IntegratedGradients(5, grading=4)
    transform = DiscreteWaveletTransform(wavelet, levels, ndim=1)
    return explain(net, signal, target, transform=transform, path=path), net, signal


def wave(file):
    signal = read(file.read_bytes(), file.name)
    assert signal.rate == RATE
    return signal.values[0]


@pytest.mark.parametrize("wavelet", ["haar", "db4", "bior4.4"])
def test_the_files_of_the_bands_add_up_to_the_original_and_so_do_kept_and_rest(wavelet, tmp_path):
    result, net, signal = explained(wavelet=wavelet)
    written = export.write(result, net, signal, tmp_path)
    names = [file.relative_to(tmp_path).as_posix() for file in written]
    bands = ["bands/approx.wav", *(f"bands/L{level}.d.wav" for level in (4, 3, 2, 1))]
    assert [name for name in names if name.startswith("bands")] == bands
    whole = wave(tmp_path / "original.wav")
    np.testing.assert_array_equal(whole, net.prepare(signal)[0, 0].numpy())
    total = sum(wave(tmp_path / band) for band in bands)
    np.testing.assert_allclose(total, whole, atol=1e-4)
    parts = wave(tmp_path / "kept.wav") + wave(tmp_path / "rest.wav")
    np.testing.assert_allclose(parts, whole, atol=1e-6)
    assert np.abs(wave(tmp_path / "rest.wav")).max() > 0.01


def test_a_band_file_holds_its_octave(tmp_path):
    time = np.arange(LENGTH) / RATE
    tone = np.sin(2 * np.pi * 700 * time)[None].astype(np.float32)  # level 3 is 500 … 1000 Hz
    signal = Signal.from_values(tone, "sound", "tone", rate=RATE)
    result, net, _ = explained(signal=signal, wavelet="sym8")
    energy = {str(band): float(x.square().sum()) for band, x in export.single_bands(result)}
    assert max(energy, key=energy.get) == "L3.d"
    assert energy["L3.d"] > 0.8 * sum(energy.values())


def test_band_files_of_an_earlier_result_go_and_other_files_stay(tmp_path):
    first, net, signal = explained(levels=4)
    export.write(first, net, signal, tmp_path)
    mine = tmp_path / "bands" / "mine.wav"
    mine.write_bytes(b"")
    second, _, _ = explained(levels=2)
    export.write(second, net, signal, tmp_path)
    found = {file.name for file in (tmp_path / "bands").iterdir()}
    assert found == {"approx.wav", "L2.d.wav", "L1.d.wav", "mine.wav"}


def test_loud_sounds_are_written_as_they_are(tmp_path):
    result, net, signal = explained(signal=sound(loud=3.0))
    export.write(result, net, signal, tmp_path)
    assert np.abs(wave(tmp_path / "original.wav")).max() > 5


@pytest.mark.parametrize(
    ("keep", "settings"),
    [
        (Selection(0.25), {"way": "hard", "share": 0.25, "bands": None, "invert": False}),
        (
            Selection(0.5, frozenset({Band(2, "d"), Band(4, "a")})),
            {"way": "hard", "share": 0.5, "bands": ["L2.d", "approx"], "invert": False},
        ),
        (PerBand(0.2), {"way": "per-band", "threshold": 0.2}),
        (Soft(0.1, extent=160), {"way": "soft", "share": 0.1, "extent": 160, "power": 2.0}),
    ],
)
def test_the_manifest_says_what_was_kept_and_what_the_network_makes_of_the_parts(keep, settings):
    result, net, signal = explained()
    parts = export.split(result, net, keep)
    written = json.loads(json.dumps(export.manifest(result, net, signal, parts), allow_nan=False))
    kept, rest = written["kept"], written["rest"]
    assert kept["keep"] == settings
    for part, x in ((kept, parts.kept), (rest, parts.rest)):
        expected = net.predict(x)[0]
        assert part["target_probability"] == pytest.approx(float(expected[0]), abs=1e-6)
        assert part["top"][0]["index"] == int(expected.argmax())
    assert set(kept["impression"]) == {"coefficients", "energy", "isolated", "switching"}
    if isinstance(keep, Soft):
        assert kept["impression"]["coefficients"] == pytest.approx(0.1, abs=1e-6)


@pytest.mark.parametrize(("length", "start"), [(LENGTH // 2, 0), (LENGTH, 0), (3 * LENGTH, LENGTH)])
def test_the_manifest_says_which_part_of_the_file_was_heard(length, start):
    result, net, signal = explained(signal=sound(length))
    written = export.manifest(result, net, signal)["input"]
    assert written["rate"] == RATE
    assert written["start_seconds"] == start / RATE
    assert written["excerpt_seconds"] == min(length, LENGTH) / RATE


def test_a_place_inside_an_excerpt_counts_from_the_beginning_of_the_file():
    from wam_core.signals import audio

    later = audio.excerpt(sound(4 * LENGTH), LENGTH, 4 * LENGTH)
    net = network(mel=True)
    assert export.received(net, later) == (2 * LENGTH, 3 * LENGTH)


def test_the_profile_is_in_hertz_and_the_bands_touch():
    result, net, _ = explained()
    rows = list(csv.DictReader(io.StringIO(export.profile_csv(result, export.rate(net)))))
    assert list(rows[0]) == ["level", "orientation", "low_hz", "high_hz", "share"]
    assert [(row["orientation"], row["low_hz"], row["high_hz"]) for row in rows[:2]] == [
        ("approx", "0", "250"),
        ("d", "250", "500"),
    ]
    assert float(rows[-1]["high_hz"]) == RATE / 2
    for lower, upper in zip(rows, rows[1:], strict=False):
        assert lower["high_hz"] == upper["low_hz"]
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("mel", [True, False])
@pytest.mark.parametrize(
    "path", [Gradient(), SmoothGrad(2, 0.1, 7, "magnitude"), IntegratedGradients(3)]
)
def test_pictures_are_drawn_for_every_variant_and_kind_of_network(mel, path):
    result, net, signal = explained(mel=mel, path=path, target=1)
    parts = export.split(result, net, Selection(0.1))
    rows = read(export.spectrogram_png(result, net, signal, parts), "rows.png").size
    more = read(export.spectrogram_png(result, net, signal, parts, Power()), "more.png").size
    # a network that hears the waveform has no spectrogram of its own, and nothing attributed to one
    assert more[0] == rows[0] if mel else more[0] > rows[0] + 200
    for sign in ("magnitude", "signed"):
        assert export.spectrogram_png(result, net, signal, parts, Power(), sign)
    overlay = export.spectrogram_overlay_png(result, net, signal, Power())
    assert min(read(overlay, "overlay.png").size) > 400


@pytest.mark.parametrize("mel", [True, False])
def test_what_falls_on_one_moment_is_drawn_at_that_moment(mel):
    values = np.zeros((1, LENGTH), np.float32)
    values[0, LENGTH // 4 : LENGTH // 4 + 40] = 0.8
    signal = Signal.from_values(values, "sound", "knock", rate=RATE)
    result, net, _ = explained(mel=mel, signal=signal)
    overlay = export.spectrogram_overlay_png(result, net, signal, Power())
    pixels = read(overlay, "overlay.png").values.astype(int)
    picture = pixels[:, 140:-110, 165:1510]  # within the axes
    coloured = np.ptp(picture, axis=0).max(0) > 60
    places = np.flatnonzero(coloured) / coloured.size
    assert len(places)
    assert np.abs(places - 0.25).max() < 0.06


def test_a_raw_network_without_a_spectrogram_has_no_overlay():
    result, net, signal = explained(mel=False)
    with pytest.raises(SettingsError, match="no spectrogram"):
        export.spectrogram_overlay_png(result, net, signal)


def test_silence_can_be_written(tmp_path):
    result, net, signal = explained(signal=sound(loud=0.0), path=Gradient())
    written = export.write(result, net, signal, tmp_path)
    assert tmp_path / "spectrogram.png" in written
    assert not wave(tmp_path / "kept.wav").any()


def test_pictures_of_sounds_refuse_images():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, 1, 16, 16, generator=generator)
    net = Classifier(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(256, 2)), ndim=2)
    result = explain(net, x, 0, transform=DiscreteWaveletTransform("haar", 2), path=Gradient())
    _, _, signal = explained(path=Gradient())
    with pytest.raises(SettingsError, match="2 spatial axes"):
        export.spectrogram_png(result, net, signal, export.split(result, net, Selection(0.1)))


def test_equal_settings_give_equal_bytes(tmp_path):
    for name in ("a", "b"):
        result, net, signal = explained()
        export.write(result, net, signal, tmp_path / name)
    compared = 0
    for file in sorted((tmp_path / "a").rglob("*.*")):
        if file.suffix in (".wav", ".png", ".csv"):
            other = tmp_path / "b" / file.relative_to(tmp_path / "a")
            assert file.read_bytes() == other.read_bytes(), file.name
            compared += 1
    assert compared == 11


def test_as_many_octaves_as_reach_down_to_100_hz():
    usual = defaults.DEFAULTS["sound"]
    for rate in (8_000, 20_000, 44_100, 48_000):
        lowest = rate / 2 ** (usual.levels([5 * rate], rate) + 1)
        assert lowest <= 100 < 2 * lowest
    assert defaults.DEFAULTS["image"].levels([224, 224]) == 3
    assert math.isclose(defaults.DEFAULTS["sound"].spread, 0.001)
