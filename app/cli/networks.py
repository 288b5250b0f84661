"""``wam models``: what networks there are; and the network that a command asks."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

if TYPE_CHECKING:
    from wam_core import Classifier, Signal
    from wam_core.outputs import Choice


def models(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list.")] = False,
) -> None:
    """The catalogue of networks."""
    import models as catalogue

    rows = catalogue.listed()
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    table = Table(Column("name", no_wrap=True), "network", "weights", show_lines=True)
    for row in rows:
        state = "embedded" if row["embedded"] else "on this machine"
        accuracy = row["accuracy"] or "not measured here"
        table.add_row(
            row["name"],
            f"{row['title']}, for {row['modality']}s\n{escape(row['licence'])}\n{escape(accuracy)}",
            state if row["available"] else "not here yet",
        )
    Console().print(table)


def check_own(model: str | None, weights: Path | None, labels: Path | None) -> None:
    """Options of an own network that do not make sense together are wrong usage."""
    if weights is not None and model is None:
        raise typer.BadParameter("--weights needs --model, the name of the architecture")
    if labels is not None and weights is None:
        raise typer.BadParameter("--labels belongs to --weights; it was given alone")


def network(
    model: str | None,
    weights: Path | None,
    labels: Path | None,
    on: str,
    signal: "Signal",
    output: "Choice" = "auto",
) -> "Classifier":
    """The network that was asked for, or the embedded one for this kind of input."""
    import models as catalogue
    from app.server import device

    if weights is not None and model is not None:
        net = catalogue.from_file(weights, model, labels, device(on))
    else:
        net = catalogue.load(model or catalogue.default(signal.modality), device(on))
    return net.with_output(output)


def top_classes(classifier: "Classifier", signal: "Signal") -> list[dict[str, Any]]:
    """The five most probable classes."""
    return classifier.top(classifier.predict(classifier.prepare(signal))[0])
