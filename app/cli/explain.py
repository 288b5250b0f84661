"""``wam explain``: one prediction, explained and written to a folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import inputs, networks, summary
from app.cli.console import progress_bar
from app.cli.options import (
    DeviceOption,
    Keep,
    LabelsOption,
    ThreadsOption,
    WeightsOption,
    with_request,
)
from app.request import ExplainRequest

if TYPE_CHECKING:
    from app.report import ReportInput
    from wam_core import Classifier, WaveletAttribution
    from wam_core.views import Keep as Rule


@with_request()
def explain(
    file: Annotated[
        Path,
        typer.Argument(
            help="The image, sound or volume to explain; sample:NAME is a sample of the dashboard.",
            show_default=False,
        ),
    ],
    request: ExplainRequest,
    *,
    keep: Annotated[
        Keep | None,
        typer.Option(
            help="How kept.wav is cut out of a sound: the strongest coefficients and nothing else, "
            "what is strong in its own band, or faded in and out. Default: soft.",
            show_default=False,
        ),
    ] = None,
    share: Annotated[
        float | None,
        typer.Option(
            help="How much of it, as a share of the coefficients. Default: 0.1.",
            show_default=False,
        ),
    ] = None,
    threads: ThreadsOption = None,
    sha256: Annotated[
        str | None,
        typer.Option(help="Go on only if the file has this SHA-256.", show_default=False),
    ] = None,
    as_page: Annotated[
        bool,
        typer.Option("--report", help="Write report.html too: one page that opens anywhere."),
    ] = False,
    on: DeviceOption = "auto",
    weights: WeightsOption = None,
    labels: LabelsOption = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The folder to write to. Default: FILE-wam here.", show_default=False),
    ] = None,
) -> None:
    """Explain one prediction; write the attribution, its settings, its pictures, sounds and scene."""
    networks.check_own(request.model, weights, labels)
    _check_keep(keep, share)
    signal = inputs.read_file(file, request.item_index)
    inputs.only_this(signal, sha256)

    from app import kinds

    kind, options = kinds.of(signal), request.model_dump() | {"keep": keep, "share": share}
    kinds.check_options(signal, options)
    signal = kind.prepare(signal, options)
    kinds.check_network(request.model, signal, own=weights is not None)
    folder = inputs.writable(out if out is not None else Path(f"{inputs.stem(file)}-wam"))

    import torch

    from app import kinds, reproduction
    from app.reproduction import Origin, Own
    from models import spec
    from wam_core import explain as attribute
    from wam_core import export

    if threads is not None:
        torch.set_num_threads(threads)

    classifier = networks.network(request.model, weights, labels, on, signal, request.output)
    signal = kind.excerpt(signal, classifier, options)
    transform = request.build_transform(kind.defaults, signal, classifier)
    path = request.build_path(kind.defaults, transform)
    with progress_bar(path.length, "passes") as advance:
        result = attribute(
            classifier,
            signal,
            request.build_target(classifier, signal),
            transform=transform,
            path=path,
            micro_batch=request.micro_batch,
            on_step=lambda step: advance(step.done, "passes"),
        )
    parts = kind.split(result, classifier, _rule_to_keep(keep, share, classifier, result))
    own = None
    if weights and request.model:
        own = Own(weights.name, request.model, labels.name if labels else None)
    origin, mel = Origin(inputs.sample(file), own), kind.spectrogram(classifier)
    written = export.write(
        result, classifier, signal, folder,
        parts=parts, mel=mel,
        reproduce=reproduction.both(result, classifier, signal, origin),
    )  # fmt: skip
    for name, data in kind.exports(result, classifier, signal).items():
        written.append(folder / name)
        written[-1].write_bytes(data)
    if as_page:
        from app.figures.contributed import partial_inputs
        from app.report import ReportInput

        title = spec(classifier.name).title
        answers = (
            None
            if result.is_zero
            else classifier.predict(partial_inputs(result, kind.groups(result.attribution)))
        )
        contents = ReportInput(result, classifier, signal, title, origin, parts, mel, answers)
        written.append(_write_page(contents, folder))
    for line in summary.summary(result, classifier, parts):
        typer.echo(line)
    typer.echo("written: " + ", ".join(summary.named(written, folder)))


def _check_keep(keep: Keep | None, share: float | None) -> None:
    """A share for the rule that has its own threshold is wrong usage."""
    if keep == "per-band" and share is not None:
        raise typer.BadParameter("--share belongs to hard and soft; per-band keeps what it finds")


def _rule_to_keep(
    keep: Keep | None, share: float | None, classifier: "Classifier", result: "WaveletAttribution"
) -> "Rule | None":
    """Which part of a sound is cut out of the rest; None where nothing was chosen."""
    from wam_core import defaults, export

    if keep is None and share is None:
        return None
    share = defaults.SHARE if share is None else share
    rules = defaults.ways_to_keep(share, export.rate(classifier), result.coefficients)
    return rules[keep or defaults.KEEP]


def _write_page(contents: "ReportInput", folder: Path) -> Path:
    from app import report

    page = folder / "report.html"
    page.write_text(report.html(contents), encoding="utf-8")
    return page
