"""The scale profiles of several networks over a set of inputs, each beside that of the inputs themselves.

The share of |z| at a level is the control: it has no network in it. Networks that receive the same
pictures have the same control, and what differs between their profiles is theirs.
"""

import csv
import io
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.engine import Progress, explain_steps
from wam_core.errors import NumericalError, SettingsError, WamError
from wam_core.evaluation.report import Interval, bootstrap
from wam_core.evaluation.study import Failure, Item
from wam_core.path import Path
from wam_core.steps import map_steps
from wam_core.transforms import Transform
from wam_core.views import level_profile, profile

OURS, ENERGY = "attribution", "control-z"
"""What is divided among the levels: Σ|γ|, or Σ|z|."""

APPROX = 0
"""Stands for the approximation among the levels."""


class Row(NamedTuple):
    """One number: what the table of all numbers holds.

    Attributes:
        level: 1 = finest; :data:`APPROX` for the approximation.
        share: 0 … 1; those of all levels add up to 1.
    """

    input: str
    network: str
    of: str
    level: int
    share: float


@dataclass(frozen=True, eq=False)
class ProfileProgress:
    """Where it is.

    Attributes:
        done, total: inputs times networks.
        input, network: in work.
        part: of that pair, 0 … 1.
        rows, failures: so far.
    """

    done: int
    total: int
    input: str
    network: str
    part: float
    rows: tuple[Row, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class Profiles:
    """All that was measured, and pairs of input and network that could not be."""

    rows: tuple[Row, ...]
    failures: tuple[Failure, ...]


def profiles(
    networks: Mapping[str, Classifier],
    items: Mapping[str, Sequence[Item]],
    *,
    transform: Transform,
    path: Path,
    known: Iterable[Row] = (),
) -> Generator[ProfileProgress, None, Profiles]:
    """Explain every input with every network and note the shares of the levels; yields as it goes.

    An input that cannot be read or explained is named and skipped, for one network or for all.

    Args:
        networks: by the name that rows bear.
        items: by the same names; the same inputs in the same order, as each network has its own
            classes.
        transform: the same for all, so that levels can be compared.
        path: the variant.
        known: rows of pairs that were measured before; they are kept and not measured again.

    Raises:
        SettingsError: fewer than one network, or other names than the items'.
    """
    if not networks or set(networks) != set(items):
        raise SettingsError(
            f"networks {sorted(networks)} and items for {sorted(items)}; the same names are needed"
        )
    rows, failures = list(known), list[Failure]()
    finished = {(row.input, row.network) for row in rows}
    total, done = sum(map(len, items.values())), 0
    for turn in zip(*(items[name] for name in networks), strict=True):
        for (name, net), item in zip(networks.items(), turn, strict=True):
            if (item.name, name) not in finished:
                here = ProfileProgress(
                    done, total, item.name, name, 0.0, tuple(rows), tuple(failures)
                )
                try:
                    steps = explain_steps(
                        net, item.read(), item.label, transform=transform, path=path
                    )
                    result = yield from map_steps(steps, partial(_further, here))
                    rows += _rows(item.name, name, result)
                except WamError as error:
                    failures.append(Failure(item.name, f"{name}: {error}"))
            done += 1
            yield ProfileProgress(done, total, item.name, name, 0.0, tuple(rows), tuple(failures))
    return Profiles(tuple(rows), tuple(failures))


def _further(here: ProfileProgress, step: Progress) -> ProfileProgress:
    return ProfileProgress(
        here.done, here.total, here.input, here.network, step.done / step.total, here.rows, here.failures
    )  # fmt: skip


def _rows(name: str, network: str, result: WaveletAttribution) -> list[Row]:
    if result.is_zero:
        raise NumericalError("no signal: the gradient is zero everywhere, so there are no shares")
    return [
        Row(name, network, of, APPROX if level is None else level, share)
        for of, pyramid in ((OURS, result.attribution), (ENERGY, result.coefficients))
        for level, share in level_profile(profile(pyramid)).items()
    ]


def means(rows: Iterable[Row]) -> dict[tuple[str, str], dict[int, Interval]]:
    """By network and what is divided: the mean share of every level, coarse first, with its interval."""
    values: dict[tuple[str, str], dict[int, list[float]]] = {}
    for row in rows:
        by_level = values.setdefault((row.network, row.of), {})
        by_level.setdefault(row.level, []).append(row.share)
    return {
        which: {level: bootstrap(by_level[level]) for level in sorted(by_level, key=_coarse_first)}
        for which, by_level in values.items()
    }


def centres(rows: Iterable[Row], of: str = OURS) -> dict[str, dict[str, float]]:
    """By network and input: the mean level, each weighted by its share; larger is coarser.

    One level is one doubling of size. The approximation counts as one level above the coarsest.
    """
    shares: dict[str, dict[str, dict[int, float]]] = {}
    for row in rows:
        if row.of == of:
            shares.setdefault(row.network, {}).setdefault(row.input, {})[row.level] = row.share
    return {
        network: {
            name: sum(
                share * (level if level != APPROX else max(by_level) + 1)
                for level, share in by_level.items()
            )
            for name, by_level in by_input.items()
        }
        for network, by_input in shares.items()
    }


def shifts(rows: Iterable[Row], reference: str, of: str = OURS) -> dict[str, Interval]:
    """By how many levels every other network lies coarser than the reference, input by input."""
    every = centres(rows, of)
    base = every.get(reference, {})
    return {
        network: bootstrap([centre[name] - base[name] for name in sorted(centre.keys() & base)])
        for network, centre in every.items()
        if network != reference
    }


def profiles_csv(rows: Iterable[Row]) -> str:
    """input, network, of, level, share; every digit."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(Row._fields)
    table.writerows((*row[:4], repr(row.share)) for row in rows)
    return out.getvalue()


def _coarse_first(level: int) -> tuple[bool, int]:
    return level != APPROX, -level
