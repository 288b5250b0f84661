"""What the fine and the coarse levels contributed, in plain words from their numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.figures.captions import brief, named, number, percent
from app.figures.units import Groups, Units
from wam_core import Classifier, WaveletAttribution
from wam_core.evaluation.shapley import coalitions, shapley_values
from wam_core.views import lasting_profile, piece, profile

CLEARLY = 0.05
"""What a part has to bring, as a share of the largest value of any, to speak for or against."""

_LEAST, _TENTH = 1e-3, 0.095
_SMALLEST = 1e-12  # of a probability, where its logarithm is taken


@dataclass(frozen=True)
class Part:
    """Some levels of an input. Values are of what is explained, as ``Whole.value``.

    Attributes:
        name: ``Fine``.
        what: its structures, in words.
        brings: its contribution to the value (:mod:`wam_core.evaluation.shapley`).
        alone: the value of an input that has nothing else.
        without: the value of an input that lacks it.
        instead: what the network says without it, where that is another class.
        share: of the importance.
        count: of all coefficients.
        adds: to the score, where the values of the explanation add up to it.
    """

    name: str
    what: str
    brings: float
    alone: float
    without: float
    instead: str
    share: float
    count: float
    adds: float | None = None


@dataclass(frozen=True)
class Whole:
    """The input that the parts make up.

    Attributes:
        target: the class that is explained, or one against another.
        measure: what is counted: ``probability``.
        value: of all parts together.
    """

    target: str
    measure: str
    value: float


@dataclass(frozen=True)
class Contributed:
    """What is said of them.

    Attributes:
        target: the class that is explained, or one against another.
        lines: a few sentences on each group of levels, finest first.
        sure: one on how sure they are.
    """

    target: str
    lines: Sequence[str]
    sure: str


def partial_inputs(result: WaveletAttribution, groups: Groups) -> Tensor:
    """The input with some groups of its levels only, for every set of them in turn."""
    z = result.coefficients
    return torch.cat(
        [
            piece(result.transform, z, result.size, [b for name in some for b in groups[name]])
            for some in coalitions(groups)
        ]
    )


def contribution_text(
    result: WaveletAttribution,
    net: Classifier,
    groups: Groups,
    structures: Mapping[str, str],
    units: Units,
    answers: Tensor,
    plain: Callable[[str], str] = str,
) -> Contributed:
    """What the groups contributed, in words for Markdown.

    Args:
        result, net: the explanation, and with what.
        groups: of levels, coarse first.
        structures: what each group describes, by its name.
        units: the names of the bands.
        answers: class probabilities of the inputs of :func:`partial_inputs`, (sets, classes).
        plain: makes names of classes harmless where the words are shown.
    """
    by_set = dict(zip(coalitions(groups), answers, strict=True))
    values = {some: _value(result, probabilities) for some, probabilities in by_set.items()}
    every, brings, shares = frozenset(groups), shapley_values(values), profile(result.attribution)
    counts = {band: values[0].numel() for band, values in result.attribution.bands()}
    best = int(by_set[every].argmax())
    parts = []
    for name, bands in reversed(list(groups.items())):
        other = int(by_set[every - {name}].argmax())
        parts.append(
            Part(
                name,
                f"{units.span(bands)}: {structures[name]}",
                brings[name],
                values[frozenset({name})],
                values[every - {name}],
                plain(brief(net.label(other))) if other != best else "",
                sum(shares[band] for band in bands),
                sum(counts[band] for band in bands) / sum(counts.values()),
                sum(float(result.attribution[band][0].sum()) for band in bands)
                if result.completeness_gap is not None
                else None,
            )
        )
    contrast = result.target.against is not None
    whole = Whole(
        plain(named(result.target)),
        "difference of the logits" if contrast else "probability",
        values[every],
    )
    lasting = lasting_profile(result) if result.path.kind == "smoothgrad" else None
    return Contributed(
        named(result.target),
        [sentences(part, whole) for part in parts],
        sureness(
            parts,
            None
            if lasting is None
            else [sum(lasting[band] for band in groups[part.name]) for part in parts],
        ),
    )


def sentences(part: Part, whole: Whole) -> str:
    """What one part contributed, and whether it speaks for the class.

    >>> fine = Part("Fine", "2 to 4 pixels", 0.449, 0.846, 0.793, "", 0.9, 0.94)
    >>> sentences(fine, Whole("beacon", "probability", 0.85))  # doctest: +NORMALIZE_WHITESPACE
    '**Fine** (2 to 4 pixels) speaks **for** “beacon”: it brings **+0.45** to the probability of
    0.85. Alone it gives 0.85; without it 0.79 is left. It holds 90 % of the importance and 94 % of
    all coefficients.'
    """
    text = f"**{part.name}** ({part.what}) {_verdict(part, whole)} “{whole.target}”: it brings "
    text += f"**{_signed(part.brings)}** to the {whole.measure} of {_number(whole.value)}. "
    text += f"Alone it gives {_number(part.alone)}; without it {_number(part.without)} is left"
    text += f", and the network says “{part.instead}”. " if part.instead else ". "
    text += f"It holds {percent(part.share)} of the importance and {percent(part.count)} of all coefficients."
    if part.adds is not None:
        text += f" The map’s values add {_signed(part.adds)} to the score."
    return text


def sureness(parts: Sequence[Part], lasting: Sequence[float] | None) -> str:
    """How sure the numbers of the parts are.

    Args:
        parts: the levels.
        lasting: about the shares that endlessly many noisy copies would give; None where the
            explanation takes none, or cannot say.
    """
    text = (
        "**How sure?** What a part brings is no estimate: the network was asked with it and without "
        "it. Yet it never learnt from inputs that lack one."
    )
    if lasting is None:
        return text
    names = ", ".join(
        f"{part.name.lower()} {_roughly(share)}" for part, share in zip(parts, lasting, strict=True)
    )
    return f"{text} The importance is partly chance; with ever more noisy copies it would be roughly {names}."


def _roughly(share: float) -> str:
    """To five per cent: seeds differ by about as much."""
    fifths = 5 * round(20 * share)
    return f"{fifths} %" if fifths else "under 5 %"


def _verdict(part: Part, whole: Whole) -> str:
    most = max(abs(value) for value in (whole.value, part.alone, part.without))
    if abs(part.brings) <= CLEARLY * most:
        return "hardly matters for"
    return "speaks **for**" if part.brings > 0 else "speaks **against**"


def _number(value: float) -> str:
    """Of a value: a probability, or a difference of logits."""
    if 0 <= value < _LEAST:
        return "less than 0.001"
    return number(value, ".2f" if abs(value) >= _TENTH else ".1g")


def _signed(value: float) -> str:
    """Of what is added to one."""
    if abs(value) < _LEAST:
        return "less than 0.001"
    return number(value, "+.2f" if abs(value) >= _TENTH else "+.1g")


def _value(result: WaveletAttribution, probabilities: Tensor) -> float:
    """p of the class; for a contrast, the difference of the logits."""
    target = result.target
    if target.against is None:
        return float(probabilities[target.index])
    p = probabilities.double().clamp_min(_SMALLEST).log()
    return float(p[target.index] - p[target.against])
