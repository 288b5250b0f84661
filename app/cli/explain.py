"""``wam explain``: one prediction, explained and written to a folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import inputs, masks, networks, summary
from app.cli.options import (
    DeviceOption,
    ItemOption,
    Keep,
    LabelsOption,
    ModelOption,
    SolidOption,
    ThreadsOption,
    UpOption,
    WeightsOption,
    check_own,
    parsed_item,
)
from app.cli.progress import progress
from app.request import method, names
from app.request.inputs import excerpt, only_for, shaped
from app.request.names import Baseline, Method, Padding, Rule
from app.request.networks import check_kind

if TYPE_CHECKING:
    from wam_core import Classifier


def explain(
    file: Annotated[
        Path,
        typer.Argument(
            help="The image, sound or volume to explain; sample:NAME is a sample of the dashboard.",
            show_default=False,
        ),
    ],
    model: ModelOption = None,
    variant: Annotated[
        Method | None,
        typer.Option(
            "--method",
            help="The variant. Default: smoothgrad for images, integrated for sounds and volumes.",
            show_default=False,
        ),
    ] = None,
    wavelet: Annotated[
        str | None,
        typer.Option(
            help="A discrete wavelet of pywt. Default: haar for images, db4 for sounds, haar "
            "for volumes.",
            show_default=False,
        ),
    ] = None,
    levels: Annotated[
        int | None,
        typer.Option(
            help="The number of scales; level 1 is the finest. Default: 3 for images, octaves "
            "down to about 100 Hz for sounds, 2 for volumes and 3 where all sides divide by 8.",
            show_default=False,
        ),
    ] = None,
    padding: Annotated[
        Padding | None,
        typer.Option(
            help="Beyond the edges. Default: reflect, for volumes symmetric.", show_default=False
        ),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            help="Noisy copies for smoothgrad; points for integrated. Default: 25, and 4 copies for "
            "smoothgrad-integrated.",
            show_default=False,
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            help="Let smoothgrad stop by itself, once its standard error is below this share of the "
            "map: 0.3 is 30 %. --samples is then the most it takes. Default: 200.",
            show_default=False,
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            help="Points for integrated. Default: as --samples; 25 for smoothgrad-integrated.",
            show_default=False,
        ),
    ] = None,
    spread: Annotated[
        float | None,
        typer.Option(
            help="Noise of smoothgrad, as a share of the input's range. Default: 0.25 for images, "
            "0.001 for sounds, 0.0001 for volumes; at most 0.1 for smoothgrad-integrated.",
            show_default=False,
        ),
    ] = None,
    baseline: Annotated[Baseline, typer.Option(help="Where integrated starts.")] = names.BASELINE,
    rule: Annotated[Rule, typer.Option(help="The points of integrated.")] = names.RULE,
    grading: Annotated[
        float | None,
        typer.Option(
            help="How far the points of integrated crowd towards the baseline, 1 to 10. Default: "
            "1 for images, 4 for sounds, 1 for volumes.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str, typer.Option(help="A class by index or label; auto is the prediction.")
    ] = names.TARGET,
    against: Annotated[
        str | None,
        typer.Option(help="Explain why --target rather than this class.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of every draw.")] = names.SEED,
    start: Annotated[
        float | None,
        typer.Option(
            help="Where the network begins to hear a sound, in seconds. Default: its loudest part.",
            show_default=False,
        ),
    ] = None,
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
    item: ItemOption = None,
    solid: SolidOption = None,
    up: UpOption = None,
    micro_batch: Annotated[
        int | None,
        typer.Option(
            help="Passes at a time. Default: 5 on a CPU, 25 on a GPU.", show_default=False
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
    check_own(model, weights, labels)
    masks.check_keep(keep, share)
    signal = inputs.read_file(file, parsed_item(item))
    inputs.only_this(signal, sha256)
    only_for("sound", signal, start=start, keep=keep, share=share)
    signal = shaped(signal, solid, up)
    check_kind(model, signal, own=weights is not None)
    folder = inputs.writable(out if out is not None else Path(f"{inputs.stem(file)}-wam"))

    import torch

    from app import reproduction
    from app.reproduction import Origin, Own
    from wam_core import explain as attribute
    from wam_core import export

    if threads is not None:
        torch.set_num_threads(threads)

    classifier = networks.network(model, weights, labels, on, signal)
    sounds = signal.modality == "sound"
    signal = excerpt(signal, classifier, start)
    transform = method.transform(signal, classifier, wavelet, levels, padding)
    path = method.variant(
        signal, transform, variant, samples, steps, spread, baseline, rule, grading, seed, tolerance
    )
    with progress(path.length) as advance:
        result = attribute(
            classifier,
            signal,
            method.wanted(target, against, classifier, signal),
            transform=transform,
            path=path,
            micro_batch=micro_batch,
            on_step=advance,
        )
    parts = None
    if sounds:
        way = masks.rule_to_keep(keep, share, classifier, result.coefficients)
        parts = export.split(result, classifier, way)
    own = Own(weights.name, model, labels.name if labels else None) if weights and model else None
    origin, mel = Origin(inputs.sample(file), own), _spectrogram(classifier)
    written = export.write(
        result, classifier, signal, folder,
        parts=parts, mel=mel,
        reproduce=reproduction.both(result, classifier, signal, origin),
    )  # fmt: skip
    if signal.modality == "volume":
        from app.cli import scene

        written.append(scene.write(result, classifier, signal, folder))
    if as_page:
        from app import report
        from app.figures.contributed import asked
        from models import spec

        title = spec(classifier.name).title
        answers = None if result.is_zero else classifier.predict(asked(result, signal.modality))
        told = report.ReportInput(result, classifier, signal, title, origin, parts, mel, answers)
        page = folder / "report.html"
        page.write_text(report.html(told), encoding="utf-8")
        written.append(page)
    for line in summary.summary(result, classifier, parts):
        typer.echo(line)
    typer.echo("written: " + ", ".join(summary.named(written, folder)))


def _spectrogram(classifier: "Classifier"):  # type: ignore[no-untyped-def]
    """What to draw a sound with where the network hears the waveform itself; None otherwise."""
    from models.mel import LogMel
    from wam_core import export

    rate = export.rate(classifier)
    return LogMel(rate) if rate and classifier.representation is None else None
