"""``wam check``: whether and how a network can be explained."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import inputs, networks
from app.cli.options import DeviceOption, LabelsOption, WeightsOption, with_request
from app.request import ExplainRequest

if TYPE_CHECKING:
    from wam_core import Classifier, Signal


@with_request("output")
def check(
    network: Annotated[
        str,
        typer.Argument(
            help="As --model of wam explain: a name, or with --weights an architecture.",
            show_default=False,
        ),
    ],
    *,
    request: ExplainRequest,
    input: Annotated[
        Path | None,
        typer.Option(
            "--input", help="A file as it receives it. Default: a sample.", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object.")] = False,
    on: DeviceOption = "auto",
    weights: WeightsOption = None,
    labels: LabelsOption = None,
) -> None:
    """Check outputs, weights, batches, gradient and cost. Exit codes: 0 fine, 1 warnings, 2 no."""
    networks.check_own(network, weights, labels)
    from wam_core.checkup import CheckUp, Finding, check_classifier
    from wam_core.errors import WamError

    notes: tuple[str, ...]
    try:
        net, signal = _loaded(network, weights, labels, on, input, request)
        found = check_classifier(net, net.prepare(signal))
    except WamError as error:
        found, notes = CheckUp((Finding("network", "failed", f"{error}."),), None, False, 0.0), ()
    else:
        notes = net.notes
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join((*(f"  {note}" for note in notes), str(found))))
    raise typer.Exit(found.status)


def _loaded(
    network: str,
    weights: Path | None,
    labels: Path | None,
    on: str,
    input: Path | None,
    request: ExplainRequest,
) -> "tuple[Classifier, Signal]":
    """The network, and what it is checked on."""
    import models as catalogue
    from app import kinds
    from models import samples

    kind = catalogue.modality_of(network, own=weights is not None)
    signal = samples.load(samples.names(kind)[0]) if input is None else inputs.read_file(input)
    kinds.check_network(network, signal, own=weights is not None)
    return networks.network(network, weights, labels, on, signal, request.output), signal
