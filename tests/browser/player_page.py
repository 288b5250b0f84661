"""A page with nothing but the player, on a sound made up for it: ``streamlit run`` this file."""

from dataclasses import replace

import numpy as np
import streamlit as st
import torch

from app.components.player import Clip, Evidence, Sounds, player
from app.figures import timeline
from app.figures.time_axis import Timeline
from wam_core.bands import Bands
from wam_core.naming import band_label
from wam_core.transforms.dwt import DiscreteWaveletTransform


def sound(rate: int, seconds: float) -> np.ndarray:
    """A rising tone, two clicks and a burst of noise: float32, 1 = full scale."""
    t = np.arange(int(rate * seconds)) / rate
    x = 0.2 * np.sin(2 * np.pi * (200 * t + 300 * t**2 / seconds)) * np.sin(np.pi * t / seconds)
    x[[int(0.25 * t.size), int(0.75 * t.size)]] = 0.6
    burst = (t > 0.5 * seconds) & (t < 0.6 * seconds)
    x[burst] += 0.15 * np.random.default_rng(0).standard_normal(int(burst.sum()))
    return x.astype(np.float32)


def only(z: Bands, band: object) -> Bands:
    return z.map_bands(lambda which, v: v if which == band else torch.zeros_like(v))


def heard(x: np.ndarray, rate: int, transform: DiscreteWaveletTransform) -> Sounds:
    """The sound, its stronger half, the rest, and every band of it."""
    z = transform.analyse(torch.from_numpy(x)[None, None])

    def back(part: Bands) -> np.ndarray:
        return transform.synthesise(part, x.shape)[0, 0].numpy()

    kept = back(z.map(lambda v: v * (v.abs() > v.abs().quantile(0.8))))
    bands = [band for band, _ in z.bands()][::-1]
    return Sounds.with_one_gain(
        [
            Clip("original", "Original", x),
            Clip("kept", "Kept", kept),
            Clip("rest", "Rest", x - kept),
            *(
                Clip(
                    str(band), band_label(transform.layout(x.shape)[band], rate), back(only(z, band)), "band"
                )
                for band in bands
            ),
        ],
        rate,
    )  # fmt: skip


def rows(x: np.ndarray, rate: int, transform: DiscreteWaveletTransform) -> Timeline:
    """The energy of the sound itself in place of an attribution: no network is needed to draw."""
    z = transform.analyse(torch.from_numpy(x)[None, None])
    hop, mels = rate // 100, 64
    frames = 1 + x.size // hop
    padded = np.pad(x, 512)
    power = np.stack(
        [np.abs(np.fft.rfft(padded[i * hop : i * hop + 1024] * np.hanning(1024))) ** 2
         for i in range(frames)], axis=1,
    )  # fmt: skip
    centres = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + rate / 1400), mels) / 2595) - 1)
    places = np.clip(np.searchsorted(np.fft.rfftfreq(1024, 1 / rate), centres), 0, 512)
    decibels = 10 * np.log10(power[places] + 1e-12)
    duration = x.size / rate
    change = np.diff(decibels, axis=1, prepend=decibels[:, :1])
    seen = timeline.spectrogram(decibels, centres, duration, hop=hop / rate)
    return Timeline(
        duration,
        (
            timeline.waveform(x, rate).with_part(np.where(np.abs(x) > 0.1, x, 0), "Kept"),
            replace(seen, tint=timeline.mel_heat(change, centres, duration, hop=hop / rate)),
            timeline.band_heat(z, transform, x.shape, rate),
        ),
    )


def page() -> None:
    st.set_page_config(layout="wide")
    asked = st.query_params
    rate, seconds = int(asked.get("rate", 16000)), float(asked.get("seconds", 2))
    transform = DiscreteWaveletTransform("db4", int(asked.get("levels", 5)), ndim=1)
    x = sound(rate, seconds)
    runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.button("Run again")
    if not st.toggle("Show", True):
        return
    player(
        rows(x, rate, transform),
        heard(x, rate, transform),
        key="player",
        evidence=Evidence("kept", {"original": "clock 76 %", "kept": "rain 48 %"}),
        view="sound",
    )
    st.caption(f"Run {runs}")
    player(
        Timeline(seconds, (timeline.waveform(x, rate, "Another"),)),
        Sounds.with_one_gain([Clip("whole", "Whole", x)], rate),
        key="another",
    )


if __name__ == "__main__":
    page()
