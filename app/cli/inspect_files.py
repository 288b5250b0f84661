"""``wam inspect``: what was read of each file, or why it was refused."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import inputs
from app.cli.console import foreseen, sentence
from app.cli.options import with_request
from app.request import ExplainRequest


@with_request("item")
def inspect(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE|FOLDER...",
            help="Files, or folders with all the files in them.",
            show_default=False,
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    *,
    request: ExplainRequest,
) -> None:
    """What each file holds: kind, shape, values, spacing or rate, and notes. No network is loaded.

    Exit code 1 where a file was refused.
    """
    from wam_core.signals.summary import summary

    refused = False
    for file in _files(sources):
        line: dict[str, Any] = {"file": str(file), "read": False}
        try:
            signal = inputs.read_file(file, request.item_index)
        except foreseen() as error:
            line["sentence"] = sentence(error)
            refused = True
        else:
            line |= {"read": True} | summary(signal)
        _print(line, as_json)
    if refused:
        raise typer.Exit(1)


def _files(sources: list[Path]) -> list[Path]:
    """The files that are named, and of a folder those in it, hidden ones left out."""
    found: list[Path] = []
    for source in sources:
        if not source.is_dir():
            found.append(source)
            continue
        found += sorted(
            file
            for file in source.rglob("*")
            if file.is_file()
            and not any(part.startswith(".") for part in file.relative_to(source).parts)
        )
    return found


def _print(line: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(line))
    elif not line["read"]:
        typer.echo(f"{line['file']}: refused: {line['sentence']}")
    else:
        shape = " × ".join(f"{side:,}" for side in line["shape"])
        about = f"{line['kind']}, {shape}, {line['min']:.4g} to {line['max']:.4g}"
        more = f", {line['rate']:,} Hz" if "rate" in line else ""
        typer.echo(f"{line['file']}: {about}, mean {line['mean']:.4g}{more}")
        for note in line["notes"]:
            typer.echo(f"    {note}")
