"""The samples come with installed libraries, and through the same door as uploads."""

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
    assert len(signal.sha256) == 64 and samples.title(name)
    assert "CC" in samples.credit(name) or "public domain" in samples.credit(name)


def test_names_and_refusals():
    assert samples.names() == ("chelsea", "coffee", "camera", "rocket", "china")
    assert samples.names("sound") == ()
    with pytest.raises(InputError, match="no sample 'dog'; there are chelsea"):
        samples.load("dog")
