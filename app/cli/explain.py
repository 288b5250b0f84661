"""``wam explain``: one prediction, explained and written to a folder."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import inputs, method, networks
from app.cli.options import (
    Baseline,
    DeviceOption,
    Keep,
    LabelsOption,
    Method,
    ModelOption,
    Padding,
    Rule,
    WeightsOption,
    check_own,
)
from app.cli.progress import progress

if TYPE_CHECKING:
    from wam_core import Classifier, WaveletAttribution
    from wam_core.export import Parts


def explain(
    file: Annotated[
        Path, typer.Argument(help="The image or sound to explain.", show_default=False)
    ],
    model: ModelOption = None,
    variant: Annotated[
        Method | None,
        typer.Option(
            "--method",
            help="The variant. Default: smoothgrad for images, integrated for sounds.",
            show_default=False,
        ),
    ] = None,
    wavelet: Annotated[
        str | None,
        typer.Option(
            help="A discrete wavelet of pywt. Default: haar for images, db4 for sounds.",
            show_default=False,
        ),
    ] = None,
    levels: Annotated[
        int | None,
        typer.Option(
            help="The number of scales; level 1 is the finest. Default: 3 for images, octaves "
            "down to about 100 Hz for sounds.",
            show_default=False,
        ),
    ] = None,
    padding: Annotated[Padding, typer.Option(help="Beyond the edges.")] = "reflect",
    samples: Annotated[
        int, typer.Option(help="Noisy copies for smoothgrad; points for integrated.")
    ] = 25,
    steps: Annotated[
        int | None,
        typer.Option(help="Points for integrated. Default: as --samples.", show_default=False),
    ] = None,
    spread: Annotated[
        float | None,
        typer.Option(
            help="Noise of smoothgrad, as a share of the input's range. Default: 0.25 for images, "
            "0.001 for sounds.",
            show_default=False,
        ),
    ] = None,
    baseline: Annotated[Baseline, typer.Option(help="Where integrated starts.")] = "zero",
    rule: Annotated[Rule, typer.Option(help="The points of integrated.")] = "gauss-legendre",
    grading: Annotated[
        float | None,
        typer.Option(
            help="How far the points of integrated crowd towards the baseline, 1 to 10. Default: "
            "1 for images, 4 for sounds.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str, typer.Option(help="A class by index or label; auto is the prediction.")
    ] = "auto",
    against: Annotated[
        str | None,
        typer.Option(help="Explain why --target rather than this class.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of every draw.")] = 42,
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
        typer.Option(help="The folder to write to. Default: FILE-wam here.", show_default=False),
    ] = None,
) -> None:
    """Explain one prediction; write the attribution, its settings, its pictures and its sounds."""
    check_own(model, weights, labels)
    method.check_keep(keep, share)
    signal = inputs.read_file(file)
    inputs.only_for_sounds(signal, start=start, keep=keep, share=share)
    networks.check_kind(model, weights, signal)
    folder = inputs.writable(out if out is not None else Path(f"{file.stem}-wam"))

    from wam_core import explain as attribute
    from wam_core import export

    path = method.variant(signal, variant, samples, steps, spread, baseline, rule, grading, seed)
    classifier = networks.network(model, weights, labels, on, signal)
    sounds = signal.modality == "sound"
    signal = inputs.excerpt(signal, classifier, start)
    with progress(path.length) as advance:
        result = attribute(
            classifier,
            signal,
            method.wanted(target, against, classifier, signal),
            transform=method.transform(signal, classifier, wavelet, levels, padding),
            path=path,
            micro_batch=micro_batch,
            on_step=advance,
        )
    parts = None
    if sounds:
        way = method.rule_to_keep(keep, share, classifier, result.coefficients)
        parts = export.split(result, classifier, way)
    written = export.write(
        result, classifier, signal, folder, parts=parts, mel=_spectrogram(classifier)
    )
    for line in _summary(result, classifier, parts):
        typer.echo(line)
    typer.echo("written: " + ", ".join(_named(written, folder)))


def _named(written: list[Path], folder: Path) -> Iterator[str]:
    """The files; those in a folder of their own are counted."""
    yield from (str(file) for file in written if file.parent == folder)
    inside = Counter(file.parent for file in written if file.parent != folder)
    yield from (f"{below}/ ({count} files)" for below, count in inside.items())


def _spectrogram(classifier: "Classifier"):  # type: ignore[no-untyped-def]
    """What to draw a sound with where the network hears the waveform itself; None otherwise."""
    from models.mel import LogMel
    from wam_core import export

    rate = export.rate(classifier)
    return LogMel(rate) if rate and classifier.representation is None else None


def _summary(
    result: "WaveletAttribution", classifier: "Classifier", parts: "Parts | None"
) -> Iterator[str]:
    from wam_core import export, views
    from wam_core.octaves import band_label
    from wam_core.pyramid import Band

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
    rate = export.rate(classifier)

    def named(level: int | None) -> str:
        if rate and level is not None:
            return band_label(Band(level, "d"), rate)
        return "approximation" if level is None else f"level {level}"

    shares = views.level_profile(views.profile(result.attribution))
    yield "shares: " + ", ".join(f"{named(level)} {part:.1%}" for level, part in shares.items())
    if (gap := result.completeness_gap) is not None:
        yield f"completeness gap: {float(gap[0]):.2%}"
    if parts is not None:
        yield f"kept: {export.described(parts)}; {parts.impression.energy:.1%} of the energy"
        for name, alone in (("kept", parts.kept_probabilities), ("rest", parts.rest_probabilities)):
            best = classifier.top(alone)[0]
            said = f"{name} alone: {best['label']} {best['probability']:.1%}"
            if best["index"] != target.index:
                said += f", {classifier.label(target.index)} {float(alone[target.index]):.1%}"
            yield said
    if result.is_zero:
        yield "the score does not respond to this input: the attribution is zero everywhere"
