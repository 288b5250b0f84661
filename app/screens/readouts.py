"""What is read off the curves: a card for each number, and all rankings side by side."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from app.figures import captions, findings
from app.state import Explained
from wam_core.evaluation.metrics import METRICS, Measured
from wam_core.evaluation.trial import CHANCE, ENERGY, OURS, OURS_CONTROL, SHOWN, Entry

SHARES = ("sufficient", "necessary")
_ORDER = ("log-auc", *SHARES, "ff", "fid-in", "insertion", "deletion", "faithfulness")
_READINGS = {
    "": "",
    "petsiuk": " Reading petsiuk: the area under p.",
    "normalised": " Reading normalised: the mean of p over its largest value, as in the published "
    "tables; it punishes any p above that of the whole input.",
}
_WIDTH = 172  # px of a card


def largest(shown: Explained) -> str:
    """What coefficients with a large |z| are called."""
    return "loudest" if shown.subject.signal.modality == "sound" else "largest"


def name(shown: Explained, entry: Entry) -> str:
    """A ranking, for people."""
    return {
        SHOWN: "This explanation, |γ|",
        ENERGY: f"{largest(shown).capitalize()} first, |z|",
        CHANCE: "At random",
        OURS: "Ours, path-signed",
        OURS_CONTROL: "Σ|z| over channels",
    }[entry.name]


def meaning(metric: str, reading: str = "") -> str:
    """What a number means, for those who ask."""
    return METRICS[metric].meaning + _READINGS[reading]


def cards(ours: Measured, energy: Measured, wrong: Measured | None) -> None:
    """Every number of the explanation, and that of |z| beneath it.

    Args:
        ours, energy: the explanation, and |z|.
        wrong: the wrong-class control, where it was made.
    """
    with st.container(horizontal=True, gap="small"):
        st.metric(
            "Gain over |z|",
            f"{findings.gain('log-auc', '', ours, energy):+.3f}".replace("-", "−"),
            "in log-AUC",
            delta_color="off",
            delta_arrow="off",
            help="log-AUC of this ranking minus that of |z|, the order by size that never asked the "
            "network. Only what is above 0 is explanation.",
            width=_WIDTH,
            border=True,
        )
        for metric in _ORDER:
            for reading, value in METRICS[metric].rows(ours):
                rival = dict(METRICS[metric].rows(energy))[reading]
                better = findings.gain(metric, reading, ours, energy) > 0
                _card(metric, reading, told(metric, value), told(metric, rival), better=better)
        if wrong is not None:
            _card("wrong-class", "", told("wrong-class", findings.value("wrong-class", wrong)))


def _card(
    metric: str, reading: str, value: str, rival: str | None = None, *, better: bool = False
) -> None:
    said = (
        f"as |z|: {rival}" if value == rival else f"{'better' if better else 'worse'}: |z| {rival}"
    )
    colour = "off" if value == rival else "green" if better else "red"
    st.metric(
        METRICS[metric].title + (f" · {reading}" if reading else ""),
        value,
        None if rival is None else said,
        delta_color=colour,
        delta_arrow="off",
        help=meaning(metric, reading),
        width=_WIDTH,
        border=True,
        height="stretch",
    )


def told(metric: str, value: float) -> str:
    """A number in the form that suits its metric."""
    if metric in SHARES:
        return captions.percent(value)
    if metric == "fid-in":
        return "kept" if value == 1 else "lost"
    return f"{value:.3f}".replace("-", "−")


def table(shown: Explained, by: Mapping[str, Measured], chance: Sequence[Measured]) -> None:
    """All rankings in numbers; random ones as their mean."""
    with st.expander("All orders in numbers"):
        rows = []
        for metric in _ORDER:
            for reading, _ in METRICS[metric].rows(next(iter(by.values()))):
                row = {"Metric": METRICS[metric].title, "Reading": reading}
                for ranking, measured in by.items():
                    row[ranking] = told(metric, dict(METRICS[metric].rows(measured))[reading])
                drawn = [dict(METRICS[metric].rows(one))[reading] for one in chance]
                mean = float(np.mean(drawn))
                row["At random"] = f"{mean:.2f}" if metric == "fid-in" else told(metric, mean)
                row["Better"] = {True: "higher", False: "lower", None: ""}[METRICS[metric].higher]
                row["Meaning"] = METRICS[metric].meaning
                rows.append(row)
        st.dataframe(
            rows,
            hide_index=True,
            height="content",
            column_config={
                "Reading": st.column_config.TextColumn(
                    help="petsiuk: the area under p. normalised: mean of p over its largest value."
                ),
                "At random": st.column_config.TextColumn(help=f"Mean of {len(chance)} orders."),
            },
            alt="Every metric of every ranking",
        )
