"""What the commands take; the options of an explanation are derived from :class:`ExplainRequest`."""

import inspect
import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import typer
from pydantic import ValidationError

from app.request import ExplainRequest, option_name, sentence

Keep = Literal["hard", "per-band", "soft", "supported"]
Device = Literal["auto", "cpu", "cuda"]
LabelsFrom = Literal["predicted", "prefix", "folder"]

ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A name of `wam models`, of timm, hf-hub:owner/name or local-dir:folder; with "
        "--weights, the architecture: mel_vgg or micro_acdnet for sounds, resnet18_3d, "
        "cnn3d or cnn3d_small for volumes, torchvision:NAME, else a name of timm. "
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
    typer.Option(
        "--weights",
        help="Your own network: .safetensors, or .pt, .pth, .ckpt or .bin of torch.save, which is "
        "unpickled without running code.",
        show_default=False,
    ),
]


def _class_names(option: str) -> Any:
    return typer.Option(
        option, help="Its class names: one a line, or JSON. With --weights.", show_default=False
    )


LabelsOption = Annotated[Path | None, _class_names("--labels")]
ClassNamesOption = Annotated[Path | None, _class_names("--class-names")]

# What the command line says of a field in other words: it takes own networks as well.
_OTHERWISE: dict[str, Any] = {"model": ModelOption}


def with_request(*fields: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of an explanation; it receives them as ``request``.

    Args:
        fields: those of :class:`ExplainRequest` that become options; all, where none is named.
    """
    chosen = fields or tuple(ExplainRequest.model_fields)
    options = [_parameter(name) for name in chosen]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command)
        parameters = []
        for name, parameter in signature.parameters.items():
            parameters += options if name == "request" else [parameter]

        @wraps(command)
        def run(**values: Any) -> None:
            wanted = {name: values.pop(name) for name in chosen}
            command(request=checked_request(**wanted), **values)

        run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # for typer
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        return run

    return decorate


def _parameter(name: str) -> inspect.Parameter:
    field = ExplainRequest.model_fields[name]
    kind = get_type_hints(ExplainRequest)[name]
    help_text = re.sub(r"`(\w+)`", lambda word: option_name(word[1]), field.description or "")
    option = typer.Option(
        option_name(name), help=help_text, show_default=field.default is not None,
        hidden=name == "transform",  # as long as there is a single one to choose from
    )  # fmt: skip
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=field.default,
        annotation=_OTHERWISE.get(name, Annotated[kind, option]),
    )


def checked_request(**values: Any) -> ExplainRequest:
    """The request. What has no meaning is wrong usage, and what is out of bounds a failure.

    Raises:
        SettingsError: a value outside its bounds.
    """
    from wam_core.errors import SettingsError

    try:
        return ExplainRequest(**values)
    except ValidationError as error:
        if error.errors()[0]["type"] == "value_error":
            raise typer.BadParameter(f"--{sentence(error)}") from None
        raise SettingsError(sentence(error)) from None
