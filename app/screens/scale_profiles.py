"""Scale profiles: on which scales several networks look, over a set of inputs."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from app.components import jobs, study_inputs
from app.components.chart import chart
from app.components.downloads import offer_table
from app.components.model_picker import unshared_networks
from app.components.page import heading, invite
from app.components.profile_job import (
    NAME,
    Asked,
    choose_profiles,
    measured,
    pieces,
    progress_text,
)
from app.components.share import SET, Link, ask_for_missing_files
from app.figures import captions, experiment_charts
from app.figures.theme import Look
from app.session import plain
from wam_core.evaluation.report import Interval
from wam_core.evaluation.scales import (
    APPROX,
    ENERGY,
    OURS,
    ProfileProgress,
    Profiles,
    means,
    profiles_csv,
    shifts,
)

_FOUND = "the same inputs, networks and settings, and presses **Measure**"
_FEW = 5  # inputs: fewer have no interval to speak of


def screen() -> None:
    """The page, from top to bottom."""
    jobs.collect()
    with st.sidebar:
        chosen = choose_profiles()
    heading(
        "On which scales do networks look?",
        "Every input is explained with every network, and the importance is added up by level. Means over "
        "the inputs with 90 % bootstrap intervals; beside them the share of \\|z\\|, which is the "
        "inputs’ own and knows no network.",
        Link(_FOUND, places=(SET,), lacking=study_inputs.unshared() + unshared_networks()),
    )
    if ask_for_missing_files(SET):
        return
    with st.container():  # always there, so that what follows keeps its place on the page
        jobs.problem(NAME, jobs.KEPT)
        if jobs.job(NAME).is_running:
            jobs.watch(NAME, progress_text, pieces=pieces)
    latest: Asked | None = jobs.job(NAME).request
    asked = chosen if chosen is not None and measured(chosen.key).rows else latest
    found = None if asked is None else measured(asked.key)
    if asked is None or found is None or not (found.rows or found.failures):
        if not jobs.job(NAME).is_running:
            invite("inputs and networks", "Measure")
        return
    if chosen is not None and asked.key != chosen.key and not jobs.job(NAME).is_running:
        st.caption(":material/history: The figure is of earlier settings; press the button.")
    _failures(found)
    if found.rows:
        _figure(asked, found)


def _failures(found: ProfileProgress | Profiles) -> None:
    if found.failures:
        with st.expander(
            f"What was skipped, and why: {len(found.failures)}", icon=":material/broken_image:"
        ):
            for failure in found.failures:
                st.markdown(f"- **{plain(failure.input)}**: {plain(failure.reason)}")


def _figure(asked: Asked, found: ProfileProgress | Profiles) -> None:
    table = means(found.rows)
    networks = [name for name in asked.networks if (name, OURS) in table]
    levels = _levels(asked)
    st.markdown(_sentence(found, networks, table))
    chart(
        experiment_charts.scale_means_figure(
            table, networks, levels, Look(st.context.theme.type == "dark")
        ),
        "scale-means",
        "Mean share of the importance by level: "
        + "; ".join(
            f"{name}: "
            + ", ".join(
                f"{levels[level]} {captions.percent(i.mean)}"
                for level, i in table[name, OURS].items()
            )
            for name in networks
        ),
    )
    rates = {getattr(net.frontend, "rate", None) for net in asked.networks.values()}
    st.caption(
        f"Bars: share of Σ\\|γ\\|. Diamonds: share of Σ\\|z\\|. {asked.transform.title}, "
        f"{asked.transform.levels} levels, {type(asked.path).__name__}. Levels in the units of what the "
        f"first network receives."
        + (" The networks hear at different rates: a level is another octave." if len(rates) > 1 else "")
        + (" They receive inputs of different sizes." if len(_sizes(asked)) > 1 else "")
    )  # fmt: skip
    offer_table(partial(profiles_csv, found.rows), "profiles.csv")


def _sizes(asked: Asked) -> set[object]:
    return {getattr(net.frontend, "size", None) for net in asked.networks.values()}


def _levels(asked: Asked) -> dict[int, str]:
    """Names of the levels, coarse first."""
    layout = asked.transform.layout(asked.size)
    named = asked.inputs.kind.units(next(iter(asked.networks.values())), layout)
    return {
        APPROX if band.is_approx else band.level: named.level(band).replace(" ", "<br>", 1)
        for band in layout
    }


def _sentence(
    found: ProfileProgress | Profiles,
    networks: list[str],
    table: Mapping[tuple[str, str], Mapping[int, Interval]],
) -> str:
    """Which network lies coarser than the first, and whether that is clear."""
    count = max(i.n for i in table[networks[0], OURS].values())
    lead = f"Over {count} input{'s' * (count != 1)}"
    if len(networks) < 2:
        return f"{lead}. A second network is needed to compare."
    ours, energy = (shifts(found.rows, networks[0], of) for of in (OURS, ENERGY))
    sentences = []
    for name in networks[1:]:
        shift, control = ours[name], energy[name]
        if not shift.n:
            continue
        interval = f"({_signed(shift.mean)} levels, {_signed(shift.low)} to {_signed(shift.high)})"
        if shift.n < 2 or shift.low <= 0 <= shift.high:
            text = f"**{plain(name)}** cannot be told from it {interval}"
        else:
            way = "coarser" if shift.mean > 0 else "finer"
            text = f"**{plain(name)}** lies **{way}** {interval}"
        if abs(control.mean) > 0.01:
            text += f"; by \\|z\\| alone, what it receives lies {_signed(control.mean)} levels off"
        sentences.append(text)
    few = " Too few for a conclusion." if count < _FEW else ""
    return f"{lead}, against {plain(networks[0])}: {'; '.join(sentences)}. One level is a doubling of size.{few}"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
