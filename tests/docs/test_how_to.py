"""The Python of the how-to pages runs as it stands there."""

import ast
import importlib
import json
import re
import warnings
from pathlib import Path

import pytest
import trimesh

from app.kinds import Kind
from wam_core import WaveletAttribution
from wam_core.transforms import Transform

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page):
    """The blocks of a page, each filled up to its line so that a traceback names it."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    if page.endswith(".ipynb"):
        return ["".join(cell["source"]) for cell in json.loads(text)["cells"] if "outputs" in cell]
    return [
        "\n" * text.count("\n", 0, found.start(1)) + found.group(1)
        for found in _BLOCK.finditer(text)
    ]


@pytest.mark.parametrize(
    "page",
    [
        "how-to-explain-from-python.md",
        "how-to-evaluate.md",
        "notebooks/image.ipynb",
        "notebooks/sound.ipynb",
        "notebooks/volume.ipynb",
    ],
)
def test_names_that_a_page_imports_exist(page):
    ours = [
        (node.module, alias.name)
        for code in blocks(page)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in ("wam_core", "models")
        for alias in node.names
    ]
    assert len(ours) >= 5
    for module, name in ours:
        home = importlib.import_module(module)
        if not hasattr(home, name):
            importlib.import_module(f"{module}.{name}")


def members(page, column):
    """The names in one column of the tables of a page that have as many."""
    rows = [
        line.strip("| ").split("|")
        for line in (ROOT / "docs" / page).read_text("utf-8").splitlines()
        if line.startswith("|") and line.count("|") == 4
    ]
    return [(re.findall(r"`(\w+)", row[column]), row[2].strip()) for row in rows]


def required(contract):
    """What a subclass has to give: abstract methods, and attributes without a value."""
    declared = {name for name in contract.__annotations__ if not hasattr(contract, name)}
    return set(contract.__abstractmethods__) | declared


def test_the_pages_name_every_member_that_a_newcomer_writes():
    kind = {name for names, _ in members("how-to-add-a-kind.md", 1) for name in names}
    assert kind == required(Kind)
    defaults = {name for names, _ in members("how-to-add-a-kind.md", 2) for name in names}
    assert len(defaults) > 20 and all(hasattr(Kind, name) for name in defaults)
    rows = members("how-to-add-a-transform.md", 0)
    transform = {name for names, default in rows if default == "–" for name in names}
    assert transform == required(Transform)


@pytest.mark.slow
def test_how_to_explain_from_python(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    mesh = trimesh.creation.box((1.0, 1.2, 0.8))
    (tmp_path / "chair.off").write_bytes(mesh.export(file_type="off").encode())
    said = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Quantus's, of its own imports
        for code in blocks("how-to-explain-from-python.md"):
            exec(compile(code, "how-to-explain-from-python.md", "exec"), said)
    assert {"kept.wav", "attribution.nii.gz", "slices.png"} <= {f.name for f in tmp_path.iterdir()}
    assert isinstance(said["result"], WaveletAttribution)
    assert said["attributions"].shape == said["x"].shape
