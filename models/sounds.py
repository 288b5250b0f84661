"""Synthesised sounds whose events are known: when they sound, and in which band.

They serve as samples, as part of the training of the embedded network (other seeds), and as the
ground truth of tests: an attribution should fall where the sound is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import signal as dsp

from wam_core.errors import InputError

RATE = 44_100
SECONDS = 5.0
_LENGTH = int(RATE * SECONDS)

Samples = npt.NDArray[np.float64]
Generator = np.random.Generator


@dataclass(frozen=True)
class Event:
    """One thing that is heard.

    Attributes:
        start, stop: in seconds.
        low, high: the band that holds most of its energy, in Hz.
        label: the class it belongs to.
    """

    start: float
    stop: float
    low: float
    high: float
    label: str


@dataclass(frozen=True, eq=False)
class Sound:
    """A waveform and its events.

    Attributes:
        samples: shape (samples,), within ±1, at :data:`RATE`.
        events: in order of time.
    """

    samples: Samples
    events: tuple[Event, ...]


def clock_tick(rng: Generator) -> Sound:
    """Damped metallic clicks, tick and tock in turn, over a faint hiss."""
    period = rng.uniform(0.22, 1.0)
    pair = [_click(rng), _click(rng)]
    tock = rng.uniform(0.5, 1.0)
    out = _noise(rng) * 10 ** rng.uniform(-4.5, -2.5)
    events = []
    times = np.arange(rng.uniform(0.02, period), SECONDS - 0.06, period)
    for turn, time in enumerate(times):
        at = int((time + rng.normal(0, 0.001)) * RATE)
        strength = (tock if turn % 2 else 1.0) * rng.uniform(0.9, 1.0)
        _add(out, pair[turn % 2] * strength, at)
        events.append(Event(at / RATE, at / RATE + 0.03, 1500, 12_000, "clock_tick"))
    return _sound(out, events)


def rain(rng: Generator) -> Sound:
    """A steady broad hiss made of many drops."""
    slope = rng.uniform(0.0, 0.8)
    out = _shaped(rng, slope, rng.uniform(150, 700), rng.uniform(9_000, 19_000))
    drops = np.zeros(_LENGTH)
    for at in rng.integers(0, _LENGTH - 2000, rng.integers(150, 1500)):
        decay = rng.uniform(0.001, 0.006)
        _add(drops, _ring(rng.uniform(1500, 9000), decay) * rng.exponential(0.5), int(at))
    out += drops * rng.uniform(0.1, 1.2)
    out *= 1 + rng.uniform(0, 0.15) * _slow(rng, 0.5)
    return _sound(out, [Event(0, SECONDS, 500, 15_000, "rain")])


def sea_waves(rng: Generator) -> Sound:
    """Noise that swells and breaks every few seconds, brighter as it breaks."""
    period = rng.uniform(3.0, 7.0)
    phase = (np.arange(_LENGTH) / RATE / period + rng.uniform()) % 1
    crest = rng.uniform(0.3, 0.6)
    swell = np.where(
        phase < crest, (phase / crest) ** rng.uniform(1.5, 3), ((1 - phase) / (1 - crest)) ** 1.3
    )
    swell *= 1 + 0.2 * _slow(rng, 2.0)
    deep = _shaped(rng, rng.uniform(1.0, 1.8), 40, rng.uniform(1500, 4000))
    foam = _shaped(rng, rng.uniform(0.3, 0.8), 500, rng.uniform(6000, 12_000))
    depth = rng.uniform(0.1, 0.35)
    out = deep * (depth + swell) + foam * rng.uniform(0.2, 0.7) * (0.02 + swell**2)
    loud = swell > 0.5 * swell.max()
    edges = np.flatnonzero(np.diff(np.concatenate(([0], loud.astype(int), [0]))))
    events = [
        Event(start / RATE, stop / RATE, 20, 6000, "sea_waves")
        for start, stop in edges.reshape(-1, 2)
        if stop - start > RATE // 10
    ]
    return _sound(out, events)


def helicopter(rng: Generator) -> Sound:
    """Low thumps of the blades, many a second, over rushing air and a turbine's whine."""
    blades = rng.uniform(9, 26)
    time = np.arange(_LENGTH) / RATE
    turn = (time * blades * (1 + 0.01 * _slow(rng, 0.3)) + rng.uniform()) % 1
    chop = np.exp(-turn * rng.uniform(3, 9)) * np.clip(turn * 30, 0, 1)
    thump = _shaped(rng, rng.uniform(0.8, 1.6), 25, rng.uniform(250, 900)) * chop
    air = _shaped(rng, rng.uniform(0.5, 1.2), 100, rng.uniform(2000, 7000))
    air *= rng.uniform(0.3, 0.7) + rng.uniform(0.3, 1.0) * chop
    whine = np.zeros(_LENGTH)
    tone = rng.uniform(250, 1400)
    for harmonic in range(1, 4):
        whine += np.sin(2 * np.pi * tone * harmonic * time + rng.uniform(0, 6)) / harmonic
    out = thump * rng.uniform(1.5, 4) + air * rng.uniform(0.15, 0.6)
    out += whine * 10 ** rng.uniform(-2.5, -1.2)
    out *= 1 + 0.2 * _slow(rng, 0.3)
    return _sound(out, [Event(0, SECONDS, 25, 1500, "helicopter")])


def fire_crackling(rng: Generator) -> Sound:
    """Sparse snaps of very different loudness over a soft rumble."""
    out = _shaped(rng, rng.uniform(0.8, 1.6), 60, rng.uniform(2000, 8000))
    out *= 10 ** rng.uniform(-2.2, -1.2) * (1 + 0.4 * _slow(rng, 3.0))
    events = []
    times = np.sort(rng.uniform(0, SECONDS - 0.03, rng.integers(25, 220)))
    for time in times:
        strength = min(rng.exponential(0.25) ** 1.5, 1.0)
        decay = rng.uniform(0.0004, 0.005)
        burst = rng.normal(size=int(decay * 6 * RATE))
        burst *= np.exp(-np.arange(len(burst)) / (decay * RATE))
        snap = burst + rng.uniform(0, 1.5) * _ring(rng.uniform(900, 7000), decay)[: len(burst)]
        _add(out, snap * strength, int(time * RATE))
        if strength > 0.25:
            events.append(Event(time, time + 6 * decay, 500, 15_000, "fire_crackling"))
    return _sound(out, events)


def chainsaw(rng: Generator) -> Sound:
    """A two-stroke engine: a rough buzz rich in harmonics, its speed rising and falling."""
    speed = rng.uniform(70, 190) * (1 + rng.uniform(0.02, 0.25) * _slow(rng, rng.uniform(0.3, 1.5)))
    phase = np.cumsum(speed * (1 + 0.02 * _slow(rng, 60))) / RATE
    pulse = np.exp(-(phase % 1) * rng.uniform(4, 14)) - 0.15
    firing = 1 + rng.uniform(0.1, 0.4) * np.sin(np.pi * phase)  # every other stroke
    raw = pulse * firing * (1 + 0.25 * _slow(rng, 25))
    rough = _shaped(rng, rng.uniform(0.2, 0.7), 800, rng.uniform(7000, 14_000))
    raw += rough * (0.1 + np.clip(pulse, 0, None)) * rng.uniform(0.2, 0.9)
    out = np.tanh(raw * rng.uniform(1.5, 4))
    low, high = rng.uniform(60, 250), rng.uniform(6000, 15_000)
    out = _band(out, low, high)
    resonance = rng.uniform(700, 3500)
    out += rng.uniform(0.5, 2.5) * _band(out, resonance * 0.8, resonance * 1.25)
    return _sound(out, [Event(0, SECONDS, 100, 8000, "chainsaw")])


SYNTHESISERS: Mapping[str, Callable[[Generator], Sound]] = {
    "clock_tick": clock_tick,
    "rain": rain,
    "sea_waves": sea_waves,
    "helicopter": helicopter,
    "fire_crackling": fire_crackling,
    "chainsaw": chainsaw,
}
"""By the class that each belongs to."""


def synthesise(label: str, seed: int) -> Sound:
    """A sound of a class: the same seed, the same sound.

    Raises:
        InputError: a class that cannot be synthesised.

    >>> sound = synthesise("clock_tick", 0)
    >>> len(sound.samples), sound.events[0].label
    (220500, 'clock_tick')
    """
    if label not in SYNTHESISERS:
        raise InputError(f"{label!r} cannot be synthesised; {', '.join(SYNTHESISERS)} can")
    return SYNTHESISERS[label](np.random.default_rng(seed))


def in_turn(first: Sound, second: Sound) -> Sound:
    """The first half of one sound, then the second half of another, equally loud."""
    middle = _LENGTH // 2
    ramp = np.clip((np.arange(_LENGTH) - middle) / (0.01 * RATE) + 0.5, 0, 1)
    out = _level(first.samples) * (1 - ramp) + _level(second.samples) * ramp
    half = SECONDS / 2
    early = [e for e in first.events if e.start < half]
    late = [e for e in second.events if e.stop > half]
    events = [Event(e.start, min(e.stop, half), e.low, e.high, e.label) for e in early]
    events += [Event(max(e.start, half), e.stop, e.low, e.high, e.label) for e in late]
    return _sound(out, events)


def together(first: Sound, second: Sound, decibels: float = 0.0) -> Sound:
    """Both at once, the second fainter by so many dB (of their mean power)."""
    out = _level(first.samples) + _level(second.samples) * 10 ** (-decibels / 20)
    return _sound(out, sorted((*first.events, *second.events), key=lambda e: e.start))


def _sound(out: Samples, events: list[Event]) -> Sound:
    """Scaled to a peak of .9, which leaves room for resampling."""
    return Sound(out * (0.9 / np.abs(out).max()), tuple(events))


def _level(samples: Samples) -> Samples:
    scaled: Samples = samples / np.sqrt(np.mean(samples**2))
    return scaled


def _noise(rng: Generator) -> Samples:
    return rng.normal(size=_LENGTH)


def _shaped(rng: Generator, slope: float, low: float, high: float) -> Samples:
    """Noise whose amplitude falls as f^-slope, between two frequencies, with unit power."""
    spectrum = np.fft.rfft(_noise(rng))
    frequency = np.fft.rfftfreq(_LENGTH, 1 / RATE)
    frequency[0] = frequency[1]
    gain = frequency**-slope
    gain /= np.sqrt(1 + (low / frequency) ** 6) * np.sqrt(1 + (frequency / high) ** 6)
    return _level(np.fft.irfft(spectrum * gain, _LENGTH))


def _slow(rng: Generator, rate: float) -> Samples:
    """A random wobble of about ``rate`` Hz, within about ±1."""
    count = max(4, int(SECONDS * rate * 2) + 4)
    knots = np.clip(rng.normal(0, 0.6, count), -1, 1)
    return np.interp(np.linspace(0, count - 1, _LENGTH), np.arange(count), knots)


def _band(samples: Samples, low: float, high: float) -> Samples:
    sections = dsp.butter(2, (low, high), "bandpass", fs=RATE, output="sos")
    filtered: Samples = dsp.sosfilt(sections, samples)
    return filtered


def _ring(frequency: float, decay: float) -> Samples:
    """A damped sine, six decays long."""
    time = np.arange(int(decay * 6 * RATE) + 1) / RATE
    ringing: Samples = np.sin(2 * np.pi * frequency * time) * np.exp(-time / decay)
    return ringing


def _click(rng: Generator) -> Samples:
    """A few metallic resonances, struck."""
    out = np.zeros(int(0.12 * RATE))
    for _ in range(rng.integers(2, 6)):
        ringing = _ring(rng.uniform(1200, 9500), rng.uniform(0.001, 0.012))
        _add(out, ringing * rng.uniform(0.3, 1), 0)
    burst = rng.normal(size=int(0.002 * RATE)) * np.linspace(1, 0, int(0.002 * RATE))
    _add(out, burst * rng.uniform(0.2, 0.8), 0)
    return out


def _add(out: Samples, part: Samples, at: int) -> None:
    stop = min(at + len(part), len(out))
    out[at:stop] += part[: stop - at]
