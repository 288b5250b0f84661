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


def cards(ours: Measured, energy: Measured) -> None:
    """Every number of the explanation, and what it gains over |z|."""
    with st.container(horizontal=True, gap="small"):
        for metric in _ORDER:
            for reading, value in METRICS[metric].rows(ours):
                _card(metric, reading, value, findings.gain(metric, reading, ours, energy))


def _card(metric: str, reading: str, value: float, gain: float) -> None:
    title = METRICS[metric].title + (f" · {reading}" if reading else "")
    st.metric(
        title,
        told(metric, value),
        _gained(metric, gain),
        delta_color="normal" if abs(gain) > 1e-9 else "off",
        delta_arrow="auto" if abs(gain) > 1e-9 else "off",
        help=meaning(metric, reading),
        width=_WIDTH,
        border=True,
    )


def _gained(metric: str, gain: float) -> str:
    """The gain over |z|: positive is better, whatever the metric."""
    if abs(gain) <= 1e-9:
        return "as |z|"
    if metric == "fid-in":
        return "+ over |z|" if gain > 0 else "-against |z|"
    amount = captions.percent(abs(gain)) if metric in SHARES else f"{abs(gain):.2g}"
    better = "fewer than |z|" if metric in SHARES and gain > 0 else "over |z|"
    worse = "more than |z|" if metric in SHARES else "against |z|"
    return f"{amount} {better}" if gain > 0 else f"-{amount} {worse}"


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
