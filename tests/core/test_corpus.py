"""Files of the shared folder that were once read wrongly or refused for a false reason."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import app
from wam_core.errors import InputError
from wam_core.signals import read
from wam_core.signals.intake import decode
from wam_core.signals.summary import summary

# What is refused, and words of its sentence.
REFUSED = {
    "bigtiff_offset_beyond.tif": "TIFF",
}
# What is read: values of the summary; a number within a hundred-thousandth of its size, or as far
# as given with it.
READ: dict[str, dict[str, object]] = {}


def line(file):
    return summary(read(file.read_bytes(), file.name))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_named(shared_data, name):
    with pytest.raises(InputError) as caught:
        line(shared_data / "files" / name)
    first = str(caught.value).split(";")[0]
    assert REFUSED[name] in first and "not recognised" not in first


@pytest.mark.parametrize("name", READ)
def test_what_is_read_has_the_right_values(shared_data, name):
    found, wanted = line(shared_data / "files" / name), dict(READ[name])
    said = wanted.pop("said", "")
    unsaid = wanted.pop("unsaid", None)
    for key, value in wanted.items():
        value, tolerance = value if isinstance(value, tuple) else (value, None)
        if isinstance(value, str):
            assert found[key] == value
        elif tolerance is None:
            np.testing.assert_allclose(found[key], value, rtol=1e-5, atol=1e-4, err_msg=key)
        else:
            np.testing.assert_allclose(found[key], value, rtol=0, atol=tolerance, err_msg=key)
    notes = " ".join(found["notes"])
    assert said in notes, notes
    assert unsaid is None or unsaid not in notes


def test_a_refused_file_does_not_end_the_command(shared_data, tmp_path):
    bad, good = shared_data / "files" / "bigtiff_offset_beyond.tif", tmp_path / "good.npy"
    np.save(good, np.arange(60.0).reshape(3, 4, 5))
    ran = CliRunner().invoke(app, ["inspect", "--json", str(bad), str(good)])
    assert ran.exit_code == 1
    first, second = map(json.loads, ran.stdout.splitlines())
    assert not first["read"] and "TIFF" in first["sentence"]
    assert second["read"] and second["shape"] == [3, 4, 5] and second["first"] == [0, 1, 2, 3, 4]
    assert second["mean"] == 29.5 and second["centre"] == 32 and second["spacing"] == [1, 1, 1]
    folder = CliRunner().invoke(app, ["inspect", "--json", str(tmp_path)])
    assert folder.exit_code == 0 and len(folder.stdout.splitlines()) == 1


@pytest.mark.slow
def test_flipped_bits_in_headers_give_a_signal_or_a_sentence(shared_data):
    generator = np.random.default_rng(24)
    for file in sorted((shared_data / "files").iterdir()):
        data = file.read_bytes()
        for turn in range(12):
            broken = bytearray(data[: generator.integers(1, len(data))] if turn % 3 == 2 else data)
            for at in generator.integers(0, min(len(broken), 600), 1 + turn % 4):
                broken[at] = generator.integers(256)
            try:
                signal = decode(bytes(broken), file.name)
            except InputError as error:
                assert "\n" not in str(error)
            else:
                assert np.isfinite(signal.values).all()
