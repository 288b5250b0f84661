"""What groups of levels contribute to a prediction: numbers by ablation, a chart, and short texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import plotly.graph_objects as go
import torch
from torch import Tensor

from app.figures.captions import brief, named, number, percent
from app.figures.theme import Look, build_figure, legend_above
from app.figures.units import Groups, Units
from wam_core import Classifier, WaveletAttribution
from wam_core.evaluation.shapley import coalitions, shapley_values
from wam_core.views import lasting_profile, piece, profile

CLEARLY = 0.05
"""The share of the largest value below which a contribution is not interpreted."""

_TENTH = 0.095
_SMALLEST = 1e-12  # of a probability, before its logarithm
_ROW, _FRAME = 74, 96  # px: of a group, and of axis and legend


@dataclass(frozen=True)
class Effect:
    """A group of levels. Values are in the measure of :class:`Effects`.

    Attributes:
        name: ``Fine``.
        span: the size of its structures, in words.
        contribution: its Shapley value (:mod:`wam_core.evaluation.shapley`).
        alone: the value of an input with this group only.
        without: the value of an input that lacks this group.
        instead: the prediction without it, where that is another class.
        share: of Σ|γ|.
        count: of the coefficients.
        total: Σγ, where the attributions add up to the score.
        lasting: the share of Σ|γ| extrapolated to infinitely many noisy copies (SmoothGrad).
    """

    name: str
    span: str
    contribution: float
    alone: float
    without: float
    instead: str
    share: float
    count: float
    total: float | None = None
    lasting: float | None = None


@dataclass(frozen=True)
class Effects:
    """The contributions of all groups; with the value of the empty input they add up to ``value``.

    Attributes:
        target: the explained class, or one against another.
        measure: of all values: ``probability`` or ``difference of logits``.
        value: of the input with all levels.
        parts: the groups, coarse first.
    """

    target: str
    measure: str
    value: float
    parts: tuple[Effect, ...]

    @property
    def leader(self) -> Effect:
        """The group with the largest contribution, of either sign."""
        return max(self.parts, key=lambda part: abs(part.contribution))

    @property
    def threshold(self) -> float:
        """The contribution below which none is interpreted."""
        every = [self.value, *(v for part in self.parts for v in (part.alone, part.without))]
        return CLEARLY * max(abs(value) for value in every)


def partial_inputs(result: WaveletAttribution, groups: Groups) -> Tensor:
    """The input with some groups of its levels only, for every set of them in turn."""
    z = result.coefficients
    return torch.cat(
        [
            piece(result.transform, z, result.size, [b for name in some for b in groups[name]])
            for some in coalitions(groups)
        ]
    )


def group_effects(
    result: WaveletAttribution,
    net: Classifier,
    groups: Groups,
    structures: Mapping[str, str],
    units: Units,
    answers: Tensor,
) -> Effects:
    """The contributions of groups of levels.

    Args:
        result, net: the explanation and its network.
        groups: of levels, coarse first.
        structures: what each group describes, by its name.
        units: the names of the bands.
        answers: class probabilities of :func:`partial_inputs`, (sets, classes).
    """
    by_set = dict(zip(coalitions(groups), answers, strict=True))
    values = {some: _value(result, probabilities) for some, probabilities in by_set.items()}
    every, contributions = frozenset(groups), shapley_values(values)
    shares, bands = profile(result.attribution), dict(result.attribution.bands())
    lasting = lasting_profile(result) if result.path.kind == "smoothgrad" else None
    numbers = sum(band.numel() for band in bands.values())
    best = int(by_set[every].argmax())
    parts = []
    for name, members in groups.items():
        other = int(by_set[every - {name}].argmax())
        parts.append(
            Effect(
                name,
                f"{units.span(members)}: {structures[name]}",
                contributions[name],
                values[frozenset({name})],
                values[every - {name}],
                brief(net.label(other)) if other != best else "",
                sum(shares[band] for band in members),
                sum(bands[band].numel() for band in members) / numbers,
                sum(float(bands[band][0].sum()) for band in members)
                if result.completeness_gap is not None
                else None,
                None if lasting is None else sum(lasting[band] for band in members),
            )
        )
    contrast = result.target.against is not None
    measure = "difference of logits" if contrast else "probability"
    return Effects(named(result.target), measure, values[every], tuple(parts))


def headline(effects: Effects) -> str:
    """The contributions in a few words: ``coarse +0.22, fine +0.17``."""
    return ", ".join(f"{part.name.lower()} {_signed(part.contribution)}" for part in effects.parts)


def sentence(effects: Effects) -> str:
    """The largest contribution, and the prediction without that group.

    >>> fine = Effect("Fine", "2 to 4 pixels: edges", 0.31, 0.35, 0.05, "Persian cat", 0.9, 0.94)
    >>> sentence(Effects("tiger cat", "probability", 0.39, (fine,)))
    'Fine scales contribute +0.31 to p = 0.39 of “tiger cat”; without them p = 0.05, prediction “Persian cat”.'
    """
    part = effects.leader
    p = _symbol(effects)
    text = f"{part.name} scales contribute {_signed(part.contribution)} to {p} = "
    text += f"{_number(effects.value)} of “{effects.target}”; "
    text += f"without them {p} = {_number(part.without)}"
    return text + (f", prediction “{part.instead}”." if part.instead else ".")


def chart(effects: Effects, look: Look) -> go.Figure:
    """For each group: the value with this group only and without it, beside that of the input."""
    names = [_row_title(part) for part in effects.parts]
    series = {
        "Only this group": ([part.alone for part in effects.parts], look.series("violet")),
        "Without this group": ([part.without for part in effects.parts], look.series("grey")),
    }
    symbol = _symbol(effects)
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "y": names,
            "x": values,
            "marker": {"color": colour},
            "text": [_number(value) for value in values],
            "textposition": "outside",
            "cliponaxis": False,
            "constraintext": "none",
            "textfont": {"size": 12},
            "hovertemplate": f"%{{y}}<br>{name}: {symbol} = %{{x:.3g}}<extra></extra>",
        }
        for name, (values, colour) in series.items()
    ]
    values = [0.0, effects.value, *(value for some, _ in series.values() for value in some)]
    low, high = min(values), max(values)
    room = 0.16 * ((high - low) or 1.0)
    title = f"{effects.measure} of “{escape(effects.target)}”"
    axes: dict[str, dict[str, Any]] = {
        "xaxis": {"range": [low - (room if low else 0), high + room], "title": {"text": title}},
        "yaxis": {"autorange": "reversed", "type": "category"},
    }
    whole = {
        "type": "line", "x0": effects.value, "x1": effects.value, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": look.ink, "width": 1.5, "dash": "dot"},
    }  # fmt: skip
    note = {
        "x": effects.value, "yref": "paper", "y": 1, "yanchor": "bottom", "xanchor": "right",
        "text": f"input: {_number(effects.value)}", "showarrow": False,
    }  # fmt: skip
    return build_figure(
        bars, look, _FRAME + _ROW * len(names), axes=axes, shapes=[whole], annotations=[note],
        barmode="group", bargap=0.3, bargroupgap=0.08, showlegend=True, legend=legend_above(1.1, 12),
    )  # fmt: skip


def chart_text(effects: Effects) -> str:
    """Alternative text of the chart."""
    parts = "; ".join(
        f"{part.name}: contribution {_signed(part.contribution)}, only this {_number(part.alone)}, "
        f"without it {_number(part.without)}"
        for part in effects.parts
    )
    return (
        f"{effects.measure.capitalize()} of {effects.target}, {_number(effects.value)} for the "
        f"input. {parts}."
    )


def disagreement(effects: Effects) -> str:
    """Where ablation and the values of the map differ in sign, and why; empty where they agree."""
    totals = [part.total for part in effects.parts if part.total is not None]
    least = CLEARLY * max(map(abs, totals), default=0.0)
    contrary = [
        part
        for part in effects.parts
        if part.total is not None
        and abs(part.contribution) > effects.threshold
        and abs(part.total) > least
        and part.total * part.contribution < 0
    ]
    if not contrary:
        return ""
    found = "; ".join(
        f"{part.name.lower()}: contribution {_signed(part.contribution)}, sum of attributions "
        f"{_signed(part.total)}"
        for part in contrary
        if part.total is not None
    )
    return (
        f"Ablation and map differ in sign ({found}). They measure different things. Ablation "
        "compares outputs with and without these scales, interactions with the other scales "
        "included. The attributions sum gradients of the score on the path from the baseline."
    )


def method_note(effects: Effects) -> str:
    """How the contributions were measured, and the sampling noise of the map's shares."""
    sets = 2 ** len(effects.parts)
    text = (
        f"Shapley values by ablation: one prediction for each of the {sets} subsets of groups. "
        "Caveat: ablated inputs are out of distribution."
    )
    if any(part.lasting is None for part in effects.parts):
        return text
    shares = ", ".join(
        f"{part.name.lower()} {_roughly(part.lasting)}"
        for part in effects.parts
        if part.lasting is not None
    )
    return (
        f"{text} Sampling noise inflates the fine levels of the map; its shares extrapolated to "
        f"infinitely many samples: {shares}."
    )


def rows(effects: Effects) -> Sequence[Mapping[str, str]]:
    """Every number of the groups, for a table."""
    return [
        {
            "Scales": f"{part.name} ({part.span})",
            "Contribution": _signed(part.contribution),
            "Only this": _number(part.alone),
            "Without it": _number(part.without),
            "Prediction without it": part.instead or "unchanged",
            "Share of attribution": percent(part.share),
            "Share of coefficients": percent(part.count),
            "Sum of attributions": "–" if part.total is None else _signed(part.total),
        }
        for part in effects.parts
    ]


def _row_title(part: Effect) -> str:
    """Name and contribution of a group, and the size of its structures."""
    size = part.span.partition(": ")[0]
    return f"{escape(part.name)} {_signed(part.contribution)}<br>{escape(size)}"


def _symbol(effects: Effects) -> str:
    return "p" if effects.measure == "probability" else "Δ logit"


def _roughly(share: float) -> str:
    """To five per cent: seeds differ by about as much."""
    fifths = 5 * round(20 * share)
    return f"{fifths}\u00a0%" if fifths else "under 5\u00a0%"


def _number(value: float) -> str:
    """A probability, or a difference of logits."""
    if 0 <= value < 1e-3:
        return "0" if not value else "< 0.001"
    return number(value, ".2f" if abs(value) >= _TENTH else ".1g")


def _signed(value: float) -> str:
    """A contribution; 0.00 where it is below a thousandth."""
    if abs(value) < 1e-3:
        return "0.00"
    return number(value, "+.2f" if abs(value) >= _TENTH else "+.1g")


def _value(result: WaveletAttribution, probabilities: Tensor) -> float:
    """p of the class; for a contrast, the difference of the logits."""
    target = result.target
    if target.against is None:
        return float(probabilities[target.index])
    p = probabilities.double().clamp_min(_SMALLEST).log()
    return float(p[target.index] - p[target.against])
