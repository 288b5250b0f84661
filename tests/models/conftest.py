"""Networks and data that several tests share."""

import pytest

import models
from wam_core.signals import read


@pytest.fixture(scope="session")
def lite0():
    return models.load("efficientnet_lite0")


@pytest.fixture(scope="session")
def esc10():
    return models.load("esc10")


@pytest.fixture(scope="session")
def fold4(shared_data, esc10):
    """The 80 held-out clips: (label, name, decoded signal)."""
    files = sorted((shared_data / "audio" / "esc10").glob("*/4-*.ogg"))
    assert len(files) == 80
    return [
        (file.parent.name.replace("_", " "), file.name, read(file.read_bytes(), file.name))
        for file in files
    ]
