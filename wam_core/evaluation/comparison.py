"""One explanation put to the test: the ranking that is shown beside its controls, as steps."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.domain import Domain, Wavelet
from wam_core.engine import Progress, explain_steps
from wam_core.evaluation.curve import clipped, insert, logarithmic
from wam_core.evaluation.grid import COARSE, FORWARD, PASS, Grid, Tried, tried
from wam_core.evaluation.methods import Question, Settings, method
from wam_core.evaluation.metrics import Measured
from wam_core.evaluation.ranking import magnitude
from wam_core.evaluation.study import wrong_class
from wam_core.steps import map_steps

SHOWN, ENERGY, CHANCE = "shown", "control-z", "random"
OURS = "wam-path"
"""Names of rankings: the explanation's own |γ|, and those of :data:`METHODS`."""


@dataclass(frozen=True)
class Entry:
    """A ranking in a trial: a name, and the seed of one that is drawn."""

    name: str
    seed: int = 0


@dataclass(frozen=True)
class Trying:
    """Where a trial is: its cost so far and in all, in passes forward, and the ranking in work."""

    done: int
    total: int
    entry: Entry


Trial = Generator[Trying, None, Mapping[Entry, Tried]]


def cost(entries: Sequence[Entry], grid: Grid, samples: int) -> int:
    """How many passes forward a trial takes, or as much as that many; for estimates."""
    return sum(grid.cost + _asking(entry.name, samples) for entry in entries)


def comparison(
    classifier: Classifier,
    result: WaveletAttribution,
    entries: Sequence[Entry],
    grid: Grid = COARSE,
    *,
    samples: int = 25,
    micro_batch: int = 8,
) -> Trial:
    """Insertion and deletion curves of several rankings of one input, as a generator of steps.

    Args:
        classifier: the network that was explained.
        result: the explanation. Its own ranking, :data:`SHOWN`, is that of |γ| as it is, each
            channel's coefficients for themselves; nothing is explained anew.
        entries: the rankings; besides the shown one, wavelet methods of :data:`METHODS`.
        grid: the shares.
        samples: passes of a ranking that asks the network.
        micro_batch: shares at a time.

    Raises:
        SettingsError: an unknown ranking.
    """
    total, done = cost(entries, grid, samples), 0
    found: dict[Entry, Tried] = {}
    for entry in entries:
        settings = Settings(transform=result.transform, samples=samples, seed=entry.seed)
        about = Question(classifier, result.input, result.target.index, settings)
        found[entry] = yield from map_steps(
            _tried(about, result, entry, grid, micro_batch), partial(_trying, done, total, entry)
        )
        done += cost([entry], grid, samples)
    return found


def wrong_class_control(
    classifier: Classifier, result: WaveletAttribution, grid: Grid = COARSE
) -> Generator[Progress | Trying, None, Measured]:
    """The wrong-class control: what the same variant makes of the input when asked for another class.

    Costs an explanation and a curve over the logarithmic shares.
    """
    index = result.target.index
    wrong = wrong_class(result.provenance.input_name, index, result.probabilities[0])
    asked = yield from explain_steps(
        classifier, result.input, wrong, transform=result.transform, path=result.path
    )
    domain = Wavelet(result.transform)
    curve = yield from map_steps(
        insert(
            clipped(classifier),
            result.input,
            domain,
            magnitude(domain.rows(asked.attribution)),
            logarithmic(grid.points),
        ),
        lambda step: Trying(step.done, step.total, Entry(SHOWN)),
    )
    return Measured(index, float(result.probabilities[0, index]), wrong=(wrong, curve))


def _asking(name: str, samples: int) -> int:
    """What a ranking itself costs, in passes forward."""
    return 0 if name == SHOWN else PASS * method(name).passes(samples)


def _trying(done: int, total: int, entry: Entry, spent: int) -> Trying:
    return Trying(done + spent, total, entry)


def _tried(
    about: Question, result: WaveletAttribution, entry: Entry, grid: Grid, micro_batch: int
) -> Generator[int, None, Tried]:
    """One ranking with its curves; yields what it has cost so far, in passes forward."""
    asking = _asking(entry.name, about.settings.samples)
    domain: Domain
    if entry.name == SHOWN:
        own = Wavelet(result.transform)
        domain, strength = own, magnitude(own.rows(result.attribution))
    else:
        known = method(entry.name)
        domain = known.domain(about.settings)
        strength = yield from map_steps(
            known.steps(about),
            # controls have nothing to say of how far they are
            lambda step: 0 if step is None else asking * step.done // step.total,
        )
    found = yield from map_steps(
        tried(about, domain, strength, grid, micro_batch=micro_batch),
        lambda step: asking + 2 * FORWARD * step.done,
    )
    return found
