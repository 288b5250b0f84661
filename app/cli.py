"""The command ``wam``: explain, predict, models, doctor, serve.

Answers go to stdout, progress and failures to stderr. Exit codes: 0 done, 1 failed (one sentence
on stderr), 2 wrong usage. PyTorch and the networks are imported where they are needed, because
``wam --help`` must not take seconds.
"""

import errno
import json
import os
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from typer.core import TyperGroup

if TYPE_CHECKING:
    import torch

    from wam_core import Classifier, Progress, Signal, WaveletAttribution
    from wam_core.paths import Path as Variant
    from wam_core.target import Wanted

_CATS = range(281, 286)  # ImageNet's five domestic cats, one of which is what the sample shows
_HUB_SECONDS = 5.0

# Spelt out, as the core that knows them takes seconds to import; a test holds them equal to it.
Method = Literal["gradient", "smoothgrad", "integrated", "smoothgrad-magnitude"]
Padding = Literal["reflect", "symmetric", "zero", "periodic", "constant"]
Baseline = Literal["zero", "black", "mean", "blur", "noise"]
Rule = Literal["gauss-legendre", "trapezoid"]
Device = Literal["auto", "cpu", "cuda"]


class _Commands(TyperGroup):
    """Turns what can be foreseen into one sentence and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # the reader has left: Typer ends quietly
            raise
        except _foreseen() as error:
            typer.echo(f"wam: {_sentence(error)}", err=True)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="See which scales and orientations of an input a classifier used.",
)

ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A name of `wam models`, of timm, hf-hub:owner/name or local-dir:folder; with "
        "--weights, the architecture in timm. Default: the embedded network.",
        show_default=False,
    ),
]
DeviceOption = Annotated[
    Device, typer.Option("--device", help="auto is the GPU where there is one.")
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


def main() -> None:
    """The console script."""
    app(prog_name="wam")


def device(name: str) -> "torch.device":
    """The device that a choice means: ``auto`` is CUDA where it is available, else the CPU."""
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)


@app.command()
def explain(
    photo: Annotated[Path, typer.Argument(help="The file to explain.", show_default=False)],
    model: ModelOption = None,
    method: Annotated[Method, typer.Option(help="The variant.")] = "smoothgrad",
    wavelet: Annotated[str, typer.Option(help="A discrete wavelet of pywt.")] = "haar",
    levels: Annotated[int, typer.Option(help="The number of scales; level 1 is the finest.")] = 3,
    padding: Annotated[Padding, typer.Option(help="Beyond the edges.")] = "reflect",
    samples: Annotated[
        int, typer.Option(help="Noisy copies for smoothgrad; points for integrated.")
    ] = 25,
    steps: Annotated[
        int | None,
        typer.Option(help="Points for integrated. Default: as --samples.", show_default=False),
    ] = None,
    spread: Annotated[
        float, typer.Option(help="Noise of smoothgrad, as a share of the input's range.")
    ] = 0.25,
    baseline: Annotated[Baseline, typer.Option(help="Where integrated starts.")] = "zero",
    rule: Annotated[Rule, typer.Option(help="The points of integrated.")] = "gauss-legendre",
    target: Annotated[
        str, typer.Option(help="A class by index or label; auto is the prediction.")
    ] = "auto",
    against: Annotated[
        str | None,
        typer.Option(help="Explain why --target rather than this class.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of every draw.")] = 42,
    micro_batch: Annotated[
        int | None,
        typer.Option(
            help="Passes at a time. Default: 5 on a CPU, 25 on a GPU.", show_default=False
        ),
    ] = None,
    on: DeviceOption = "auto",
    weights: WeightsOption = None,
    labels: LabelsOption = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The folder to write to. Default: PHOTO-wam here.", show_default=False),
    ] = None,
) -> None:
    """Explain one prediction; write the attribution, its settings and its pictures."""
    _check_own(model, weights, labels)
    signal = _read(photo)
    folder = _writable(out if out is not None else Path(f"{photo.stem}-wam"))

    from wam_core import WaveletTransform, export
    from wam_core import explain as attribute

    variant = _variant(method, samples, steps, spread, baseline, rule, seed)
    classifier = _classifier(model, weights, labels, on, signal)
    with _progress(variant.length) as advance:
        result = attribute(
            classifier,
            signal,
            _wanted(target, against, classifier, signal),
            transform=WaveletTransform(wavelet, levels, classifier.ndim, padding),
            path=variant,
            micro_batch=micro_batch,
            on_step=advance,
        )
    written = export.write(result, classifier, signal, folder)
    for line in _summary(result):
        typer.echo(line)
    typer.echo("written: " + ", ".join(map(str, written)))


@app.command()
def predict(
    files: Annotated[list[Path], typer.Argument(help="The files.", show_default=False)],
    model: ModelOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    on: DeviceOption = "auto",
    weights: WeightsOption = None,
    labels: LabelsOption = None,
) -> None:
    """The five most probable classes of each file; the others go on where one fails."""
    _check_own(model, weights, labels)
    loaded: dict[str, Classifier] = {}
    failed = False
    for file in files:
        line: dict[str, Any] = {"file": str(file)}
        try:
            signal = _read(file)
        except _foreseen() as error:
            line["error"] = _sentence(error)
        else:
            # Outside of the try: a network that cannot be loaded fails for every file.
            if signal.modality not in loaded:
                loaded[signal.modality] = _classifier(model, weights, labels, on, signal)
            try:
                line["top"] = _top(loaded[signal.modality], signal)
            except _foreseen() as error:
                line["error"] = _sentence(error)
        failed |= "error" in line
        _print_prediction(line, as_json)
    if failed:
        raise typer.Exit(1)


@app.command()
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
    table = Table(Column("name", no_wrap=True), "title", "licence", "weights", "accuracy")
    for spec, here in specs:
        state = "embedded" if spec.embedded else "on this machine"
        table.add_row(
            spec.name,
            spec.title,
            spec.licence,
            state if here else "not here yet",
            escape(spec.accuracy or "not measured here"),
        )
    Console().print(table)


@app.command()
def doctor(on: DeviceOption = "auto") -> None:
    """What this installation can do; fails unless an embedded network names a cat."""
    import importlib.metadata
    import platform

    import torch

    import models as catalogue
    from wam_core.attribution import versions

    where = device(on)
    found = {"Python": platform.python_version(), **versions()}
    found["streamlit"] = importlib.metadata.version("streamlit")
    typer.echo("versions: " + ", ".join(f"{name} {number}" for name, number in found.items()))
    gpu = f" ({torch.cuda.get_device_name(where)})" if where.type == "cuda" else ""
    typer.echo(f"device:   {where}{gpu}, {torch.get_num_threads()} threads")
    typer.echo(f"memory:   {_memory()}")
    working = False
    for name in catalogue.names():
        spec = catalogue.spec(name)
        if not (spec.embedded or catalogue.available(name)):
            continue
        works, said = _names_the_cat(name, where)
        typer.echo(f"network:  {name} {said}")
        working |= works and spec.embedded
    typer.echo(f"hub:      {_hub()}")
    if not working:
        typer.echo("wam: no embedded network works; reinstall this project", err=True)
        raise typer.Exit(1)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8501,
) -> None:
    """Start the dashboard; Ctrl-C ends it."""
    script = Path(__file__).resolve().parent / "main.py"
    if not script.is_file():
        raise FileNotFoundError(errno.ENOENT, "the dashboard is not installed", str(script))
    _check_port(host, port)
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    typer.echo(f"WAM Explorer: http://{f'[{shown}]' if ':' in shown else shown}:{port}")
    sys.stdout.flush()
    # Streamlit looks for .streamlit/config.toml in the working directory, and beside the script
    # only after that. The flags are what must hold where no such file was installed.
    os.chdir(script.parents[1])
    options = {
        "server.address": host,
        "server.port": port,
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    from streamlit.web.cli import main as streamlit

    # the first visitor finds the libraries imported and the default network warm
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    sys.argv = ["streamlit", "run", str(script), *flags]
    streamlit()


def _warm_up() -> None:
    import app.screens.explain  # noqa: F401  # what the first page imports
    from app.runtime import warm_up

    warm_up()


def _foreseen() -> tuple[type[Exception], ...]:
    """What is a failure and no defect; before the core is imported, it cannot have raised."""
    errors = sys.modules.get("wam_core.errors")
    return (OSError,) if errors is None else (OSError, errors.WamError)


def _sentence(error: Exception) -> str:
    if not isinstance(error, OSError):
        return str(error)
    reason = (error.strerror or str(error) or "cannot be used").strip()
    return f"{error.filename}: {reason}" if error.filename else reason


def _read(file: Path) -> "Signal":
    """Decode a file, whose length is looked at before its bytes."""
    from wam_core.errors import InputError
    from wam_core.signals import Limits, read
    from wam_core.signals.limits import bytes_text

    if not file.exists():
        raise InputError(f"{file} does not exist")
    if not file.is_file():
        raise InputError(f"{file} is not a file; a picture is expected")
    limits = Limits()
    if (length := file.stat().st_size) > limits.file_bytes:
        most = bytes_text(limits.file_bytes)
        raise InputError(f"{file.name} has {bytes_text(length)}; at most {most} are accepted")
    return read(file.read_bytes(), file.name, limits)


def _writable(folder: Path) -> Path:
    """Make the folder and try it now, not after minutes of computing."""
    import tempfile

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        # the name of the temporary file, which the error holds, would say nothing
        raise OSError(error.errno, f"cannot write there ({error.strerror})", str(folder)) from None
    return folder


def _check_own(model: str | None, weights: Path | None, labels: Path | None) -> None:
    if weights is not None and model is None:
        raise typer.BadParameter("--weights needs --model, the architecture's name in timm")
    if labels is not None and weights is None:
        raise typer.BadParameter("--labels belongs to --weights; it was given alone")


def _classifier(
    model: str | None, weights: Path | None, labels: Path | None, on: str, signal: "Signal"
) -> "Classifier":
    import models as catalogue

    if weights is not None and model is not None:
        return catalogue.from_file(weights, model, labels, device(on))
    return catalogue.load(model or catalogue.default(signal.modality), device(on))


def _variant(
    method: Method,
    samples: int,
    steps: int | None,
    spread: float,
    baseline: str,
    rule: str,
    seed: int,
) -> "Variant":
    from wam_core import Gradient, IntegratedGradients, SmoothGrad

    match method:
        case "gradient":
            return Gradient()
        case "integrated":
            return IntegratedGradients(samples if steps is None else steps, baseline, rule, seed)
        case "smoothgrad":
            return SmoothGrad(samples, spread, seed)
        case "smoothgrad-magnitude":
            return SmoothGrad(samples, spread, seed, "magnitude")


def _wanted(
    target: str, against: str | None, classifier: "Classifier", signal: "Signal"
) -> "Wanted":
    from wam_core import Contrast

    def which(text: str) -> int | str:
        """A number is an index, unless a label is exactly that text."""
        number = re.fullmatch(r"[+-]?[0-9]+", text) and text not in (classifier.labels or ())
        return int(text) if number else text

    if against is None:
        return None if target == "auto" else which(target)
    if target == "auto":
        best = int(classifier.predict(classifier.prepare(signal))[0].argmax())
        return Contrast(best, which(against))
    return Contrast(which(target), which(against))


@contextmanager
def _progress(total: int) -> "Iterator[Callable[[Progress], None]]":
    """A bar on stderr, where that is a terminal."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (TextColumn("passes"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("passes", total=total)
        yield lambda step: bar.update(task, completed=step.done, total=step.total)


def _summary(result: "WaveletAttribution") -> Iterator[str]:
    from wam_core import export, views

    target, source = result.target, result.provenance
    score = f"score {float(result.scores[0]):.4g}"
    if target.against is None:
        score = f"logit {float(result.scores[0]):.4g}"
    probability = float(result.probabilities[0, target.index])
    yield f"{source.input_name}: {target} ({target.index}), {probability:.1%}, {score}"
    yield (
        f"{export.title(result)} · {result.transform.boundary} padding · {result.path.length} "
        f"passes of {source.model} in {source.seconds:.1f} s on {source.device}"
    )
    shares = views.level_profile(views.profile(result.attribution))
    yield "shares: " + ", ".join(
        f"{'approximation' if level is None else f'level {level}'} {share:.1%}"
        for level, share in shares.items()
    )
    if (gap := result.completeness_gap) is not None:
        yield f"completeness gap: {float(gap[0]):.2%}"
    if result.is_zero:
        yield "the score does not respond to this input: the attribution is zero everywhere"


def _top(classifier: "Classifier", signal: "Signal") -> list[dict[str, Any]]:
    probabilities = classifier.predict(classifier.prepare(signal))[0]
    best = probabilities.topk(min(5, len(probabilities)))
    return [
        {"index": index, "label": classifier.label(index), "probability": probability}
        for probability, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    ]


def _print_prediction(line: dict[str, Any], as_json: bool) -> None:
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


def _names_the_cat(name: str, where: "torch.device") -> tuple[bool, str]:
    """Whether a network of images loads and sees a domestic cat in the sample, and in words."""
    import models as catalogue
    from models import samples

    try:
        [best, *_] = _top(catalogue.load(name, where), samples.load("chelsea"))
    except _foreseen() as error:
        return False, f"fails: {_sentence(error)}"
    right = best["index"] in _CATS
    verdict = "works" if right else "is WRONG"
    return right, f"{verdict}: the cat is {best['label']!r} with {best['probability']:.1%}"


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


def _check_port(host: str, port: int) -> None:
    """Raise an OSError in one sentence where nothing can listen there."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as a server would
            trial.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OSError(
                error.errno, f"port {port} of {host} is in use; give another with --port"
            ) from None
        raise OSError(
            error.errno, f"nothing can listen on {host}, port {port} ({error.strerror})"
        ) from None


if __name__ == "__main__":
    main()
