"""Where a study runs: in this process, or on the workers of a Ray cluster."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from app.cluster.studies import Network
    from wam_core import Classifier

Engine = Literal["local", "ray"]

EngineOption = Annotated[
    Engine,
    typer.Option(
        help="ray shares the files out among workers, one for each GPU, or for each --threads of "
        "the cores; the numbers are the same. Needs: pip install '.[ray]'."
    ),
]
AddressOption = Annotated[
    str | None,
    typer.Option(
        help="Of a Ray cluster that this machine is part of: host:port, or auto. Default: one that "
        "is started on this machine alone, and ended.",
        show_default=False,
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        min=1, max=4096, help="At most so many. Default: all there is room for.", show_default=False
    ),
]


def check(engine: Engine, address: str | None, workers: int | None) -> None:
    """Say what is missing before anything is computed.

    Raises:
        SettingsError: Ray is asked for and not installed.
    """
    if engine == "ray":
        from app.cluster.machines import need_ray

        need_ray(address)
    elif address is not None or workers is not None:
        raise typer.BadParameter("--address and --workers belong to --engine ray")


def device_kind(on: str) -> str:
    """``cpu`` or ``cuda``; auto where neither the caller nor the operator has chosen."""
    from app.server import server

    return ((server().device or on) if on == "auto" else on).partition(":")[0]


def network_to_send(name: str, weights: Path | None, classifier: "Classifier") -> "Network":
    """A network for other machines: by its name, and the user's own weights as bytes."""
    from app.cluster.studies import Network

    if weights is None:
        return Network(name, classifier.fingerprint)
    return Network(name, classifier.fingerprint, weights.read_bytes(), classifier.labels)
