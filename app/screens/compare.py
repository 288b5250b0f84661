"""Compare: attribution methods on one input, against the magnitude baseline |z|."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import kinds
from app.components import comparison, explanation, jobs
from app.components.comparison import Order
from app.components.input_picker import choose_input, input_menu, input_problem
from app.components.jobs import duration
from app.components.method_picker import LETTERS, Pane, choose_pane, net_of
from app.components.page import share_button
from app.components.share import Link, ask_for_missing_files, missing_files
from app.figures.theme import Look
from app.screens import map_panes, pane_metrics
from app.session import MODALITY, Subject, plain, recall
from wam_core import Signal
from wam_core.defaults import POINTS
from wam_core.errors import WamError
from wam_core.evaluation.pipeline import COARSE, FINE, Grid, Ranking

_GRIDS = {"quick": COARSE, "as published": FINE}
_PANES = 3
_FOUND = "the same input, methods, settings and view"


@dataclass(frozen=True)
class Shared:
    """What all panes have in common.

    Attributes:
        signal: the input.
        letters: of the panes.
        reference: the letter of the pane that differences are computed to.
        samples, seed, grid: of every ranking.
    """

    signal: Signal
    letters: str
    reference: str
    samples: int
    seed: int
    grid: Grid


def screen() -> None:
    """The page, from top to bottom."""
    jobs.collect()
    row = st.container(
        horizontal=True, wrap=False, vertical_alignment="center", gap="small", key="toolbar"
    )
    with row:
        shared = _controls()
    with st.container():  # always there, so that what follows keeps its place on the page
        input_problem()
    if ask_for_missing_files() or shared is None:
        return
    headline = st.container(
        horizontal=True, wrap=False, vertical_alignment="center", key="headline", gap="small"
    )
    panes = _panes(shared)
    orders = [pane.order for pane in panes]
    orders += [order for pane in panes for order in (pane.order.control, pane.order.chance)]
    _update(orders)
    known = {
        pane.letter: ranked
        for pane in panes
        if isinstance(ranked := comparison.found(pane.order), Ranking)
    }
    maps, likeness = map_panes.ranked_maps(panes, known, shared.reference, shared.signal)
    with headline:
        _headline(orders, pane_metrics.verdict(panes, known))
    jobs.problem(comparison.NAME, jobs.KEPT)
    for pane in panes:
        if isinstance(why := comparison.found(pane.order), str):
            st.error(plain(f"{pane.name}: {why}"), icon=":material/error:")
    with st.container(key="result"):
        if maps:
            kinds.of(shared.signal).draw_maps(shared.signal, maps, "maps")
            sentences = (
                "Each map is relative to its own mean (uniform = 1).",
                kinds.of(shared.signal).map_note,
                pane_metrics.agreement(shared.reference, likeness),
            )
            st.caption(" ".join(filter(None, sentences)))
        else:
            _preview(panes, shared.signal)
    look = Look(st.context.theme.type == "dark")
    pane_metrics.draw(panes, known, shared.signal, look)


def _controls() -> Shared | None:
    """The row of menus. None, with the reason on screen, where there is nothing to compare."""
    signal = choose_input(place=input_menu)
    if missing_files():
        return None
    kind = kinds.of(signal)
    try:
        signal = kind.choose_excerpt(signal, net_of("A", kind))
    except WamError as error:
        st.error(plain(f"{error}."), icon=":material/error:")
        return None
    with st.popover("Settings", icon=":material/tune:", key="compare-settings"):
        count = st.segmented_control(
            "Methods", [2, 3, 4], default=_PANES, required=True, key=recall("panes"),
            bind="query-params", width="stretch",
        )  # fmt: skip
        letters = LETTERS[: int(count)]
        reference = st.segmented_control(
            "Reference", list(letters), default="A", required=True,
            key=recall(f"reference-{count}"), bind="query-params", width="stretch",
            help="Reference for the difference maps.",
        )  # fmt: skip
        samples = st.slider(
            "Samples", 2, 100, POINTS, key=recall("compare-samples"), bind="query-params",
            help="Noisy copies, steps or points of every method that takes several.",
        )  # fmt: skip
        grid = st.segmented_control(
            "Curves", list(_GRIDS), default="quick", required=True, key=recall("compare-grid"),
            bind="query-params",
            help=f"Quick: {COARSE.steps} linear and {COARSE.points} logarithmic steps. As published: "
            f"{FINE.steps} and {FINE.points}.",
        )  # fmt: skip
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, 42, key=recall("compare-seed"), bind="query-params",
            help="For noise and for the random ranking.",
        )  # fmt: skip
    return Shared(signal, letters, str(reference), int(samples), int(seed), _GRIDS[str(grid)])


def _panes(shared: Shared) -> list[Pane]:
    """The method of each pane above its map; those that can be ranked."""
    found = []
    with st.container(horizontal=True, wrap=False, gap="small", key="panes-row"):
        for letter in shared.letters:
            with st.container(
                horizontal=True, wrap=False, gap="xsmall", vertical_alignment="center"
            ):
                st.markdown(f"**{letter}**", width="content")
                pane = choose_pane(letter, shared.signal, shared.samples, shared.seed, shared.grid)
            if pane is not None:
                found.append(pane)
    return found


def _update(orders: Sequence[Order]) -> None:
    """Compute what is missing, where that takes little time, or where there is nothing to show yet.

    What was cancelled or failed is not tried again by itself.
    """
    missing = comparison.missing(orders)
    if not missing or comparison.is_running(missing) or comparison.was_asked(missing):
        return
    first = all(comparison.found(order) is None for order in orders)
    if first or sum(order.seconds for order in missing) <= explanation.AUTOMATIC_S:
        comparison.start(list(orders))


def _headline(orders: Sequence[Order], verdict: str) -> None:
    """Progress, or what to press, or the verdict; and the link to the page."""
    missing = comparison.missing(orders)
    place: DeltaGenerator = st.container()
    with place:
        if jobs.job(comparison.NAME).is_running:
            jobs.watch(comparison.NAME, comparison.progress_text, amount=comparison.amount)
        elif missing:
            seconds = sum(order.seconds for order in missing)
            if st.button(
                f"Compare · {duration(seconds)}", type="primary", icon=":material/play_arrow:",
                key="compare", help="Only changed panels are recomputed.",
            ):  # fmt: skip
                comparison.start(list(orders))
                st.rerun()
        elif verdict:
            st.markdown(verdict)
    share_button(Link(_FOUND, st.session_state[MODALITY]))


def _preview(panes: Sequence[Pane], signal: Signal) -> None:
    """The input, until there is a map of it."""
    if panes:
        order = panes[0].order
        explanation.preview(Subject(signal, order.net, panes[0].title, tuple(order.x.shape[2:])))
