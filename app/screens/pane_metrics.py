"""Whether the network agrees with rankings: sentences, curves on one chart, readouts."""

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
from wam_core.evaluation.methods import METHODS
from wam_core.evaluation.metrics import METRICS, rows
from wam_core.evaluation.pipeline import Ranking
from wam_core.evaluation.reliability import CLEARLY

_NUMBER = 84  # px of a column
_METRICS = ("insertion", "deletion", "faithfulness", "log-auc", "sufficient")


def draw(panes: Sequence[Pane], known: Mapping[str, Ranking], signal: Signal, look: Look) -> None:
    """Whether the network agrees: sentences, curves, readouts."""
    there = [pane for pane in panes if pane.letter in known]
    if not there:
        return
    st.subheader("Does the network agree?", anchor=False)
    for pane in there:
        st.markdown(_verdict(pane, known[pane.letter], signal))
    st.caption(
        "A ranking that does not beat \\|z\\| has explained nothing. This is one input: means over "
        "many, with intervals, are on the screen Evaluate."
    )
    companions = _companions(there, signal)
    rankings = {pane.name: known[pane.letter] for pane in there} | companions
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


def _verdict(pane: Pane, ranking: Ranking, signal: Signal) -> str:
    """Whether a ranking gains over its control, in plain words."""
    name, control = plain(pane.name), comparison.found(pane.order.control)
    if not METHODS[pane.order.name].asks:
        return f"**{name}** is a control itself: it never asked the network."
    if not isinstance(control, Ranking):
        return f"**{name}**: its control is not measured yet."
    more = findings.gain("log-auc", "", ranking.measurement, control.measurement)
    rival = plain(title(control.name, pane.order.net, kinds.of(signal)))
    amount = f"{number(more)} in log-AUC"
    clearly = CLEARLY * ranking.measurement.p
    if more > clearly:
        return f"**{name}** gains over {rival} ({amount}): it says more than sizes do."
    if more >= -clearly:
        return f"**{name}** gains little over {rival} ({amount}): **it has explained nothing here** that sizes do not."
    return f"**{name}** falls short of {rival} ({amount}): **it has explained nothing here**."


def _companions(panes: Sequence[Pane], signal: Signal) -> dict[str, Ranking]:
    """Controls and random orders of these panes, by name, each once."""
    asked: dict[str, tuple[Order, list[str]]] = {}
    own = {pane.order.key for pane in panes}
    for pane in panes:
        for order in (pane.order.control, pane.order.chance):
            if order.key not in own and isinstance(comparison.found(order), Ranking):
                asked.setdefault(order.key, (order, []))[1].append(pane.letter)
    names = [title(order.name, order.net, kinds.of(signal)) for order, _ in asked.values()]
    result = {}
    for name, (order, letters) in zip(names, asked.values(), strict=True):
        ranking = comparison.found(order)
        assert isinstance(ranking, Ranking)  # others are left out above
        several = names.count(name) > 1
        result[f"{name} · {', '.join(letters)}" if several else name] = ranking
    return result


def _table(panes: Sequence[Pane], rankings: Mapping[str, Ranking]) -> None:
    """The readouts of everything that is drawn."""
    by_name = {pane.name: pane for pane in panes}
    lines = []
    for name, ranking in rankings.items():
        read = {(metric, how): value for metric, how, value in rows(_METRICS, ranking.measurement)}
        control = comparison.found(by_name[name].order.control) if name in by_name else None
        gains = isinstance(control, Ranking) and METHODS[ranking.name].asks
        lines.append(
            {
                "Ranking": name,
                "Gain": findings.gain("log-auc", "", ranking.measurement, control.measurement)
                if gains and isinstance(control, Ranking)
                else None,
                "log-AUC": read["log-auc", ""],
                "Sufficient": captions.percent(read["sufficient", ""]),
                "Insertion": read["insertion", "petsiuk"],
                "Deletion": read["deletion", "petsiuk"],
                "Faithf. petsiuk": read["faithfulness", "petsiuk"],
                "Faithf. normalised": read["faithfulness", "normalised"],
            }
        )

    def column(metric: str, more: str = "", form: str = "%.3f", width: int | None = None) -> Any:
        return st.column_config.NumberColumn(
            format=form, help=f"{METRICS[metric].meaning}{more}", width=width
        )

    area = " The area under p (petsiuk)."
    st.dataframe(
        lines,
        hide_index=True,
        column_config={
            "Insertion": column("insertion", area),
            "Deletion": column("deletion", area),
            "Faithf. petsiuk": column("faithfulness", " Reading petsiuk: areas under p."),
            "Faithf. normalised": column(
                "faithfulness",
                " Reading normalised: means of p over its largest value, as in the published tables.",
            ),
            "log-AUC": column("log-auc"),
            "Gain": column(
                "log-auc",
                " Here: in log-AUC over the control of the same domain.",
                "%+.3f",
                _NUMBER,
            ),
            "Sufficient": st.column_config.TextColumn(help=METRICS["sufficient"].meaning),
        },
        alt="Readouts of every ranking and control",
        placeholder="–",
        key="compare-table",
    )


def number(value: float) -> str:
    """A difference or a correlation, with its sign.

    >>> number(-0.123)
    '−0.12'
    """
    return f"{value:+.2f}".replace("-", "−")
