"""Scale profiles of several networks as a job: what is asked, and what was measured so far."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import streamlit as st

from app.components import jobs
from app.components.explanation import estimate
from app.components.model_picker import choose_networks, predictions
from app.components.settings import choose_path, choose_scales
from app.components.study_inputs import Inputs, choose_inputs
from app.session import plain
from wam_core import Classifier
from wam_core.errors import ModelError, WamError
from wam_core.evaluation.scales import ProfileProgress, Profiles, profiles
from wam_core.path import Path
from wam_core.paths import settings
from wam_core.transforms import Transform

NAME = "profiles"


@dataclass(frozen=True, eq=False)
class Asked:
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
        there = {(row.input, row.network) for row in measured(self.key).rows}
        return sum(
            (source.name, name) not in there
            for source in self.inputs.sources
            for name in self.networks
        )


def measured(key: str) -> ProfileProgress | Profiles:
    """What was measured under a key so far."""
    found: ProfileProgress | Profiles = jobs.found(NAME, key) or Profiles((), ())
    return found


def pieces(step: ProfileProgress) -> int:
    """How many numbers there are for the page."""
    return len(step.rows)


def progress_text(step: ProfileProgress) -> tuple[float, str]:
    """For :func:`app.components.jobs.watch`."""
    words = f"{step.done} of {step.total} · {step.input} · {step.network}"
    return (step.done + step.part) / max(step.total, 1), words


def choose_profiles() -> Asked | None:
    """The sidebar, with its button. None, with the reason on screen, where nothing can be compared."""
    inputs = choose_inputs()
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
    asked = Asked(inputs, networks, transform, path, smallest)
    missing = asked.missing()
    pairs = len(inputs.sources) * len(networks)
    going_on = 0 < missing < pairs
    seconds = asked.seconds * missing / max(pairs, 1)
    busy = jobs.job(NAME).is_running and jobs.job(NAME).request.key == asked.key
    if st.button(
        f"{'Go on' if going_on else 'Measure'} · {jobs.duration(seconds)}" if missing else "Measure",
        type="primary", width="stretch", icon=":material/play_arrow:", key="measure-profiles",
        disabled=busy or not missing,
    ):  # fmt: skip
        _start(asked)
        st.rerun()
    st.caption(f"{len(inputs.sources)} inputs × {len(networks)} networks.")
    return asked


def _size(net: Classifier, inputs: Inputs) -> tuple[int, ...]:
    if net.ndim != len(inputs.first.values.shape) - 1:
        raise ModelError(f"{net.name} takes no {inputs.kind.name}; choose another network")
    return tuple(predictions(net, inputs.first)[0].shape[2:])


def _start(asked: Asked) -> None:
    """Measure what is missing; what is there is kept."""
    jobs.job(NAME).collect()
    steps = profiles(
        asked.networks,
        {name: asked.inputs.items(net) for name, net in asked.networks.items()},
        transform=asked.transform,
        path=asked.path,
        known=measured(asked.key).rows,
    )
    uses = {net.fingerprint for net in asked.networks.values()}
    keep = partial(jobs.keep_outcome, name=NAME, key=asked.key)
    jobs.start(NAME, steps, asked, uses=uses, keep=keep)
