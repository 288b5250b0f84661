"""The Python of the how-to pages runs as it stands there."""

import ast
import importlib
import re
import warnings
from pathlib import Path

import pytest
import trimesh

from wam_core import WaveletAttribution

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page):
    """The blocks of a page, each filled up to its line so that a traceback names it."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return [
        "\n" * text.count("\n", 0, found.start(1)) + found.group(1)
        for found in _BLOCK.finditer(text)
    ]


@pytest.mark.parametrize("page", ["how-to-explain-from-python.md", "how-to-evaluate.md"])
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
