"""The tab Faithfulness: the ranking on screen against random and model-free ones; and its report."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from app import glossary, runtime
from app.components.curve_pair import Lines, alt_text, choose_axis, pair
from app.components.jobs import collect, found, offer
from app.figures import evaluation_charts, findings
from app.figures.theme import Look
from app.report.parts import Chart, Part, Table, Words
from app.screens import randomisation, readouts
from app.screens.details import completeness
from app.session import Explained, plain, unmarked
from wam_core import PathSigned
from wam_core.evaluation import controls
from wam_core.evaluation.controls import CHANCE, ENERGY, OURS, SHOWN, ComparisonProgress, Entry
from wam_core.evaluation.metrics import METRICS, Measurement
from wam_core.evaluation.pipeline import COARSE, FINE, FORWARD, PASS, Grid

_CHANCES = tuple(Entry(CHANCE, seed) for seed in range(3))
_FIRST = (Entry(SHOWN), Entry(ENERGY), *_CHANCES)
_SAMPLES = 25  # passes of the path-signed ranking
_CHEAP_S = 5.0  # as long as nobody minds: then it is measured with the others
_OURS = (Entry(OURS),)

_DIRECTIONS = {"insertion": "the strongest alone", "deletion": "all but the strongest"}

Found = Mapping[Entry, Measurement]


def faithfulness(explained: Explained, look: Look) -> None:
    """Curves, readouts, controls, randomisation; all of them about the result as it is shown."""
    collect()
    st.caption(
        "A pretty map proves nothing. Here its coefficients are put in and taken out in the order "
        "of their importance, and the network is asked each time; beside it, orders that never "
        "asked the network."
    )
    grid, measured = measured_curves(explained)
    if measured is None:
        _start(explained)
    else:
        _results(explained, grid, measured, look)
        _more(explained, grid, measured)
    st.subheader("Does it add up?", anchor=False)
    if explained.result.completeness_gap is None:
        st.caption("Only the values of Integrated Gradients are meant to add up to the score.")
    completeness(explained)
    randomisation.section(explained, look)


def measured_curves(explained: Explained) -> tuple[Grid, Found | None]:
    """The finest curves there are, and those of the path-signed ranking if they were made."""
    for grid in (FINE, COARSE):
        if (first := found("trial", _key(explained, grid))) is not None:
            return grid, {**first, **(found("ours", _key(explained, grid)) or {})}
    return COARSE, None


def _start(explained: Explained) -> None:
    """A button, and not the opening of the tab.

    The curves cost several explanations' worth of passes on a lane that all visitors share, and a
    tab stays open while settings are tried: each new result would start them again unasked.
    """
    cheap = _seconds(explained, _OURS) <= _CHEAP_S
    entries = (*_FIRST, *_OURS) if cheap and not _is_ours(explained) else _FIRST
    _offer(explained, "trial", "Put it to the test", entries, COARSE, first=True)


def _results(explained: Explained, grid: Grid, measured: Found, look: Look) -> None:
    """The sentence, the curves, the readouts."""
    result = explained.result
    ours, energy = (measured[Entry(name)] for name in (SHOWN, ENERGY))
    for sentence in sentences(explained, measured, plain):
        st.markdown(sentence)
    logarithmic = choose_axis("curve-axis")
    pair(
        "curve", "coefficients", partial(lines, explained, measured),
        lambda direction, curves: figure(
            explained, measured, look, direction, curves, logarithmic=logarithmic
        ),
    )  # fmt: skip
    st.caption(
        f"p of {plain(result.target.label)}, {ours.p:.3g} on the whole input. What is put in "
        "goes to the network as it is, clipped to what an input can hold. At random: the lowest and "
        f"highest of {len(_CHANCES)} orders. {grid.steps} even and {grid.points} logarithmic steps."
    )
    readouts.cards(ours, energy, found("wrong", explained.key))
    readouts.table(numbers(explained, measured))


def sentences(
    explained: Explained, measured: Found, shielded: Callable[[str], str] = str
) -> Iterator[str]:
    """What the curves say, in Markdown; ``shielded`` keeps labels from being read as that."""
    result, net = explained.result, explained.subject.net
    says = net.label(int(result.logits[0].argmax()))
    yield findings.ranking_finding(
        f"“{shielded(result.target.label)}”",
        f"“{shielded(says)}”",
        measured[Entry(SHOWN)],
        measured[Entry(ENERGY)],
        [measured[entry] for entry in _CHANCES],
        readouts.largest(explained),
    ).text
    if (path := measured.get(Entry(OURS))) is not None:
        yield findings.path_signed_finding(path, measured[Entry(ENERGY)])


def numbers(explained: Explained, measured: Found) -> list[dict[str, str]]:
    """Every metric of every ranking."""
    by = {readouts.name(explained, e): m for e, m in measured.items() if e.name != CHANCE}
    return readouts.rows(by, [measured[entry] for entry in _CHANCES])


def lines(explained: Explained, measured: Found, direction: str) -> Lines:
    """The curves of one direction by ranking; random ones are left to :func:`figure`."""
    index = explained.result.target.index
    every = {
        entry: measurement.curve(direction)
        for entry, measurement in measured.items()
        if entry.name != CHANCE
    }
    return {readouts.name(explained, e): (c.shares, c.of(index)) for e, c in every.items()}


def figure(
    explained: Explained,
    measured: Found,
    look: Look,
    direction: str,
    lines: Lines,
    *,
    logarithmic: bool,
) -> Any:
    """All rankings on one chart, with the band of the random ones."""
    index = explained.result.target.index
    controls = {readouts.name(explained, Entry(ENERGY))}
    drawings = [measured[entry].curve(direction) for entry in _CHANCES]
    values = np.stack([drawing.of(index) for drawing in drawings])
    band = evaluation_charts.CurveRange(
        "At random", drawings[0].shares, values.min(0), values.max(0)
    )
    return evaluation_charts.curves_figure(
        lines, look, logarithmic=logarithmic, direction=direction, band=band, controls=controls
    )


def _more(explained: Explained, grid: Grid, measured: Found) -> None:
    """What costs more, on request."""
    st.markdown("**On request**")
    row = st.container(horizontal=True, vertical_alignment="center")
    with row:
        if grid is COARSE:
            entries = tuple(measured)
            _offer(
                explained, "trial", "Finer curves", entries, FINE,
                help=f"{FINE.steps} even and {FINE.points} logarithmic steps, as in the tables.",
            )  # fmt: skip
        if Entry(OURS) not in measured and not _is_ours(explained):
            _offer(
                explained, "ours", "Compare with ours, path-signed", _OURS, grid,
                help=glossary.hint("path-signed", "|z|"),
            )  # fmt: skip
        _wrong(explained)
    highest = found("wrong", explained.key)
    if highest is not None:
        wrong, _ = highest.wrong
        label = f"“{plain(explained.subject.net.label(wrong))}”"
        st.markdown(findings.wrong_class_finding(label, findings.value("wrong-class", highest)))


def _wrong(explained: Explained) -> None:
    """Another explanation, so only on request."""
    if found("wrong", explained.key) is not None:
        return
    forward = 2 * COARSE.points * FORWARD
    cost = PASS * (explained.result.path.length + 1) + forward
    offer(
        "wrong",
        explained.key,
        "Wrong-class control",
        cost * _forward(explained),
        partial(controls.wrong_class_control, explained.subject.net, explained.result),
        lambda step: (step.done / step.total, "Asking for another class"),
        uses=explained.subject.net.module_fingerprint,
        help=glossary.hint(METRICS["wrong-class"].title),
    )


def _offer(
    explained: Explained,
    name: str,
    label: str,
    entries: Sequence[Entry],
    grid: Grid,
    *,
    first: bool = False,
    help: str | None = None,
) -> None:
    def progress_text(step: ComparisonProgress) -> tuple[float, str]:
        number = list(entries).index(step.entry) + 1
        what = readouts.name(explained, step.entry)
        return step.done / step.total, f"{what} · order {number} of {len(entries)}"

    offer(
        name,
        _key(explained, grid),
        label,
        _seconds(explained, entries, grid),
        partial(
            controls.comparison,
            explained.subject.net,
            explained.result,
            entries,
            grid,
            samples=_SAMPLES,
        ),
        progress_text,
        uses=explained.subject.net.module_fingerprint,
        first=first,
        help=help,
    )


def _key(explained: Explained, grid: Grid) -> str:
    return f"{explained.key} {grid.steps} {grid.points}"


def _is_ours(explained: Explained) -> bool:
    """Whether it is the path-signed map itself that is shown."""
    return isinstance(explained.result.path, PathSigned)


def _forward(explained: Explained) -> float:
    """Seconds per pass forward: a third of one forward and back."""
    return runtime.pass_seconds(explained.subject.net) / PASS


def _seconds(explained: Explained, entries: Sequence[Entry], grid: Grid = COARSE) -> float:
    return controls.cost(entries, grid, _SAMPLES) * _forward(explained)


def report_parts(explained: Explained) -> list[Part]:
    """Curves, readouts and randomisation for a report, as far as the visitor asked for them.

    Nothing is measured here.
    """
    made: list[Part] = []
    grid, measured = measured_curves(explained)
    if measured is not None:
        made.append(Words([unmarked(one) for one in sentences(explained, measured)]))
        for direction, what in _DIRECTIONS.items():
            values = lines(explained, measured, direction)
            made.append(
                Chart(
                    f"{direction.capitalize()}: {what}",
                    partial(
                        figure, explained, measured,
                        direction=direction, lines=values, logarithmic=True,
                    ),
                    alt_text(direction, "coefficients", values),
                    f"p of {explained.result.target.label}; {grid.steps} even and {grid.points} "
                    "logarithmic steps.",
                    wide=False,
                )
            )  # fmt: skip
        made.append(Table("All orders in numbers", numbers(explained, measured)))
    return made + randomisation.report_parts(explained)
