"""Every wrong call gets a sentence that names its cause, and leaves the module as it was."""

import json
import re
import subprocess
import sys

import pytest

from tests import wrong_calls

OWN = {"an error of its own"}  # the module's own error is shown below ours


@pytest.fixture(scope="module")
def results():
    """Of a program of its own: here the types would be checked before the library sees a value."""
    done = subprocess.run(
        [sys.executable, wrong_calls.__file__], capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", wrong_calls.CALLS)
def test_a_wrong_call_is_explained(results, name):
    found, (_, _, said) = results[name], wrong_calls.CALLS[name]
    assert found["type"].startswith("wam_core.errors."), found
    assert re.search(said, found["message"], re.DOTALL), found["message"]
    assert "\n" not in found["message"] and found["as_before"]
    assert name in OWN or not found["shows_torch"]


def test_there_are_at_least_forty():
    assert len(wrong_calls.CALLS) >= 40
