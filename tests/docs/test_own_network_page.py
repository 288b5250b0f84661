"""The page on a user's own network: its programs and commands run as they stand there, in order."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli

pytestmark = pytest.mark.slow
PAGE = Path(__file__).resolve().parents[2] / "docs" / "bring-your-own-network.md"
_BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_every_block_of_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    blocks = _BLOCK.findall(PAGE.read_text("utf-8"))
    assert len(blocks) >= 3
    said = ""
    for language, text in blocks:
        if language == "python":
            exec(compile(text, PAGE.name, "exec"), names)
            continue
        for line in text.splitlines():
            program, *arguments = shlex.split(line)
            assert program == "wam"
            outcome = CliRunner().invoke(cli.app, arguments)
            # its weights were never trained, which the check-up notices
            wanted = 1 if arguments[0] == "check" else 0
            assert outcome.exit_code == wanted, (line, outcome.output)
            said += outcome.output
    assert (tmp_path / "mine-wam" / "manifest.json").is_file()
    assert str(names["result"].target) in ("cat", "dog", "fox", "hen", "owl")
    assert "✓ batches" in said and "! weights: The weights look untrained" in said
    assert f"sample:chelsea: {names['result'].target} (" in said
