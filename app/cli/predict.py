"""``wam predict``: the most probable classes of many files."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli import inputs, networks
from app.cli.console import foreseen, sentence
from app.cli.options import (
    DeviceOption,
    LabelsOption,
    ModelOption,
    WeightsOption,
    with_request,
)
from app.request import ExplainRequest

if TYPE_CHECKING:
    from wam_core import Classifier


@with_request("item", "solid", "up", "output")
def predict(
    files: Annotated[
        list[Path], typer.Argument(help="Images, sounds or volumes.", show_default=False)
    ],
    model: ModelOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    on: DeviceOption = "auto",
    weights: WeightsOption = None,
    labels: LabelsOption = None,
    *,
    request: ExplainRequest,
) -> None:
    """The five most probable classes of each file; the others go on where one fails."""
    networks.check_own(model, weights, labels)
    from app import kinds

    options = request.model_dump()
    loaded: dict[str, Classifier] = {}
    failed = False
    for file in files:
        line: dict[str, Any] = {"file": str(file)}
        try:
            signal = inputs.read_file(file, request.item_index)
            kinds.check_options(signal, options)
            signal = kinds.of(signal).prepare(signal, options)
            kinds.check_network(model, signal, own=weights is not None)
        except foreseen() as error:
            line["error"] = sentence(error)
        else:
            # Outside of the try: a network that cannot be loaded fails for every file.
            if signal.modality not in loaded:
                loaded[signal.modality] = networks.network(
                    model, weights, labels, on, signal, request.output
                )
            try:
                line["top"] = networks.top_classes(loaded[signal.modality], signal)
            except foreseen() as error:
                line["error"] = sentence(error)
        failed |= "error" in line
        _print(line, as_json)
    if failed:
        raise typer.Exit(1)


def _print(line: dict[str, Any], as_json: bool) -> None:
    """At once, so that a reader behind a pipe need not wait for the last file."""
    if as_json:
        typer.echo(json.dumps(line))
    elif "error" in line:
        typer.echo(f"wam: {line['error']}", err=True)
    else:
        named = "; ".join(
            f"{c['label']} ({c['index']}) {c['probability']:.1%}" for c in line["top"]
        )
        typer.echo(f"{line['file']}: {named}")
