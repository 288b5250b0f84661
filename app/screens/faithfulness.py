"""The tab “Is it true?”: the ranking on screen against random and model-free ones."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from app import glossary, runtime
from app.figures import curves, findings
from app.figures.theme import Look
from app.screens import completeness, forgetting, readouts
from app.state import Explained, plain
from app.widgets.curve_pair import Lines, choose_axis, pair
from app.widgets.errand import collect, found, offer
from wam_core import PathSigned
from wam_core.evaluation import trial
from wam_core.evaluation.grid import COARSE, FINE, PASS, Grid, Tried
from wam_core.evaluation.metrics import METRICS
from wam_core.evaluation.trial import CHANCE, ENERGY, OURS, SHOWN, Entry, Trying

_CHANCES = tuple(Entry(CHANCE, seed) for seed in range(3))
_FIRST = (Entry(SHOWN), Entry(ENERGY), *_CHANCES)
_SAMPLES = 25  # passes of the path-signed ranking
_CHEAP_S = 5.0  # as long as nobody minds: then it is measured with the others
_OURS = (Entry(OURS),)

Found = Mapping[Entry, Tried]


def faithfulness(shown: Explained, look: Look) -> None:
    """Curves, readouts, controls, randomisation; all of them about the result as it is shown."""
    collect()
    st.caption(
        "A pretty map proves nothing. Here its coefficients are put in and taken out in the order "
        "of their importance, and the network is asked each time; beside it, orders that never "
        "asked the network."
    )
    grid, measured = trials(shown)
    if measured is None:
        _start(shown)
    else:
        _judge(shown, grid, measured, look)
        _more(shown, grid, measured)
    st.subheader("Does it add up?", anchor=False)
    if shown.result.completeness_gap is None:
        st.caption("Only the values of Integrated Gradients are meant to add up to the score.")
    completeness.told(shown)
    forgetting.forgetting(shown, look)


def trials(shown: Explained) -> tuple[Grid, Found | None]:
    """The finest curves there are, and those of the path-signed ranking if they were made."""
    for grid in (FINE, COARSE):
        if (first := found("trial", _key(shown, grid))) is not None:
            return grid, {**first, **(found("ours", _key(shown, grid)) or {})}
    return COARSE, None


def _start(shown: Explained) -> None:
    """A button, and not the opening of the tab.

    The curves cost several explanations' worth of passes on a lane that all visitors share, and a
    tab stays open while settings are tried: each new result would start them again unasked.
    """
    cheap = _seconds(shown, _OURS) <= _CHEAP_S
    entries = (*_FIRST, *_OURS) if cheap and not _is_ours(shown) else _FIRST
    _offer(shown, "trial", "Put it to the test", entries, COARSE, first=True)


def _judge(shown: Explained, grid: Grid, measured: Found, look: Look) -> None:
    """The sentence, the curves, the readouts."""
    result = shown.result
    ours, energy = (measured[Entry(name)].measured for name in (SHOWN, ENERGY))
    for sentence in sentences(shown, measured, plain):
        st.markdown(sentence)
    logarithmic = choose_axis("curve-axis")
    pair(
        "curve", "coefficients", partial(lines, shown, measured),
        lambda direction, drawn: figure(
            shown, measured, look, direction, drawn, logarithmic=logarithmic
        ),
    )  # fmt: skip
    st.caption(
        f"p of {plain(result.target.label)}, {ours.p:.3g} on the whole input. What is put in "
        "goes to the network as it is, clipped to what an input can hold. At random: the lowest and "
        f"highest of {len(_CHANCES)} orders. {grid.steps} even and {grid.points} logarithmic steps."
    )
    readouts.cards(ours, energy, found("wrong", shown.key))
    readouts.table(numbers(shown, measured))


def sentences(
    shown: Explained, measured: Found, shielded: Callable[[str], str] = str
) -> Iterator[str]:
    """What the curves say, in Markdown; ``shielded`` keeps labels from being read as that."""
    result, net = shown.result, shown.subject.net
    says = net.label(int(result.logits[0].argmax()))
    yield findings.judged(
        f"“{shielded(result.target.label)}”",
        f"“{shielded(says)}”",
        measured[Entry(SHOWN)].measured,
        measured[Entry(ENERGY)].measured,
        [measured[entry].measured for entry in _CHANCES],
        readouts.largest(shown),
    ).text
    if (path := measured.get(Entry(OURS))) is not None:
        yield findings.beside(path.measured, measured[Entry(ENERGY)].measured)


def numbers(shown: Explained, measured: Found) -> list[dict[str, str]]:
    """Every metric of every ranking."""
    by = {readouts.name(shown, e): t.measured for e, t in measured.items() if e.name != CHANCE}
    return readouts.rows(by, [measured[entry].measured for entry in _CHANCES])


def lines(shown: Explained, measured: Found, direction: str) -> Lines:
    """The curves of one direction by ranking; random ones are left to :func:`figure`."""
    index = shown.result.target.index
    every = {
        entry: getattr(tried.curves, direction)
        for entry, tried in measured.items()
        if entry.name != CHANCE
    }
    return {readouts.name(shown, e): (c.shares, c.of(index)) for e, c in every.items()}


def figure(
    shown: Explained,
    measured: Found,
    look: Look,
    direction: str,
    drawn: Lines,
    *,
    logarithmic: bool,
) -> Any:
    """All rankings on one chart, with the band of the random ones."""
    index = shown.result.target.index
    controls = {readouts.name(shown, Entry(ENERGY))}
    drawings = [getattr(measured[entry].curves, direction) for entry in _CHANCES]
    values = np.stack([drawing.of(index) for drawing in drawings])
    band = curves.Band("At random", drawings[0].shares, values.min(0), values.max(0))
    return curves.figure(
        drawn, look, logarithmic=logarithmic, direction=direction, band=band, controls=controls
    )


def _more(shown: Explained, grid: Grid, measured: Found) -> None:
    """What costs more, on request."""
    st.markdown("**On request**")
    row = st.container(horizontal=True, vertical_alignment="center")
    with row:
        if grid is COARSE:
            entries = tuple(measured)
            _offer(
                shown, "trial", "Finer curves", entries, FINE,
                help=f"{FINE.steps} even and {FINE.points} logarithmic steps, as in the tables.",
            )  # fmt: skip
        if Entry(OURS) not in measured and not _is_ours(shown):
            _offer(
                shown, "ours", "Compare with ours, path-signed", _OURS, grid,
                help=glossary.hint("path-signed", "|z|"),
            )  # fmt: skip
        _wrong(shown)
    highest = found("wrong", shown.key)
    if highest is not None:
        wrong, _ = highest.wrong
        label = f"“{plain(shown.subject.net.label(wrong))}”"
        st.markdown(findings.argues(label, findings.value("wrong-class", highest)))


def _wrong(shown: Explained) -> None:
    """Another explanation, so only on request."""
    if found("wrong", shown.key) is not None:
        return
    forward = 2 * COARSE.points * trial.FORWARD
    cost = trial.PASS * (shown.result.path.length + 1) + forward
    offer(
        "wrong",
        shown.key,
        "Wrong-class control",
        cost * _forward(shown),
        partial(trial.argued, shown.subject.net, shown.result),
        lambda step: (step.done / step.total, "Asking for another class"),
        uses=shown.subject.net.fingerprint,
        help=glossary.hint(METRICS["wrong-class"].title),
    )


def _offer(
    shown: Explained,
    name: str,
    label: str,
    entries: Sequence[Entry],
    grid: Grid,
    *,
    first: bool = False,
    help: str | None = None,
) -> None:
    def told(step: Trying) -> tuple[float, str]:
        number = list(entries).index(step.entry) + 1
        what = readouts.name(shown, step.entry)
        return step.done / step.total, f"{what} · order {number} of {len(entries)}"

    offer(
        name,
        _key(shown, grid),
        label,
        _seconds(shown, entries, grid),
        partial(trial.trial, shown.subject.net, shown.result, entries, grid, samples=_SAMPLES),
        told,
        uses=shown.subject.net.fingerprint,
        first=first,
        help=help,
    )


def _key(shown: Explained, grid: Grid) -> str:
    return f"{shown.key} {grid.steps} {grid.points}"


def _is_ours(shown: Explained) -> bool:
    """Whether it is the path-signed map itself that is shown."""
    return isinstance(shown.result.path, PathSigned)


def _forward(shown: Explained) -> float:
    """Seconds per pass forward: a third of one forward and back."""
    return runtime.pass_seconds(shown.subject.net) / PASS


def _seconds(shown: Explained, entries: Sequence[Entry], grid: Grid = COARSE) -> float:
    return trial.cost(entries, grid, _SAMPLES) * _forward(shown)
