"""Synthesised sounds: repeatable, within full scale, and their events are where the energy is."""

import numpy as np
import pytest

from models import sounds
from wam_core.errors import InputError


def share_within(sound: sounds.Sound) -> tuple[float, float]:
    """Of the energy, and of the time, within the events."""
    inside = np.zeros(len(sound.samples), dtype=bool)
    for event in sound.events:
        inside[int(event.start * sounds.RATE) : int(event.stop * sounds.RATE)] = True
    energy = sound.samples**2
    return float(energy[inside].sum() / energy.sum()), float(inside.mean())


@pytest.mark.parametrize("label", sounds.SYNTHESISERS)
def test_a_seed_is_a_sound(label):
    one, same, other = (sounds.synthesise(label, seed) for seed in (3, 3, 4))
    assert np.array_equal(one.samples, same.samples) and one.events == same.events
    assert not np.array_equal(one.samples, other.samples)
    assert np.abs(one.samples).max() == pytest.approx(0.9) and np.isfinite(one.samples).all()
    assert all(0 <= e.start < e.stop <= sounds.SECONDS + 0.05 for e in one.events)


@pytest.mark.parametrize("seed", range(5))
def test_ticks_hold_the_energy_of_a_clock(seed):
    energy, time = share_within(sounds.synthesise("clock_tick", seed))
    assert energy > 0.9 and time < 0.15


@pytest.mark.parametrize("label", ["rain", "helicopter", "chainsaw", "sea_waves"])
def test_the_band_of_an_event_holds_its_energy(label):
    sound = sounds.synthesise(label, 0)
    event = sound.events[0]
    power = np.abs(np.fft.rfft(sound.samples)) ** 2
    hertz = np.fft.rfftfreq(len(sound.samples), 1 / sounds.RATE)
    inside = (hertz >= event.low) & (hertz <= event.high)
    assert power[inside].sum() / power.sum() > 0.6


def test_in_turn_leaves_each_its_half():
    clock, saw = sounds.synthesise("clock_tick", 0), sounds.synthesise("chainsaw", 0)
    both = sounds.in_turn(saw, clock)
    middle = sounds.SECONDS / 2
    assert all(e.stop <= middle for e in both.events if e.label == "chainsaw")
    assert all(e.start >= middle for e in both.events if e.label == "clock_tick")
    half = len(both.samples) // 2 - sounds.RATE // 50
    shape = both.samples[:half] / saw.samples[:half]
    assert np.allclose(shape, shape[0])


def test_together_keeps_the_ratio():
    clock, rain = sounds.synthesise("clock_tick", 0), sounds.synthesise("rain", 0)
    both = sounds.together(clock, rain, decibels=6).samples
    basis = np.stack([clock.samples / clock.samples.std(), rain.samples / rain.samples.std()])
    levels = np.linalg.lstsq(basis.T, both, rcond=None)[0]
    assert 20 * np.log10(levels[0] / levels[1]) == pytest.approx(6, abs=0.1)


def test_an_unknown_class_is_refused():
    with pytest.raises(InputError, match="'owl' cannot be synthesised; clock_tick"):
        sounds.synthesise("owl", 0)
