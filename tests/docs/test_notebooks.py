"""The notebooks run, and still show the numbers that are written in them."""

import re
from itertools import zip_longest
from pathlib import Path

import nbformat
import pytest

from docs.notebooks.renew import FOLDER, executed

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(FOLDER.glob("*.ipynb"))
LARGEST = 600_000
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def printed(notebook):
    """What each cell prints, line by line."""
    return [
        line
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream"
        for line in output.text.splitlines()
    ]


def apart(line, other):
    """Whether two lines say something else; last digits depend on the machine and its threads."""
    words, numbers = _NUMBER.sub("#", line), list(map(float, _NUMBER.findall(line)))
    again = list(map(float, _NUMBER.findall(other)))
    return words.split() != _NUMBER.sub("#", other).split() or any(
        abs(a - b) > 0.03 + 0.03 * abs(a) for a, b in zip_longest(numbers, again, fillvalue=1e9)
    )


def shown(notebook):
    """The kinds of what is shown beside text."""
    return [
        sorted(output.data)
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type != "stream"
    ]


def test_each_modality_has_one():
    assert [file.stem for file in FILES] == ["image", "sound", "volume"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_written_down_is_small_whole_and_of_no_machine(file):
    text = file.read_text("utf-8")
    assert len(text.encode()) < LARGEST
    here = re.escape(f"/{ROOT.parts[1]}/")  # where this repository is
    assert not re.search(rf"{here}|/home/|/root/|/tmp/|/usr/|site-packages|0x[0-9a-f]{{8}}", text)
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            assert output.output_type != "error" and output.get("name") != "stderr"
    assert any("text/html" in kinds for kinds in shown(notebook))


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_they_run_and_their_numbers_hold(file, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    written, now = nbformat.read(file, as_version=4), executed(file)
    changed = [
        f"{before!r} is now {after!r}"
        for before, after in zip_longest(printed(written), printed(now), fillvalue="")
        if apart(before, after)
    ]
    assert not changed, "make notebooks writes them anew:\n" + "\n".join(changed)
    assert shown(now) == shown(written)


@pytest.mark.parametrize(
    ("line", "other", "differ"),
    [
        ("p(cat) 0.264", "p(cat) 0.262", False),
        ("p(cat) 0.264", "p(cat) 0.200", True),
        ("p(cat) 0.264", "p(dog) 0.264", True),
        ("legs +3.26", "legs -3.26", True),
        ("0.39  tiger cat", "", True),
        ("gap 0.01", "gap 0.01 0.02", True),
    ],
)
def test_what_counts_as_another_number(line, other, differ):
    assert apart(line, other) == differ
