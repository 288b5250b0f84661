"""What a study found: sentence, figure, tables, what was skipped, and all of it to take away."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from app.components import study_plan
from app.components.page import chart, tabs
from app.figures import evaluation_charts, figure_files, findings
from app.figures.theme import Look
from app.session import StudyRecord, plain, recall
from wam_core.evaluation.methods import METHODS
from wam_core.evaluation.metrics import METRICS
from wam_core.evaluation.report import Line, results_csv, summary, summary_csv, summary_md
from wam_core.evaluation.study import SECONDS, Row

Names = Mapping[str, str]
_NUMBER = 72  # px of a column
_READINGS = {"petsiuk": "unnormalised AUC"}
"""Readings that need other words for people."""


def show(
    at: str, known: StudyRecord, names: Names, pictures: Mapping[str, str], *, running: bool
) -> None:
    """Everything, of a study that is finished or not.

    Args:
        at: the key of the study.
        known: what was measured so far.
        names: of methods, for people.
        pictures: of inputs, by name, as addresses.
        running: whether more is to come.
    """
    inputs = len({row.input for row in known.rows})
    pairs, lost = len(study_plan.pairs(known)), study_plan.given_up(known)
    counts = [f"**{_count(inputs, 'input')} measured**"]
    if skipped := study_plan.skipped(known):
        counts.append(f"**{_count(len(skipped), 'input')} skipped**")
    if lost:
        counts.append(f"{_count(len(lost), 'pair')} of input and method failed")
    if running:
        counts.append(f"{pairs} of {known.total} pairs so far")
    st.markdown(" · ".join(counts))
    if known.failures:
        _skipped(known)
    if not known.rows:
        return
    lines = _summary(at, len(known.rows), known.rows)
    readings = list(dict.fromkeys((line.metric, line.reading) for line in lines))
    metric, reading = st.selectbox(
        "Metric", readings, format_func=lambda pair: _titled(*pair), key=recall("study-metric"),
        bind="query-params", label_visibility="collapsed", width=320,
    )  # fmt: skip
    some = [line for line in lines if (line.metric, line.reading) == (metric, reading)]
    if sentence := findings.study_finding(some, _titled(metric, reading), names):
        st.markdown(sentence)
    tabs(
        {
            "Figure": partial(_main, known, some, names, metric, reading, pictures),
            "This metric": partial(_table, some, names, whole=False),
            "All metrics": partial(_table, lines, names, whole=True),
            "Inputs": partial(_inputs, known, names, metric, reading, pictures),
        },
        key="study-tab",
    )
    _offer(known, lines, some, names, metric, reading)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


@st.cache_data(scope="session", max_entries=4, show_spinner=False)
def _summary(at: str, count: int, _rows: Sequence[Row]) -> list[Line]:
    """Rows are only ever added, so that their number says which there are."""
    return summary(_rows)


def _titled(metric: str, reading: str) -> str:
    return f"{METRICS[metric].title}{f', {_READINGS.get(reading, reading)}' if reading else ''}"


def _skipped(known: StudyRecord) -> None:
    with st.expander(
        f"Skipped: {len(known.failures)}", expanded=len(known.failures) <= 3,
        icon=":material/broken_image:",
    ):  # fmt: skip
        for failure in known.failures:
            st.markdown(f"- **{plain(failure.input)}**: {plain(failure.reason)}")


def _forest(lines: Sequence[Line], names: Names, metric: str, reading: str, look: Look) -> Any:
    return evaluation_charts.intervals_figure(
        lines, look, title=_titled(metric, reading), higher=METRICS[metric].higher, names=names
    )


def _figure(lines: Sequence[Line], names: Names, metric: str, reading: str) -> None:
    look = Look(st.context.theme.type == "dark")
    chart(
        _forest(lines, names, metric, reading, look),
        "forest",
        f"{_titled(metric, reading)}: "
        + ", ".join(
            f"{names[line.method]} {line.interval.mean:.3f}"
            + (
                f" [{line.interval.low:.3f}, {line.interval.high:.3f}]"
                if line.interval.n > 1
                else ""
            )
            for line in lines
        ),
    )
    if any(line.interval.n > 1 for line in lines):
        st.caption(
            f"{METRICS[metric].meaning} Means over inputs, 90\u00a0% bootstrap intervals. Gains are "
            "paired by input."
        )


def _table(lines: Sequence[Line], names: Names, *, whole: bool) -> None:
    """Means, intervals and gains; sorted by a click on a column."""
    table = []
    for line in lines:
        gain = line.gain
        row = {
            "Method": names[line.method],
            **({"Metric": _titled(line.metric, line.reading)} if whole else {}),
            "Mean": line.interval.mean,
            "low": line.interval.low if line.interval.n > 1 else None,
            "high": line.interval.high if line.interval.n > 1 else None,
            "Gain": None if gain is None else gain.mean,
            "gain low": gain.low if gain is not None and gain.n > 1 else None,
            "gain high": gain.high if gain is not None and gain.n > 1 else None,
            "Inputs": line.interval.n,
            "s each": line.seconds,
            "Kind": "method" if METHODS[line.method].asks else "baseline",
        }
        table.append(row)
    three, change = (
        partial(st.column_config.NumberColumn, format=f, width=_NUMBER) for f in ("%.3f", "%+.3f")
    )
    st.dataframe(
        table,
        hide_index=True,
        placeholder="–",
        column_config={
            "Mean": three(help="Over inputs."),
            "low": three(help="The low end of the 90 % interval of the mean."),
            "high": three(help="The high end of the 90 % interval of the mean."),
            "Gain": change(
                help="Over the ranking by size in the method’s own domain, paired by input; above 0 is "
                "better for every metric."
            ),
            "gain low": change(help="The low end of its 90 % interval; above 0: significant."),
            "gain high": change(help="The high end of its 90 % interval."),
            "s each": st.column_config.NumberColumn(
                format="%.2f", help="Seconds for an input.", width=_NUMBER
            ),
            "Inputs": st.column_config.NumberColumn(width=_NUMBER),
        },
        alt="Means over inputs with intervals, and gains over controls",
        key=f"study-table-{whole}",
    )


def _main(
    known: StudyRecord,
    lines: Sequence[Line],
    names: Names,
    metric: str,
    reading: str,
    pictures: Mapping[str, str],
) -> None:
    """The figure; below it a row for each input."""
    _figure(lines, names, metric, reading)
    _inputs(known, names, metric, reading, pictures)


def _inputs(
    known: StudyRecord, names: Names, metric: str, reading: str, pictures: Mapping[str, str]
) -> None:
    """One row for each input with its picture, one column for each method."""
    table: dict[str, dict[str, str | float]] = {}
    for row in known.rows:
        if (row.metric, row.reading) == (metric, reading) and row.metric != SECONDS:
            start = {"": pictures[row.input]} if row.input in pictures else {}
            line = table.setdefault(row.input, {**start, "Input": row.input})
            line[names[row.method]] = row.value
    three = st.column_config.NumberColumn(format="%.3f")
    columns = {name: three for line in table.values() for name in line if name not in ("", "Input")}
    st.dataframe(
        list(table.values()), hide_index=True, placeholder="–", row_height=64, height="content",
        column_config={"": st.column_config.ImageColumn("", width=96), **columns},
        alt=f"{_titled(metric, reading)} of every input by method", key="study-inputs",
    )  # fmt: skip


def _offer(
    known: StudyRecord, lines: list[Line], some: list[Line], names: Names, metric: str, reading: str
) -> None:
    """Files, made when they are asked for."""
    titled = _titled(metric, reading)

    def html() -> str:
        figure = _forest(some, names, metric, reading, Look())
        return figure_files.page_html(
            figure, titled, "Means over inputs with 90 % bootstrap intervals."
        )

    row = st.container(horizontal=True)
    for label, name, make in (
        ("Every number (.csv)", "results.csv", lambda: results_csv(known.rows)),
        ("Summary (.csv)", "summary.csv", lambda: summary_csv(lines)),
        ("Summary (.md)", "summary.md", lambda: summary_md(lines, known.failures)),
        ("Figure (.html)", f"{metric}{f'-{reading}' if reading else ''}.html", html),
    ):
        row.download_button(
            label, data=make, file_name=name, key=f"study-{label}", icon=":material/download:"
        )
