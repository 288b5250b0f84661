"""Scale profiles: on which scales several networks look, over a set of inputs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import streamlit as st

from app.components import jobs, study_inputs
from app.components.downloads import offer_table
from app.components.explanation import estimate
from app.components.model_picker import choose_networks, predictions, unshared_networks
from app.components.page import chart, heading, invite
from app.components.settings import choose_path, choose_scales
from app.components.share import SET, Link, ask_for_missing_files
from app.components.study_inputs import Inputs, choose_inputs
from app.figures import captions, experiment_charts
from app.figures.theme import Look
from app.session import plain
from wam_core import Classifier
from wam_core.errors import ModelError, WamError
from wam_core.evaluation.report import Interval
from wam_core.evaluation.scales import (
    APPROX,
    ENERGY,
    OURS,
    ProfileProgress,
    Profiles,
    means,
    profiles,
    profiles_csv,
    shifts,
)
from wam_core.path import Path
from wam_core.paths import settings
from wam_core.transforms import Transform

NAME = "profiles"
_FOUND = "the same inputs, networks and settings, and presses **Measure**"
_FEW = 5  # inputs: fewer have no interval to speak of


@dataclass(frozen=True, eq=False)
class ProfileTask:
    """What is compared, and on what.

    Attributes:
        size: the least extents of what the networks receive, which the transform fits.
    """

    inputs: Inputs
    networks: Mapping[str, Classifier]
    transform: Transform
    path: Path
    size: tuple[int, ...]

    @property
    def key(self) -> str:
        """Of everything that a number depends on, besides its input and its network."""
        parts = (
            [(name, net.fingerprint, net.device) for name, net in self.networks.items()],
            self.transform, sorted(settings(self.path).items()), self.inputs.labels, self.inputs.kind.name,
        )  # fmt: skip
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    @property
    def seconds(self) -> float:
        """It will take for all inputs."""
        every = sum(estimate(net, self.path) for net in self.networks.values())
        return len(self.inputs.sources) * every

    def missing(self) -> int:
        """Pairs of input and network that are not measured."""
        there = {(row.input, row.network) for row in _measured(self.key).rows}
        return sum(
            (source.name, name) not in there
            for source in self.inputs.sources
            for name in self.networks
        )


def _measured(key: str) -> ProfileProgress | Profiles:
    """What was measured under a key so far."""
    found: ProfileProgress | Profiles = jobs.found(NAME, key) or Profiles((), ())
    return found


def _amount(step: ProfileProgress) -> int:
    """How many numbers there are for the page."""
    return len(step.rows)


def _progress_text(step: ProfileProgress) -> tuple[float, str]:
    """For :func:`app.components.jobs.watch`."""
    words = f"{step.done} of {step.total} · {step.input} · {step.network}"
    return (step.done + step.part) / max(step.total, 1), words


def screen() -> None:
    """The page, from top to bottom."""
    jobs.collect()
    with st.sidebar:
        chosen = _choose_profiles()
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
            jobs.watch(NAME, _progress_text, amount=_amount)
    latest: ProfileTask | None = jobs.job(NAME).request
    task = chosen if chosen is not None and _measured(chosen.key).rows else latest
    found = None if task is None else _measured(task.key)
    if task is None or found is None or not (found.rows or found.failures):
        if not jobs.job(NAME).is_running:
            invite("inputs and networks", "Measure")
        return
    if chosen is not None and task.key != chosen.key and not jobs.job(NAME).is_running:
        st.caption(":material/history: The figure is of earlier settings; press the button.")
    _failures(found)
    if found.rows:
        _figure(task, found)


def _choose_profiles() -> ProfileTask | None:
    """The sidebar, with its button. None, with the reason on screen, where nothing can be compared."""
    st.subheader("Inputs", anchor=False)
    inputs = choose_inputs(st.container())
    if inputs is None:
        return None
    st.subheader("Networks", anchor=False)
    networks = choose_networks(inputs.kind)
    if not networks:
        st.caption("Add at least one network; two or more are compared.")
        return None
    st.subheader("Method", anchor=False)
    try:
        sizes = [_size(net, inputs) for net in networks.values()]
        net = next(iter(networks.values()))
        variant = st.container()
        smallest = tuple(min(extents) for extents in zip(*sizes, strict=True))
        kind = inputs.kind
        transform = choose_scales(smallest, net, kind, "profile", kind.first_levels)
        with variant:
            path = choose_path(net, kind, transform)
    except WamError as error:
        st.error(plain(f"{error}."), icon=":material/error:")
        return None
    task = ProfileTask(inputs, networks, transform, path, smallest)
    missing = task.missing()
    pairs = len(inputs.sources) * len(networks)
    going_on = 0 < missing < pairs
    seconds = task.seconds * missing / max(pairs, 1)
    busy = jobs.job(NAME).is_running and jobs.job(NAME).request.key == task.key
    if st.button(
        f"{'Go on' if going_on else 'Measure'} · {jobs.duration(seconds)}" if missing else "Measure",
        type="primary", width="stretch", icon=":material/play_arrow:", key="measure-profiles",
        disabled=busy or not missing,
    ):  # fmt: skip
        _start(task)
        st.rerun()
    st.caption(f"{len(inputs.sources)} inputs × {len(networks)} networks.")
    return task


def _size(net: Classifier, inputs: Inputs) -> tuple[int, ...]:
    if net.ndim != len(inputs.first.values.shape) - 1:
        raise ModelError(f"{net.name} takes no {inputs.kind.name}; choose another network")
    return tuple(predictions(net, inputs.first)[0].shape[2:])


def _start(task: ProfileTask) -> None:
    """Measure what is missing; what is there is kept."""
    jobs.job(NAME).collect()
    steps = profiles(
        task.networks,
        {name: task.inputs.items(net) for name, net in task.networks.items()},
        transform=task.transform,
        path=task.path,
        known=_measured(task.key).rows,
    )
    uses = {net.module_fingerprint for net in task.networks.values()}
    keep = partial(jobs.keep_outcome, name=NAME, key=task.key)
    jobs.start(NAME, steps, task, uses=uses, keep=keep)


def _failures(found: ProfileProgress | Profiles) -> None:
    if found.failures:
        with st.expander(
            f"What was skipped, and why: {len(found.failures)}", icon=":material/broken_image:"
        ):
            for failure in found.failures:
                st.markdown(f"- **{plain(failure.input)}**: {plain(failure.reason)}")


def _figure(task: ProfileTask, found: ProfileProgress | Profiles) -> None:
    table = means(found.rows)
    networks = [name for name in task.networks if (name, OURS) in table]
    levels = _levels(task)
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
    rates = {getattr(net.frontend, "rate", None) for net in task.networks.values()}
    st.caption(
        f"Bars: share of Σ\\|γ\\|. Diamonds: share of Σ\\|z\\|. {task.transform.title}, "
        f"{task.transform.levels} levels, {type(task.path).__name__}. Levels in the units of what the "
        f"first network receives."
        + (" The networks hear at different rates: a level is another octave." if len(rates) > 1 else "")
        + (" They receive inputs of different sizes." if len(_sizes(task)) > 1 else "")
    )  # fmt: skip
    offer_table(partial(profiles_csv, found.rows), "profiles.csv")


def _sizes(task: ProfileTask) -> set[object]:
    return {getattr(net.frontend, "size", None) for net in task.networks.values()}


def _levels(task: ProfileTask) -> dict[int, str]:
    """Names of the levels, coarse first."""
    layout = task.transform.layout(task.size)
    named = task.inputs.kind.units(next(iter(task.networks.values())), layout)
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
