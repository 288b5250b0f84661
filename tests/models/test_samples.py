"""The samples come with installed libraries or are synthesised; none needs a network."""

import socket

import pytest

from models import samples
from wam_core.errors import InputError


@pytest.mark.parametrize("name", samples.names())
def test_a_sample_needs_no_network(monkeypatch, name):
    def refuse(*_):
        raise AssertionError("a sample opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    signal = samples.load(name)
    assert signal.modality == "image" and min(signal.size) >= 300
    assert signal.sha256 == signal.key and len(signal.sha256) == 64 and samples.title(name)
    assert "CC" in samples.credit(name) or "public domain" in samples.credit(name)


def test_names_and_refusals():
    assert samples.names() == ("chelsea", "coffee", "camera", "rocket", "china")
    with pytest.raises(InputError, match="no sample 'dog'; there are chelsea"):
        samples.load("dog")


@pytest.mark.parametrize("name", samples.names("sound"))
def test_a_sound_is_the_same_each_time_and_its_network_names_it(esc10, name):
    signal = samples.load(name)
    assert signal.modality == "sound" and signal.rate == 44_100 and signal.size == (220_500,)
    assert signal.key == samples.load(name).key and "CC0" in samples.credit(name)
    probabilities = esc10.predict(esc10.prepare(signal))[0]
    assert float(probabilities[esc10.index(samples.label(name))]) > 0.5


def test_events_are_known_for_synthesised_sounds_only():
    sound = samples.sound("helicopter_then_clock")
    assert {event.label for event in sound.events} == {"helicopter", "clock_tick"}
    with pytest.raises(InputError, match="chelsea is not synthesised"):
        samples.sound("chelsea")
