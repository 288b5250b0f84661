"""Compare: several rankings of one input side by side, each beside the order that asks no network."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import kinds
from app.components import comparison, jobs
from app.components.comparison import Order
from app.components.input_picker import choose_input
from app.components.jobs import duration
from app.components.method_picker import LETTERS, Pane, choose_pane, net_of
from app.components.page import heading
from app.components.share import Link, ask_for_missing_files, missing_files
from app.figures.theme import Look
from app.screens import map_panes, pane_metrics
from app.session import MODALITY, plain, recall
from wam_core import Signal
from wam_core.defaults import POINTS
from wam_core.errors import WamError
from wam_core.evaluation.pipeline import COARSE, FINE, Grid, Ranking

_GRIDS = {"quick": COARSE, "as published": FINE}
_WIDTHS = {2: 395, 3: 255, 4: 185}  # px of a map beside so many
_FOUND = "the same input, panes, settings and view, and presses **Compare**"


@dataclass(frozen=True)
class Shared:
    """What all panes have in common.

    Attributes:
        signal: the input.
        letters: of the panes.
        reference: the letter of the pinned one.
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
    with st.sidebar:
        shared = _controls()
        button = st.container()
    heading(
        "How do explanations differ?",
        "Several rankings of the same input. A map shows what comes first; the curves show whether "
        "the network agrees, beside the order by mere size, which never asked it.",
        Link(_FOUND, st.session_state[MODALITY]),
        large=True,
    )
    if ask_for_missing_files():
        return
    status = st.container()  # always there, so that what follows keeps its place on the page
    if shared is None:
        return
    manner = _choose_manner(shared.signal)
    slots = [column.container() for column in st.columns(len(shared.letters))]
    panes = [
        _pane(letter, slot, shared) for letter, slot in zip(shared.letters, slots, strict=True)
    ]
    chosen = [pane for pane in panes if pane is not None]
    orders = [pane.order for pane in chosen]
    orders += [order for pane in chosen for order in (pane.order.control, pane.order.chance)]
    with button:
        _button(orders)
    with status:
        jobs.problem(comparison.NAME, jobs.KEPT)
        if jobs.job(comparison.NAME).is_running:
            jobs.watch(comparison.NAME, comparison.progress_text, amount=comparison.amount)
    known = {
        pane.letter: ranked
        for pane in chosen
        if isinstance(ranked := comparison.found(pane.order), Ranking)
    }
    _maps(panes, slots, known, shared, manner)
    _differences(chosen, known, shared, manner)
    pane_metrics.draw(chosen, known, shared.signal, manner.look)


def _controls() -> Shared | None:
    """The sidebar. None, with the reason on screen, where there is nothing to compare."""
    st.subheader("Input", anchor=False)
    signal = choose_input()
    if missing_files():
        return None
    try:
        kind = kinds.of(signal)
        signal = kind.choose_excerpt(signal, net_of("A", kind))
    except WamError as error:
        st.error(plain(f"{error}."), icon=":material/error:")
        return None
    st.subheader("Panes", anchor=False)
    count = st.segmented_control(
        "How many", [2, 3, 4], default=2, required=True, key=recall("panes"), bind="query-params",
        width="stretch",
    )  # fmt: skip
    letters = LETTERS[: int(count)]
    reference = st.segmented_control(
        "Reference", list(letters), default="A", required=True, key=recall(f"reference-{count}"),
        bind="query-params", width="stretch",
        help="The pinned pane: the others are shown as differences to it.",
    )  # fmt: skip
    with st.expander("More settings"):
        samples = st.slider(
            "Samples", 2, 100, POINTS, key=recall("compare-samples"), bind="query-params",
            help="Noisy copies, steps or points of every method that takes several.",
        )  # fmt: skip
        grid = st.segmented_control(
            "Curves", list(_GRIDS), default="quick", required=True, key=recall("compare-grid"),
            bind="query-params",
            help=f"Quick: {COARSE.steps} even and {COARSE.points} logarithmic steps. As in the "
            f"published tables: {FINE.steps} and {FINE.points}.",
        )  # fmt: skip
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, 42, key=recall("compare-seed"), bind="query-params",
            help="Of noise and of the random order.",
        )  # fmt: skip
    return Shared(signal, letters, str(reference), int(samples), int(seed), _GRIDS[str(grid)])


def _choose_manner(signal: Signal) -> map_panes.Manner:
    """How the maps are drawn; the end of the common scale is not known yet."""
    with st.container(horizontal=True, width="content", vertical_alignment="bottom"):
        scale = st.segmented_control(
            "Scale", ["common", "own"], default="common", required=True, key=recall("compare-scale"),
            bind="query-params",
            help="Common: the same colour is the same value in all panes. Own: each pane up to its "
            "own maximum, so that faint maps can be read.",
        )  # fmt: skip
        over = kinds.of(signal).is_picture and st.toggle(
            "Over the input", True, key=recall("compare-over"), bind="query-params"
        )
    look = Look(st.context.theme.type == "dark", common=scale == "common")
    return map_panes.Manner(look, over=0.72 if over else 0.0)


def _pane(letter: str, slot: DeltaGenerator, shared: Shared) -> Pane | None:
    """The choices of one pane."""
    with slot:
        pinned = " · :material/keep: reference" if letter == shared.reference else ""
        st.markdown(f"**{letter}**{pinned}")
        return choose_pane(letter, shared.signal, shared.samples, shared.seed, shared.grid)


def _button(orders: Sequence[Order]) -> None:
    missing = comparison.missing(orders)
    running = comparison.is_running(missing)
    seconds = sum(order.seconds for order in missing)
    if st.button(
        f"Compare · {duration(seconds)}" if missing else "Compare",
        type="primary", width="stretch", icon=":material/play_arrow:", disabled=running or not missing,
        key="compare",
        help="Computes what is missing: a pane that stays as it is keeps its result.",
    ):  # fmt: skip
        comparison.start(list(orders))
        st.rerun()
    if missing and not running:
        st.caption(
            f"{len(missing)} of {len({o.key for o in orders})} rankings are to be computed, controls included."
        )


def _maps(
    panes: Sequence[Pane | None],
    slots: Sequence[DeltaGenerator],
    known: Mapping[str, Ranking],
    shared: Shared,
    manner: map_panes.Manner,
) -> None:
    """One map in each pane that has a ranking; why not, in the others."""
    signal, width = shared.signal, _WIDTHS[len(slots)]
    there = [pane for pane in panes if pane is not None and pane.letter in known]
    ends = [
        map_panes.end(map_panes.even(pane, known[pane.letter], signal), signal) for pane in there
    ]
    common = map_panes.Manner(
        manner.look, max(ends, default=1.0) if manner.look.common else None, manner.over
    )
    for pane, slot in zip(panes, slots, strict=True):
        if pane is None:
            continue
        with slot:
            if pane in there:
                map_panes.draw(pane, known[pane.letter], signal, common, width)
            elif isinstance(why := comparison.found(pane.order), str):
                st.error(plain(why), icon=":material/error:")
            elif jobs.job(comparison.NAME).is_running:
                st.caption(":material/hourglass_empty: In the queue …")
            else:
                st.info("Press **Compare** to compute this pane.")
            st.caption(plain(pane.about))
    if there:
        shape = kinds.of(signal).map_quantity
        st.caption(
            f"Every map{kinds.of(signal).map_note} is divided by its own total: 1 is as strong as an even spread. "
            + (
                f"**Common scale**: the same {shape} is the same value; it ends at {common.end:.3g}."
                if common.end is not None
                else f"**Own scales**: each map up to its own maximum; a {shape} means another value."
            )
        )


def _differences(
    panes: Sequence[Pane], known: Mapping[str, Ranking], shared: Shared, manner: map_panes.Manner
) -> None:
    """Every other pane against the pinned one."""
    pinned = next((p for p in panes if p.letter == shared.reference and p.letter in known), None)
    others = [p for p in panes if p.letter != shared.reference and p.letter in known]
    if pinned is None or not others:
        return
    signal = shared.signal
    st.subheader(f"Against {pinned.name}", anchor=False)
    base = map_panes.even(pinned, known[pinned.letter], signal)
    found = {
        p.letter: map_panes.against(map_panes.even(p, known[p.letter], signal), base)
        for p in others
    }
    ends = [map_panes.end(values, signal) for values, _ in found.values()]
    common = map_panes.Manner(manner.look, max(ends) if manner.look.common else None)
    columns = dict(zip(shared.letters, st.columns(len(shared.letters)), strict=True))
    columns[shared.reference].caption(
        "Red: stronger than in the reference; blue: weaker. Both maps have the same total. Rank "
        "correlation is Spearman’s ρ over all places: 1 where both rank them alike, 0 where one "
        "says nothing of the other."
    )
    for pane in others:
        values, likeness = found[pane.letter]
        with columns[pane.letter]:
            rho = "not defined" if math.isnan(likeness.rho) else pane_metrics.number(likeness.rho)
            st.markdown(f"**{pane.letter} − {pinned.letter}** · rank correlation **{rho}**")
            st.caption(
                f"{likeness.places:,} {kinds.of(signal).places}"
                + (", of the reference’s size" if _resized(pane, pinned) else "")
            )
            map_panes.draw_difference(
                pane, pinned, values, signal, common, _WIDTHS[len(shared.letters)]
            )


def _resized(pane: Pane, pinned: Pane) -> bool:
    return pane.order.x.shape != pinned.order.x.shape
