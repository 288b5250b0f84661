"""What the commands take."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from app.request import names
from app.request.names import Solid, Up

Keep = Literal["hard", "per-band", "soft", "supported"]
Device = Literal["auto", "cpu", "cuda"]
LabelsFrom = Literal["predicted", "prefix", "folder"]

ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A name of `wam models`, of timm, hf-hub:owner/name or local-dir:folder; with "
        "--weights, the architecture: mel_vgg or micro_acdnet for sounds, resnet18_3d, "
        "cnn3d or cnn3d_small for volumes, else a name of timm. "
        "Default: the embedded network for the kind of file.",
        show_default=False,
    ),
]
DeviceOption = Annotated[
    Device,
    typer.Option("--device", help="auto is WAM_DEVICE, else the GPU where there is one."),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option(
        "--threads",
        min=1,
        max=256,
        help="Of the CPU. They move the last digits. Default: as PyTorch finds them.",
        show_default=False,
    ),
]
WeightsOption = Annotated[
    Path | None,
    typer.Option("--weights", help="Your own network: a .safetensors file.", show_default=False),
]
LabelsOption = Annotated[
    Path | None,
    typer.Option(
        "--labels", help="Its class names: one a line, or JSON. With --weights.", show_default=False
    ),
]

ItemOption = Annotated[
    str | None,
    typer.Option(
        "--item",
        help="Which volume of a file that holds several: a part and a number from 0, as in test:3. "
        "Default: the first of the test part, or the first.",
        show_default=False,
    ),
]
SolidOption = Annotated[
    Solid | None,
    typer.Option(
        "--solid",
        help="Meshes, points and grids of filled voxels: only the outermost voxels, or all that "
        "they enclose. Default: watertight meshes are filled, all else is as it is.",
        show_default=False,
    ),
]
UpOption = Annotated[
    Up | None,
    typer.Option(
        "--up",
        help="Meshes, points and grids: which axis of the file points up. Default: z.",
        show_default=False,
    ),
]


def parsed_item(text: str | None) -> tuple[str, int] | None:
    """``test:3`` as a part and a number; anything else is wrong usage."""
    if text is None:
        return None
    try:
        return names.parsed_item(text)
    except ValueError as error:
        raise typer.BadParameter(f"--{error}") from None


ClassNamesOption = Annotated[
    Path | None,
    typer.Option(
        "--class-names",
        help="Its class names: one a line, or JSON. With --weights.",
        show_default=False,
    ),
]


def check_own(model: str | None, weights: Path | None, labels: Path | None) -> None:
    """Options of an own network that do not make sense together are wrong usage."""
    if weights is not None and model is None:
        raise typer.BadParameter("--weights needs --model, the name of the architecture")
    if labels is not None and weights is None:
        raise typer.BadParameter("--labels belongs to --weights; it was given alone")
