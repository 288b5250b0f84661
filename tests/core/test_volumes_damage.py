"""Damaged volumes give a volume or a sentence, and nothing else."""

import numpy as np
import pytest
from volumes import FORMATS

from wam_core.errors import InputError
from wam_core.signals import Limits
from wam_core.signals.intake import decode as read

pytestmark = pytest.mark.slow

COARSE = Limits(mesh_cells=20)


def outcome(data, name):
    """What was read, "" for nothing; it has to be sound."""
    try:
        signal = read(data, name, COARSE)
    except InputError as error:
        message = str(error)
        assert "\n" not in message and not message.endswith(".") and len(message) < 900
        return ""
    assert np.isfinite(signal.values).all() and signal.values.size
    assert signal.modality != "volume" or (
        signal.values.dtype in (np.uint8, np.float32)
        and len(signal.size) == 3
        and all(np.isfinite(signal.frame.spacing))
        and min(signal.frame.spacing) > 0
    )
    return signal.modality


@pytest.mark.parametrize("name", FORMATS)
def test_the_whole_file_is_read(name):
    assert outcome(FORMATS[name], name) == "volume"


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_short_is_a_sentence_or_less(name):
    data = FORMATS[name]
    cuts = np.linspace(1, len(data) - 1, 200).astype(int)
    # a TIFF file that ends after its first pages is a picture; text may lose its last digits and
    # lines unnoticed
    accepted = [data[:cut] for cut in cuts if outcome(data[:cut], name) == "volume"]
    if name.startswith("TIFF"):  # what is cut off may be the resolution alone
        whole = read(data, name).values
        assert all((read(part, name).values == whole).all() for part in accepted)
        accepted = []
    assert not accepted or name in (
        "XYZ",
        "off",
        "obj",
        "ply text",
        "NIfTI in gzip",
        "stl text",
    )


@pytest.mark.parametrize("name", FORMATS)
def test_flipped_bits_give_a_volume_or_a_sentence(name):
    data = FORMATS[name]
    generator = np.random.default_rng(1)
    for turn in range(200):
        broken = bytearray(data)
        # every other turn in the first bytes, where the headers are
        most = len(data) if turn % 2 else min(len(data), 400)
        for at in generator.integers(0, most, 1 + turn % 3):
            broken[at] ^= 1 << generator.integers(8)
        outcome(bytes(broken), name)
