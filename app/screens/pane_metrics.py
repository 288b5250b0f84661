"""What the curves of rankings say: one verdict, curves with one legend, a table."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app import kinds
from app.components import comparison
from app.components.comparison import Order
from app.components.curve_pair import choose_axis, pair
from app.components.method_picker import Pane, title
from app.figures import captions, evaluation_charts, findings
from app.figures.theme import Look
from app.session import plain
from wam_core import Signal
from wam_core.evaluation.map_similarity import Agreement
from wam_core.evaluation.methods import METHODS
from wam_core.evaluation.metrics import METRICS, rows
from wam_core.evaluation.pipeline import Ranking
from wam_core.evaluation.reliability import CLEARLY

_METRICS = ("insertion", "deletion", "faithfulness", "log-auc", "sufficient")


def verdict(panes: Sequence[Pane], known: Mapping[str, Ranking]) -> str:
    """Who gains over the magnitude baseline, in one row; empty where no baseline is known.

    Args:
        panes: in their order.
        known: rankings by letter.
    """
    gains = [
        text
        for pane in panes
        if pane.letter in known and (text := _gain_text(pane, known[pane.letter]))
    ]
    return f"{', '.join(gains)} on this input · n\u00a0=\u00a01, not conclusive" if gains else ""


def agreement(reference: str, likeness: Mapping[str, Agreement]) -> str:
    """The rank correlation of the maps with the reference, in a sentence; empty where there is none."""
    found = [
        f"{letter}\u00a0{number(one.rho)}"
        for letter, one in likeness.items()
        if not math.isnan(one.rho)  # not defined for a uniform map
    ]
    return f"Rank correlation (Spearman’s ρ) with {reference}: {', '.join(found)}." if found else ""


def _gain_text(pane: Pane, ranking: Ranking) -> str:
    """``**A** gains +0.11 over |z|``; empty for a baseline, and where its baseline is not known."""
    control = comparison.found(pane.order.control)
    if not METHODS[pane.order.name].asks or not isinstance(control, Ranking):
        return ""
    more = findings.gain("log-auc", "", ranking.measurement, control.measurement)
    clearly = CLEARLY * ranking.measurement.p
    rival = plain(_short(control.name))
    if more > clearly:
        return f"**{pane.letter}** gains {number(more)} over {rival}"
    word = "similar to" if more >= -clearly else "below"
    return f"**{pane.letter}** is {word} {rival} ({number(more)})"


def _short(name: str) -> str:
    """``|z|``, of ``|z| alone``."""
    return METHODS[name].title.partition(" alone")[0]


def draw(panes: Sequence[Pane], known: Mapping[str, Ranking], signal: Signal, look: Look) -> None:
    """Curves and numbers of every ranking."""
    there = [pane for pane in panes if pane.letter in known]
    if not there:
        return
    companions = _companions(there, signal)
    rankings = {pane.name: known[pane.letter] for pane in there} | companions
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Insertion and deletion", anchor=False, width="content")
        logarithmic = choose_axis("compare-axis")
    pair(
        "compare",
        "features",
        lambda direction: {
            name: (curve.shares, curve.of(ranking.measurement.index))
            for name, ranking in rankings.items()
            for curve in [ranking.measurement.curve(direction)]
        },
        lambda direction, lines: evaluation_charts.curves_figure(
            lines, look, logarithmic=logarithmic, direction=direction, controls=companions
        ),
    )
    _table(there, rankings)
    st.caption("  \n".join(plain(f"{pane.name}: {pane.about}") for pane in there))


def _companions(panes: Sequence[Pane], signal: Signal) -> dict[str, Ranking]:
    """Baselines and random rankings of these panes, by name, each once."""
    wanted: dict[str, tuple[Order, list[str]]] = {}
    own = {pane.order.key for pane in panes}
    for pane in panes:
        for order in (pane.order.control, pane.order.chance):
            if order.key not in own and isinstance(comparison.found(order), Ranking):
                wanted.setdefault(order.key, (order, []))[1].append(pane.letter)
    names = [title(order.name, order.net, kinds.of(signal)) for order, _ in wanted.values()]
    result = {}
    for name, (order, letters) in zip(names, wanted.values(), strict=True):
        ranking = comparison.found(order)
        assert isinstance(ranking, Ranking)  # others are left out above
        several = names.count(name) > 1
        result[f"{name} · {', '.join(letters)}" if several else name] = ranking
    return result


def _table(panes: Sequence[Pane], rankings: Mapping[str, Ranking]) -> None:
    """The metrics of everything that is drawn."""
    by_name = {pane.name: pane for pane in panes}
    lines = []
    for name, ranking in rankings.items():
        read = {(metric, how): value for metric, how, value in rows(_METRICS, ranking.measurement)}
        control = comparison.found(by_name[name].order.control) if name in by_name else None
        gains = isinstance(control, Ranking) and METHODS[ranking.name].asks
        lines.append(
            {
                "Method": name,
                "Gain": findings.gain("log-auc", "", ranking.measurement, control.measurement)
                if gains and isinstance(control, Ranking)
                else None,
                "log-AUC": read["log-auc", ""],
                "Sufficient": captions.percent(read["sufficient", ""]),
                "Insertion": read["insertion", "petsiuk"],
                "Deletion": read["deletion", "petsiuk"],
                "Faithfulness": read["faithfulness", "petsiuk"],
                "Normalised": read["faithfulness", "normalised"],
            }
        )

    def column(metric: str, more: str = "", form: str = "%.3f") -> Any:
        return st.column_config.NumberColumn(
            format=form, help=f"{METRICS[metric].meaning}{more}", width="small"
        )

    area = " Unnormalised AUC of p (Petsiuk et al. 2018)."
    st.dataframe(
        lines,
        hide_index=True,
        height="content",
        column_config={
            "Method": st.column_config.TextColumn(width="medium"),
            "Insertion": column("insertion", area),
            "Deletion": column("deletion", area),
            "Faithfulness": column("faithfulness", area),
            "Normalised": column(
                "faithfulness", " Mean of p relative to its maximum, as in the published tables."
            ),
            "log-AUC": column("log-auc"),
            "Gain": column("log-auc", " Difference to the baseline of the same domain.", "%+.3f"),
            "Sufficient": st.column_config.TextColumn(
                help=METRICS["sufficient"].meaning, width="small"
            ),
        },
        alt="Metrics of every method and baseline",
        placeholder="–",
        key="compare-table",
    )


def number(value: float) -> str:
    """A difference or a correlation, with its sign.

    >>> number(-0.123)
    '−0.12'
    """
    return f"{value:+.2f}".replace("-", "−")
