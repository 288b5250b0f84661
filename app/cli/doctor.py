"""``wam doctor``: what this installation can do."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.cli import networks
from app.cli.console import foreseen, sentence
from app.cli.options import DeviceOption

if TYPE_CHECKING:
    from wam_core.signals import Modality

_CATS = range(281, 286)  # ImageNet's five domestic cats, one of which is what the sample shows
_API = {None: "on where only this machine is listened to", True: "on", False: "off"}
_HUB_SECONDS = 5.0
_SOUND_LIBRARIES = ("soundfile", "av", "soxr", "librosa")
_VOLUME_LIBRARIES = ("nibabel", "tifffile", "trimesh")


def doctor(on: DeviceOption = "auto") -> None:
    """What this installation can do; fails where no embedded network knows a cat, a clock or a chair."""
    import importlib.metadata
    import platform

    import torch

    import models as catalogue
    from app import kinds
    from app.server import device, server
    from wam_core.provenance import versions

    where = device(on)
    found = {"Python": platform.python_version(), **versions()}
    found["streamlit"] = importlib.metadata.version("streamlit")
    sound = {name: found.pop(name, "is missing") for name in _SOUND_LIBRARIES}
    typer.echo(f"versions: {_listed(found)}")
    volume = {name: found.pop(name, "is missing") for name in _VOLUME_LIBRARIES}
    typer.echo(f"sound:    {_listed(sound)}")
    typer.echo(f"volume:   {_listed(volume)}")
    gpu = f" ({torch.cuda.get_device_name(where)})" if where.startswith("cuda") else ""
    typer.echo(f"device:   {where}{gpu}, {torch.get_num_threads()} threads")
    typer.echo(f"memory:   {_memory()}")
    lanes, per_lane = server().lanes_on(where)
    typer.echo(
        f"server:   {lanes} lanes of {per_lane} threads, a queue of {server().queue}, "
        f"{server().networks_mb:,} MiB for networks; the API is {_API[server().api]}"
    )
    typer.echo(f"decoding: {_decoding()}")
    working = set()
    for name in catalogue.names():
        spec = catalogue.spec(name)
        if not (spec.embedded or catalogue.available(name)):
            continue
        works, text = _tried(name, spec.modality, where)
        typer.echo(f"network:  {name} {text}")
        if works and spec.embedded:
            working.add(spec.modality)
    typer.echo(f"hub:      {_hub()}")
    failing = [kind.plural for kind in kinds.all_kinds() if kind.name not in working]
    for plural in failing:
        typer.echo(f"wam: no embedded network for {plural} works; reinstall this project", err=True)
    if failing:
        raise typer.Exit(1)


def _listed(found: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in found.items())


def _tried(name: str, modality: "Modality", where: str) -> tuple[bool, str]:
    """Whether a network loads and knows the sample for its kind of input, and in words."""
    import models as catalogue
    from app import kinds
    from models import samples

    kind = kinds.named(modality)
    sample = kind.check_sample
    if samples.network(sample) not in ("", name):  # a network for digits has seen no chair
        sample = next(one for one in samples.names(modality) if samples.network(one) == name)
    try:
        [best, *_] = networks.top_classes(catalogue.load(name, where), samples.load(sample))
    except foreseen() as error:
        return False, f"fails: {sentence(error)}"
    expected = samples.label(sample)
    right = best["label"] == expected if expected else best["index"] in _CATS
    outcome = "works" if right else "is WRONG"
    return (
        right,
        f"{outcome}: the {kind.check_subject or expected} is {best['label']!r} with {best['probability']:.1%}",
    )


def _decoding() -> str:
    """Whether files are decoded in a process of their own, and how long one takes."""
    import time

    import numpy as np

    from wam_core.signals import read
    from wam_core.signals.image import encode_png

    pixel = encode_png(np.zeros((1, 1, 3), np.uint8))
    try:
        read(pixel, "a pixel")  # starts the process
        began = time.perf_counter()
        read(pixel, "a pixel")
    except foreseen() as error:
        return f"fails: {sentence(error)}"
    return f"in a process of its own, {1000 * (time.perf_counter() - began):.0f} ms a file"


def _memory() -> str:
    """Of the machine, and of the container where one sets a smaller limit."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        total = page * os.sysconf("SC_PHYS_PAGES")
        free = page * os.sysconf("SC_AVPHYS_PAGES")
    except (ValueError, OSError):
        return "unknown on this system"
    text = f"{total / 2**30:.1f} GiB, {free / 2**30:.1f} GiB of it unused"
    limit = Path("/sys/fs/cgroup/memory.max")
    if limit.is_file() and (most := limit.read_text().strip()).isdigit() and int(most) < total:
        text += f"; this container may use {int(most) / 2**30:.1f} GiB"
    return text


def _hub() -> str:
    """Whether the Hugging Face hub answers; any answer counts."""
    import urllib.error
    import urllib.request

    from huggingface_hub.constants import ENDPOINT, HF_HUB_OFFLINE

    from models.hub import within

    def ask() -> str:
        request = urllib.request.Request(ENDPOINT, method="HEAD")
        try:
            with urllib.request.urlopen(request, timeout=_HUB_SECONDS):
                return "reachable"
        except urllib.error.HTTPError as error:
            with error:
                return f"reachable, answers {error.code}"

    if HF_HUB_OFFLINE:
        return "switched off (HF_HUB_OFFLINE)"
    try:
        return within(_HUB_SECONDS, ask)
    except (OSError, ValueError):
        return "not reachable; only networks on this machine can be used"
