"""What an explanation found, in lines of text."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wam_core import Classifier, WaveletAttribution
    from wam_core.export import Parts


def summary(
    result: "WaveletAttribution", classifier: "Classifier", parts: "Parts | None"
) -> Iterator[str]:
    """What was explained, how, and where the importance lies."""
    from wam_core import export, views
    from wam_core.naming import band_label

    target, source = result.target, result.provenance
    score = f"{target.quantity} {float(result.scores[0]):.4g}"
    padding = result.transform.choices.get("padding")
    padding = "" if padding is None else f"{padding} padding · "
    probability = float(result.probabilities[0, target.index])
    yield f"{source.input_name}: {target} ({target.index}), {probability:.1%}, {score}"
    yield (
        f"{export.title(result)} · {padding}{result.path.length} passes of {source.model} in "
        f"{source.seconds:.1f} s on {source.device}"
    )
    rate = export.rate(classifier)

    def scale(level: int | None) -> str:
        if rate and level is not None:
            return band_label(result.layout.level(level), rate)
        return "approximation" if level is None else f"level {level}"

    shares = views.level_profile(views.profile(result.attribution))
    yield "shares: " + ", ".join(f"{scale(level)} {part:.1%}" for level, part in shares.items())
    if (gap := result.completeness_gap) is not None:
        yield f"completeness gap: {float(gap[0]):.2%}"
    if (error := result.standard_error()) is not None:
        yield (
            f"standard error: {float(error[0]):.1%} of the map"
            if result.path.kind == "smoothgrad"
            else f"without every second step the map moves by {float(error[0]):.1%}"
        )
    if parts is not None:
        yield f"kept: {export.described(parts)}; {parts.mask_quality.energy:.1%} of the energy"
        for name, alone in (("kept", parts.kept_probabilities), ("rest", parts.rest_probabilities)):
            best = classifier.top(alone)[0]
            line = f"{name} alone: {best['label']} {best['probability']:.1%}"
            if best["index"] != target.index:
                line += f", {classifier.label(target.index)} {float(alone[target.index]):.1%}"
            yield line
    if result.is_zero:
        yield "the score does not respond to this input: the attribution is zero everywhere"


def named(written: list[Path], folder: Path) -> Iterator[str]:
    """The files; those in a folder of their own are counted."""
    yield from (str(file) for file in written if file.parent == folder)
    inside = Counter(file.parent for file in written if file.parent != folder)
    yield from (f"{below}/ ({count} files)" for below, count in inside.items())
