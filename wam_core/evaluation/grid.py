"""At which shares a network is asked about one ranking, and what is read off there."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor

from wam_core.domain import Domain
from wam_core.errors import SettingsError
from wam_core.evaluation.curve import Curves, Shares, Step, clipped, linear, logarithmic, perturb
from wam_core.evaluation.methods import Question
from wam_core.evaluation.metrics import Measured

FORWARD, PASS = 1, 3
"""What a pass forward costs, and one forward and back."""


@dataclass(frozen=True)
class Grid:
    """The shares at which the network is asked.

    Attributes:
        steps: of the linear curves; even, so that the half is among them.
        points: of the logarithmic curves.

    Raises:
        SettingsError: odd steps, or fewer than 2 of either.
    """

    steps: int = 16
    points: int = 13

    def __post_init__(self) -> None:
        if self.steps < 2 or self.steps % 2 or self.points < 2:
            raise SettingsError(
                f"steps is {self.steps} and points {self.points}; an even number of steps and at "
                "least 2 of both are needed"
            )

    @property
    def shares(self) -> Shares:
        """Both grids in one, ascending: what lies on both is asked once."""
        return np.union1d(linear(self.steps), logarithmic(self.points))

    @property
    def cost(self) -> int:
        """Of the curves in both directions, in passes forward."""
        return 2 * FORWARD * len(self.shares)


COARSE, FINE = Grid(), Grid(64, 25)
"""Quick to look at, and that of the tables."""


@dataclass(frozen=True, eq=False)
class Tried:
    """What the network says along one ranking.

    Attributes:
        curves: over all shares of the grid; probabilities.
        measured: the same on each grid for itself: what metrics are read off.
    """

    curves: Curves
    measured: Measured


def tried(
    about: Question,
    domain: Domain,
    strength: Float[Tensor, "k n"],
    grid: Grid,
    *,
    micro_batch: int = 8,
) -> Generator[Step, None, Tried]:
    """The curves of one ranking on both grids, as a generator of steps.

    Args:
        about: the network, the input and the class.
        domain: whose features are ranked.
        strength: of every feature.
        grid: the shares.
        micro_batch: shares at a time.
    """
    curves = yield from perturb(
        clipped(about.classifier),
        about.x,
        domain,
        strength,
        grid.shares,
        origin=about.origin,
        micro_batch=micro_batch,
    )
    sparse = curves.at(logarithmic(grid.points))
    measured = Measured(
        about.index,
        float(curves.deletion.of(about.index)[0]),  # without nothing: the input itself
        linear=curves.at(linear(grid.steps)),
        logarithmic=sparse.insertion,
        lost=sparse.deletion,
    )
    return Tried(curves, measured)
