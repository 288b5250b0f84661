"""Build-up: an input from its strongest coefficients, 0.1 % to all of them, and its probabilities.

The curve is the insertion curve of the evaluation pipeline at these shares: the same ranking, the
same ties, the same clipping. Beside it is the curve of the magnitude baseline |z|.
"""

from collections.abc import Generator
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.evaluation.controls import ENERGY, own_ranking, question_of
from wam_core.evaluation.curves import Curve, Shares, clipped
from wam_core.evaluation.methods import method
from wam_core.evaluation.metrics import first_place
from wam_core.evaluation.pipeline import Grid, insertion
from wam_core.steps import map_steps, run_to_end

STOPS = 24
"""Shares, evenly spaced in the logarithm from a thousandth to all."""

_MICRO_BATCH = 4


@dataclass(frozen=True, eq=False)
class BuildUp:
    """Class probabilities while an input is built up.

    Attributes:
        index: the class that was explained.
        attribution: the insertion curve of |γ|.
        baseline: the insertion curve of |z|, at the same shares.
    """

    index: int
    attribution: Curve
    baseline: Curve

    @property
    def shares(self) -> Shares:
        """Of the coefficients, ascending to 1."""
        return self.attribution.shares

    def first(self, curve: Curve) -> int | None:
        """The first stop at which the class is the prediction; None where it never is."""
        return first_place(curve, self.index, keeps=True)


@dataclass(frozen=True, eq=False)
class BuildUpStep:
    """One micro-batch.

    Attributes:
        done, total: in passes forward.
        inputs: what the network received at the stops of this micro-batch, ascending; None while
            the baseline is measured.
    """

    done: int
    total: int
    inputs: Float[Tensor, "k c *space"] | None = None


def build_up_steps(
    classifier: Classifier,
    result: WaveletAttribution,
    *,
    stops: int = STOPS,
    micro_batch: int = _MICRO_BATCH,
) -> Generator[BuildUpStep, None, BuildUp]:
    """Both curves, as a generator of steps: a pass forward for each stop and ranking.

    The inputs of all stops of |γ| come with the steps, so that they are not computed twice and not
    all held at once.

    Args:
        classifier: the network that was explained.
        result: the explanation, of one input.
        stops: how many shares, at least 2.
        micro_batch: twice as many shares at a time.

    Raises:
        SettingsError: fewer than 2 stops.
    """
    grid, about, score = Grid(points=stops), question_of(classifier, result), clipped(classifier)
    domain, own = own_ranking(result)
    magnitudes = run_to_end(method(ENERGY).steps(about))
    received: list[Tensor] = []

    def noted(x: Tensor) -> Tensor:
        received.append(classifier.clip(x).detach())
        return score(x)

    attribution = yield from map_steps(
        insertion(about, domain, own, grid, noted, micro_batch=micro_batch),
        lambda step: BuildUpStep(step.done, 2 * stops, received.pop()),
    )
    baseline = yield from map_steps(
        insertion(about, domain, magnitudes, grid, score, micro_batch=micro_batch),
        lambda step: BuildUpStep(stops + step.done, 2 * stops),
    )
    return BuildUp(result.target.index, attribution, baseline)
