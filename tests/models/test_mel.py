"""The differentiable log-mel front end equals librosa's, and its gradient is finite everywhere."""

import librosa
import numpy as np
import pytest
import torch

from models.mel import LogMel


def decibels(x: np.ndarray, rate: int, n_fft: int, hop: int, mels: int) -> np.ndarray:
    power = librosa.feature.melspectrogram(
        y=x, sr=rate, n_fft=n_fft, hop_length=hop, n_mels=mels, power=2.0
    )
    return librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=None)


@pytest.mark.parametrize(
    ("rate", "n_fft", "hop", "mels", "length"),
    [
        (44_100, 1024, 512, 128, 44_100),
        (44_100, 1024, 512, 128, 5001),
        (16_000, 400, 160, 64, 7777),
    ],
)
@pytest.mark.parametrize("loudness", [1.0, 1e-3])
def test_it_equals_librosa_in_decibels(rate, n_fft, hop, mels, length, loudness):
    x = loudness * np.random.default_rng(0).normal(size=length)
    ours = LogMel(rate, n_fft, hop, mels).double()(torch.from_numpy(x).view(1, 1, -1))
    np.testing.assert_allclose(ours[0, 0].numpy(), decibels(x, rate, n_fft, hop, mels), atol=1e-4)


def test_single_precision_is_near_enough_on_a_real_recording(shared_data):
    from wam_core.signals import read

    file = sorted((shared_data / "audio" / "esc10" / "dog_bark").glob("*.ogg"))[0]
    x = read(file.read_bytes(), file.name).values[0]
    ours = LogMel(44_100)(torch.from_numpy(x.copy()).view(1, 1, -1))[0, 0].numpy()
    theirs = decibels(x.astype(np.float64), 44_100, 1024, 512, 128)
    np.testing.assert_allclose(ours, theirs, atol=5e-2)  # near the floor, single precision rounds
    loud = theirs > theirs.max() - 60
    np.testing.assert_allclose(ours[loud], theirs[loud], atol=2e-4)


@pytest.mark.parametrize("fill", [0.0, 1e-30, 1e-6, 1.0])
def test_its_gradient_is_finite_where_the_logarithm_is_steep(fill):
    x = torch.full((1, 1, 4096), fill, requires_grad=True)
    LogMel(44_100)(x).sum().backward()
    assert x.grad is not None and torch.isfinite(x.grad).all()
    if fill < 1e-20:
        assert not x.grad.any()  # silence is a plateau


def test_half_silent_sound_has_a_finite_gradient_that_stops_at_the_silence():
    x = torch.randn(1, 1, 8192, generator=torch.Generator().manual_seed(0))
    x[..., 4096:] = 0
    x.requires_grad_()
    LogMel(44_100)(x).sum().backward()
    assert torch.isfinite(x.grad).all() and x.grad[..., :3000].all()
    assert not x.grad[..., 5500:].any()


def test_a_tone_lights_its_own_band():
    time = torch.arange(44_100) / 44_100
    mel = LogMel(44_100)
    for hertz in (440.0, 5000.0):
        heard = mel(torch.sin(2 * torch.pi * hertz * time).view(1, 1, -1))[0, 0].mean(1)
        assert mel.frequencies[int(heard.argmax())] == pytest.approx(hertz, rel=0.06)
