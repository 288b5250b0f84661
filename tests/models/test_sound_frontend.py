"""The front end of sounds: what a network hears of a file."""

import json

import numpy as np
import pytest
import torch

from models.frontends import SoundFrontend
from wam_core.errors import InputError, ModelError
from wam_core.frontend import Frontend
from wam_core.signals import Signal
from wam_core.signals.audio import excerpt


def sound(values, rate=8_000):
    return Signal.from_values(np.atleast_2d(np.asarray(values, np.float32)), "sound", "hum", rate)


def bursts(*loudness, length=1_000):
    """One second's eighth of a tone after the other, of the given amplitudes."""
    tone = np.sin(2 * np.pi * 1_000 * np.arange(length) / 8_000)
    return np.concatenate([tone * level for level in loudness])


def test_it_is_a_front_end():
    frontend = SoundFrontend(8_000, 100)
    assert isinstance(frontend, Frontend) and frontend.ndim == 1
    x = torch.randn(2, 1, 9, generator=torch.Generator().manual_seed(0))
    assert (frontend.normalize(frontend.denormalize(x)) == x).all()
    assert (frontend.normalize(torch.zeros(1, 1, 4)) == 0).all()


def test_channels_are_averaged_and_said():
    signal = sound([[0.5, 1.0, -1.0], [0.25, -1.0, -0.5]])
    frontend = SoundFrontend(8_000, 3)
    torch.testing.assert_close(frontend.prepare(signal), torch.tensor([[[0.375, 0.0, -0.75]]]))
    assert frontend.describe(signal).startswith("2 channels averaged, 8 kHz, ")
    assert frontend.describe(sound([0.5, 1, -1])).startswith("one channel, ")


def test_what_fits_is_taken_as_it_is():
    values = bursts(0.1, 0.9)
    x = SoundFrontend(8_000, 2_000).prepare(sound(values))
    assert x.dtype == torch.float32 and x.shape == (1, 1, 2_000)
    assert (x[0, 0].numpy() == values.astype(np.float32)).all()


def test_the_loudest_window_is_taken():
    values = bursts(0.1, 0.2, 0.9, 0.8, 0.3)
    frontend = SoundFrontend(8_000, 2_000)
    assert frontend.window(sound(values)) == (2_000, 4_000)
    x = frontend.prepare(sound(values))
    assert (x[0, 0].numpy() == values[2_000:4_000].astype(np.float32)).all()
    words = "one channel, 8 kHz, the loudest 0.25 s of 0.62 s (from 0.2 s)"
    assert frontend.describe(sound(values)) == words


def test_it_is_energy_and_not_the_peak_that_counts():
    values = bursts(0.5, 0.5, 0.0, 0.0)
    values[3_500] = 1.0
    assert SoundFrontend(8_000, 2_000).window(sound(values)) == (0, 2_000)


@pytest.mark.parametrize("level", [0.0, 0.1, 0.3333333])
def test_of_equal_windows_the_first_is_taken(level):
    steady = np.full(300_000, level)
    assert SoundFrontend(8_000, 1_000).window(sound(steady)) == (0, 1_000)


def test_a_shorter_sound_is_filled_up_at_its_end():
    values = bursts(0.7)
    x = SoundFrontend(8_000, 4_000).prepare(sound(values))
    assert (x[0, 0, :1_000].numpy() == values.astype(np.float32)).all()
    assert x.shape == (1, 1, 4_000) and (x[..., 1_000:] == 0).all()
    words = SoundFrontend(8_000, 4_000).describe(sound(values))
    assert words == "one channel, 8 kHz, 0.12 s, filled up with silence to 0.5 s"
    loose = SoundFrontend(8_000, 4_000, pad=False)
    assert loose.prepare(sound(values)).shape == (1, 1, 1_000)
    assert loose.prepare(sound(bursts(*[1] * 9))).shape == (1, 1, 4_000)
    assert "filled" not in loose.describe(sound(values))


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000, 192_000])
def test_a_network_hears_a_tone_in_the_same_way_at_every_rate(rate):
    time = np.arange(rate) / rate
    tone = sound(0.5 * np.sin(2 * np.pi * 700 * time), rate)
    frontend = SoundFrontend(16_000, 20_000)
    x = frontend.prepare(tone)
    assert x.shape == (1, 1, 20_000)
    expected = 0.5 * torch.sin(2 * torch.pi * 700 * torch.arange(16_000) / 16_000)
    torch.testing.assert_close(x[0, 0, 100:15_900], expected[100:-100], rtol=0, atol=2e-3)
    assert f"{rate / 1000:g} kHz resampled to 16 kHz" in frontend.describe(tone)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 192_000])
@pytest.mark.parametrize("trim", [False, True])
def test_the_excerpt_that_window_names_gives_the_very_same_tensor(rate, trim):
    values = np.random.default_rng(0).standard_normal((2, rate // 2)) * 0.1
    values[:, rate // 5 : rate // 4] *= 3
    signal = sound(values, rate)
    frontend = SoundFrontend(16_000, 1_777, trim=trim)
    start, stop = frontend.window(signal)
    assert 0 < start < rate // 4
    chosen = excerpt(signal, start, stop)
    assert (frontend.prepare(chosen) == frontend.prepare(signal)).all()
    assert frontend.prepare(signal)[0, 0, -1] != 0  # filled by the sound to its last sample
    assert frontend.window(chosen) == (0, stop - start)
    assert "loudest" in frontend.describe(signal)
    assert "loudest" not in frontend.describe(chosen)


def test_an_excerpt_counts_its_seconds_from_the_beginning_of_the_file():
    signal = excerpt(sound(bursts(*[0.1] * 40, 0.9, *[0.1] * 8)), 32_000, 48_000)
    assert "(from 5 s)" in SoundFrontend(8_000, 1_000).describe(signal)


def test_digital_silence_is_cut_off_at_both_ends():
    values = np.concatenate([np.zeros(500), bursts(0.5), np.zeros(20), bursts(0.2), np.zeros(300)])
    values[:500] = 2.0**-17  # half of half a step: what an OGG file makes of silence
    first, last = 501, 500 + 1_000 + 20 + 1_000
    signal = sound(values)
    frontend = SoundFrontend(8_000, 3_000, trim=True)
    assert frontend.window(signal) == (first, last)
    x = frontend.prepare(signal)
    assert (x[0, 0, : last - first].numpy() == values[first:last].astype(np.float32)).all()
    assert "without the silence around" in frontend.describe(signal)
    assert SoundFrontend(8_000, 3_000).window(signal) == (0, len(values))


def test_silence_stays_silence():
    for trim in (False, True):
        frontend = SoundFrontend(8_000, 100, trim=trim)
        assert (frontend.prepare(sound(np.zeros(5))) == torch.zeros(1, 1, 100)).all()
        assert frontend.window(sound(np.zeros(5_000))) == (0, 100)


@pytest.mark.parametrize("rate", [8_000, 192_000])
def test_one_sample(rate):
    x = SoundFrontend(8_000, 50).prepare(sound([0.5], rate))
    assert x.shape == (1, 1, 50) and x.flatten()[0] == 0.5 and (x.flatten()[1:] == 0).all()


def test_loudness_is_left_alone():
    quiet, loud = (SoundFrontend(8_000, 1_000).prepare(sound(bursts(a))) for a in (0.01, 4.0))
    torch.testing.assert_close(quiet * 400, loud)


def test_the_tensor_is_its_own():
    signal = sound(bursts(0.5))
    x = SoundFrontend(8_000, 1_000).prepare(signal)
    x += 1
    assert signal.values.max() <= 0.5


def test_what_is_refused():
    frontend = SoundFrontend(8_000, 100)
    picture = Signal.from_values(np.zeros((3, 4, 4), np.uint8), "image", "cat")
    for act in (frontend.prepare, frontend.window, frontend.describe):
        with pytest.raises(InputError, match="^cat is an image; a sound is expected$"):
            act(picture)
    with pytest.raises(InputError, match="samples per second"):
        frontend.prepare(Signal.from_values(np.zeros((1, 9)), "sound", "hum"))


def test_settings():
    settings = SoundFrontend(44_100, 220_500).settings()
    assert json.loads(json.dumps(settings)) == settings and settings["kind"] == "sound"
    others = [
        (44_100, 9),
        (8_000, 220_500),
        (44_100, 220_500, True),
        (44_100, 220_500, False, False),
    ]
    assert all(SoundFrontend(*other).settings() != settings for other in others)


@pytest.mark.parametrize(
    ("rate", "length", "words"),
    [(0, 9, "0 samples a second"), (10**7, 9, "384 kHz"), (8_000, 0, "0 samples"), (8_000, 2**30, "to 33,554,432")],
)  # fmt: skip
def test_a_network_that_cannot_be(rate, length, words):
    with pytest.raises(ModelError, match=words):
        SoundFrontend(rate, length)
