"""What is read off the curves: a card for each number, and all rankings side by side."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from app import glossary, kinds
from app.figures import captions, findings
from app.session import Explained
from wam_core.evaluation.controls import CHANCE, ENERGY, OURS, SHOWN, Entry
from wam_core.evaluation.metrics import METRICS, READINGS, Measurement

SHARES = ("sufficient", "necessary")
_PLAIN, _READ = ("log-auc", *SHARES, "ff", "fid-in"), ("insertion", "deletion", "faithfulness")
_READINGS = {
    "petsiuk": "the area under p.",
    "normalised": "the mean of p over its largest value, as in the published tables; it punishes "
    "any p above that of the whole input.",
}
_WIDTH = 172  # px of a card: four in a row on a page, two on a narrow screen


def largest(explained: Explained) -> str:
    """What coefficients with a large |z| are called."""
    return kinds.of(explained.subject.signal).largest


def name(explained: Explained, entry: Entry) -> str:
    """A ranking, for people."""
    return {
        SHOWN: "This explanation, |γ|",
        ENERGY: f"{largest(explained).capitalize()} first, |z|",
        CHANCE: "At random",
        OURS: "Ours, path-signed",
    }[entry.name]


def cards(ours: Measurement, energy: Measurement, wrong: Measurement | None) -> None:
    """Every number of the explanation, and that of |z| beneath it.

    Args:
        ours, energy: the explanation, and |z|.
        wrong: the wrong-class control, where it was made.
    """
    with st.container(horizontal=True, gap="xsmall"):
        st.metric(
            "Gain over |z|",
            f"{findings.gain('log-auc', '', ours, energy):+.3f}".replace("-", "−"),
            "in log-AUC",
            delta_color="off",
            delta_arrow="off",
            help=glossary.hint(
                "log-AUC",
                "|z|",
                "control",
                more="This ranking minus that of |z|. Only what is above 0 is explanation.",
            ),
            width=_WIDTH,
            border=True,
        )
        for metric in _PLAIN:
            _card(metric, "", ours, energy)
        if wrong is not None:
            _card("wrong-class", "", wrong)
    for reading in READINGS:
        st.markdown(f"Reading **{reading}**: {_READINGS[reading]}")
        with st.container(horizontal=True, gap="xsmall"):
            for metric in _READ:
                _card(metric, reading, ours, energy)


def _card(metric: str, reading: str, ours: Measurement, energy: Measurement | None = None) -> None:
    value = value_text(metric, dict(METRICS[metric].rows(ours))[reading])
    comparison, colour = None, "off"
    if energy is not None:
        rival = value_text(metric, dict(METRICS[metric].rows(energy))[reading])
        better = findings.gain(metric, reading, ours, energy) > 0
        word = "as" if value == rival else "better:" if better else "worse:"
        comparison = f"{word} |z| {rival}"
        colour = "off" if value == rival else "green" if better else "red"
    st.metric(
        METRICS[metric].title,
        value,
        comparison,
        delta_color=colour,  # type: ignore[arg-type]  # one of its three words
        delta_arrow="off",
        help=glossary.hint(METRICS[metric].title),
        width=_WIDTH,
        border=True,
    )


def value_text(metric: str, value: float) -> str:
    """A number in the form that suits its metric."""
    if metric in SHARES:
        return captions.percent(value)
    if metric == "fid-in":
        return "kept" if value == 1 else "lost"
    return f"{value:.3f}".replace("-", "−") if abs(value) >= 5e-4 or not value else "< 0.001"


def rows(by: Mapping[str, Measurement], chance: Sequence[Measurement]) -> list[dict[str, str]]:
    """All rankings in numbers; random ones as their mean."""
    found = []
    for metric in (*_PLAIN, *_READ):
        for reading, _ in METRICS[metric].rows(next(iter(by.values()))):
            row = {"Metric": METRICS[metric].title, "Reading": reading}
            for ranking, measurement in by.items():
                row[ranking] = value_text(metric, dict(METRICS[metric].rows(measurement))[reading])
            mean = float(np.mean([dict(METRICS[metric].rows(one))[reading] for one in chance]))
            row["At random"] = f"{mean:.2f}" if metric == "fid-in" else value_text(metric, mean)
            row["Better"] = {True: "higher", False: "lower", None: ""}[METRICS[metric].higher]
            row["Meaning"] = METRICS[metric].meaning
            found.append(row)
    return found


def table(numbers: Sequence[Mapping[str, str]]) -> None:
    """All rankings in numbers."""
    with st.expander("All orders in numbers"):
        st.dataframe(
            numbers,
            hide_index=True,
            height="content",
            column_config={
                "Reading": st.column_config.TextColumn(
                    help=" ".join(f"{name}: {what}" for name, what in _READINGS.items())
                ),
                "At random": st.column_config.TextColumn(help="Mean of the orders."),
            },
            alt="Every metric of every ranking",
        )
