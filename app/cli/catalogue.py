"""``wam models``: what networks there are."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table


def models(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list.")] = False,
) -> None:
    """The catalogue of networks."""
    import models as catalogue

    specs = [(catalogue.spec(name), catalogue.available(name)) for name in catalogue.names()]
    if as_json:
        listed = [{**asdict(spec), "available": here} for spec, here in specs]
        typer.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    table = Table(Column("name", no_wrap=True), "network", "weights", show_lines=True)
    for spec, here in specs:
        state = "embedded" if spec.embedded else "on this machine"
        accuracy = spec.accuracy or "not measured here"
        table.add_row(
            spec.name,
            f"{spec.title}, for {spec.modality}s\n{escape(spec.licence)}\n{escape(accuracy)}",
            state if here else "not here yet",
        )
    Console().print(table)
