"""How to make a result again: the command line, and the Python program, that give the same numbers.

Both are written from the settings that stand in the result, and from nothing else.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

import wam_core
from app.request import ExplainRequest, target_fields
from wam_core import Classifier, Contrast, Signal, WaveletAttribution
from wam_core.errors import SettingsError
from wam_core.path_signed import PathSigned
from wam_core.provenance import Provenance
from wam_core.targets import LogProbability, Target, Wanted
from wam_core.transforms import Transform

EXACT = (
    "Bit for bit the same on this kind of processor, with these versions and this number of threads. "
    "Another processor, a GPU, other versions or another number of threads round differently: that "
    "moves the last digits of most values, and more of a few where the network has a kink."
)
"""What may be expected of it."""


@dataclass(frozen=True)
class Own:
    """A network of somebody's own: the names of its files, and the layout that they belong to."""

    weights: str
    architecture: str
    labels: str | None = None


@dataclass(frozen=True)
class Origin:
    """What a result itself does not know.

    Attributes:
        sample: the name of the sample that was explained; None for a file.
        own: where the weights are from; None for a network of the catalogue or a hub.
    """

    sample: str | None = None
    own: Own | None = None


def ran(source: Provenance) -> str:
    """What the passes ran on."""
    threads = f"{source.threads} thread{'s' if source.threads != 1 else ''}"
    return f"{source.device}, {threads}, micro-batch {source.micro_batch}"


def both(
    result: WaveletAttribution, net: Classifier, signal: Signal, origin: Origin
) -> dict[str, str]:
    """The command line and the Python program, by these names, for a manifest."""
    return {
        "command": command(result, net, signal, origin),
        "python": program(result, net, signal, origin),
    }


def command(result: WaveletAttribution, net: Classifier, signal: Signal, origin: Origin) -> str:
    """For a POSIX shell, in the folder where the file is.

    Raises:
        SettingsError: what was explained is nothing that the command line can ask for.
    """
    name = f"sample:{origin.sample}" if origin.sample else signal.name
    if not origin.sample and name.startswith(("-", "sample:")):
        name = f"./{name}"
    lines = [shlex.join(["wam", "explain", name])]
    lines += [shlex.join(words) for words in _options(result, net, signal, origin)]
    return " \\\n  ".join(lines)


def _options(
    result: WaveletAttribution, net: Classifier, signal: Signal, origin: Origin
) -> Iterator[tuple[str, str]]:
    source = result.provenance
    if not origin.sample:
        yield "--sha256", signal.sha256
    yield from request(result, net, signal, origin).options()
    if origin.own:
        yield "--weights", origin.own.weights
        if origin.own.labels:
            yield "--labels", origin.own.labels
    yield "--threads", str(source.threads)
    yield "--device", source.device.partition(":")[0]


def request(
    result: WaveletAttribution, net: Classifier, signal: Signal, origin: Origin
) -> ExplainRequest:
    """The request that a result answers.

    Raises:
        SettingsError: what was explained is nothing that a request can name.
    """
    target = result.target
    if target.log_probability and not isinstance(result.path, PathSigned):
        raise SettingsError("the command line explains logits, and this is log p of a class")
    others = {
        **target_fields(net, target.index, target.against),
        "micro_batch": result.provenance.micro_batch,
        "model": origin.own.architecture if origin.own else result.provenance.model,
    }
    if net.chosen_output != "auto":
        others["output"] = net.chosen_output
    if signal.start is not None:
        others["start"] = signal.start / signal.rate
    if signal.item:
        others["item"] = f"{signal.item[0]}:{signal.item[1]}"
    for edit in signal.edits:
        name, _, axis = edit.partition(" ")
        others |= {"up": axis} if name == "up" else {"solid": _SOLIDS[name]}
    return ExplainRequest.of(result.transform, result.asked or result.path, **others)


_SOLIDS = {"filled": "filled", "hollowed": "shell"}
"""An edit of a volume, and what a request calls it."""


def program(result: WaveletAttribution, net: Classifier, signal: Signal, origin: Origin) -> str:
    """Python, in the folder where the file is; it ends with ``attribution.npz`` written there."""
    source = result.provenance
    arguments = {
        "target": repr(_wanted(result.target)),
        "transform": repr(result.transform),
        "path": repr(result.asked or result.path),
        "micro_batch": repr(source.micro_batch),
    }
    read = list(_reading(signal, origin))
    body = [
        f"torch.set_num_threads({source.threads})",
        *read,
        *_network(result, net, origin),
        f"if net.fingerprint != {source.fingerprint!r}:",
        '    raise SystemExit("this is not the network that was explained: its weights differ")',
        "result = explain(",
        "    net,",
        "    signal,",
        *(f"    {name}={value}," for name, value in arguments.items()),
        ")",
        'result.save(Path("attribution.npz"))',
    ]
    return "\n".join([*_imports("\n".join(body), type(result.transform)), "", *body, ""])


def _reading(signal: Signal, origin: Origin) -> Iterator[str]:
    """What brings the input."""
    if origin.sample:
        yield f"signal = samples.load({origin.sample!r})"
    else:
        item = f", item={signal.item!r}" if signal.item else ""
        yield f"file = Path({signal.name!r})"
        yield "data = file.read_bytes()"
        yield f"if hashlib.sha256(data).hexdigest() != {signal.sha256!r}:"
        yield '    raise SystemExit(f"{file} is not the file that was explained: its SHA-256 differs")'
        yield f"signal = read(data, file.name{item})"
    for edit in signal.edits:
        kind, _, axis = edit.partition(" ")
        yield (
            f"signal = solids.upright(signal, {axis!r})"
            if kind == "up"
            else f"signal = solids.{kind}(signal)"
        )
    if signal.start is not None:
        stop = signal.start + signal.size[-1]
        yield f"signal = audio.excerpt(signal, {signal.start}, {stop})"


def _network(result: WaveletAttribution, net: Classifier, origin: Origin) -> Iterator[str]:
    source, own = result.provenance, origin.own
    chosen = net.chosen_output
    meaning = "" if chosen == "auto" else f".with_output({chosen!r})"
    if own is None:
        yield f"net = models.load({source.model!r}, {source.device!r}){meaning}"
        return
    labels = f"Path({own.labels!r})" if own.labels else "None"
    yield (
        f"net = models.from_file(Path({own.weights!r}), {own.architecture!r}, {labels}, "
        f"{source.device!r}){meaning}"
    )


def _wanted(target: Target) -> Wanted:
    if target.log_probability:
        return LogProbability(target.index)
    return target.index if target.against is None else Contrast(target.index, target.against)


def _imports(body: str, transform: type[Transform]) -> Iterator[str]:
    """The imports of what a program uses, the class of its transform among it."""

    def used(*names: str) -> list[str]:
        return [name for name in names if re.search(rf"(?<![\w.'\"]){name}\b[.(]", body)]

    yield from (f"import {name}" for name in used("hashlib"))
    yield "from pathlib import Path"
    yield ""
    yield "import torch"
    yield ""
    yield "import models"
    home = "wam_core" if transform.__name__ in wam_core.__all__ else transform.__module__
    for module, names in {**_FROM, home: (*_FROM.get(home, ()), transform.__name__)}.items():
        if found := used(*names):
            yield f"from {module} import {', '.join(sorted(found))}"


_FROM = {
    "models": ("samples",),
    "wam_core": (
        "Contrast",
        "Gradient",
        "IntegratedGradients",
        "PathSigned",
        "SmoothGrad",
        "explain",
    ),
    "wam_core.signals": ("audio", "read", "solids"),
    "wam_core.targets": ("LogProbability",),
}
