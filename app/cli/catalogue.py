"""``wam models``: what networks there are."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from app.request import networks


def models(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list.")] = False,
) -> None:
    """The catalogue of networks."""
    found = networks.listed()
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    table = Table(Column("name", no_wrap=True), "network", "weights", show_lines=True)
    for row in found:
        state = "embedded" if row["embedded"] else "on this machine"
        accuracy = row["accuracy"] or "not measured here"
        table.add_row(
            row["name"],
            f"{row['title']}, for {row['modality']}s\n{escape(row['licence'])}\n{escape(accuracy)}",
            state if row["available"] else "not here yet",
        )
    Console().print(table)
