"""The protocol of a variant of the method: weighted points in input space."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, NamedTuple, TypeVar

from jaxtyping import Float
from torch import Tensor

from wam_core.bands import Bands
from wam_core.targets import Wanted
from wam_core.transforms import Transform

Point = tuple[Tensor, float]
P = TypeVar("P", bound="Path")


class Line(NamedTuple):
    """A straight line in input space that ``steps`` successive points run along."""

    start: Tensor
    end: Tensor
    steps: int
    share: float = 1.0  # of this line in the mean over all lines


class Path(ABC):
    """Weighted points in input space; what is not said otherwise is as for a mean gradient."""

    kind: ClassVar[str]

    @property
    @abstractmethod
    def length(self) -> int:
        """The number of points: forward and backward passes of the network."""

    @abstractmethod
    def points(
        self, x: Float[Tensor, "b c *space"], black: Float[Tensor, "b c *space"]
    ) -> Iterator[Point]:
        """The points x_k, each shaped like ``x``, and their weights w_k."""

    def fits(self, transform: Transform) -> bool:
        """Whether an explanation by this transform may go along these points."""
        return True

    def members(self: P, chosen: slice, shape: Sequence[int]) -> P:
        """The path of some inputs of a batch of a shape, where it holds something for each."""
        return self

    def joined(self, others: "Sequence[Path]", sizes: Sequence[int]) -> "Path | None":
        """One path for this batch and others, of these sizes; None where theirs are not alike."""
        return self if all(path == self for path in others) else None

    def asks(self, wanted: Wanted) -> Wanted:
        """What is differentiated where somebody wants this explained: the same, a logit."""
        return wanted

    def origin(
        self, x: Float[Tensor, "b c *space"], black: Float[Tensor, "b c *space"]
    ) -> Float[Tensor, "b c *space"] | None:
        """The baseline x₀ that the path starts from, or None for a path without a start."""
        return None

    def lines(
        self, x: Float[Tensor, "b c *space"], black: Float[Tensor, "b c *space"]
    ) -> Iterator[Line] | None:
        """The lines that the points run along, from start to end, in the order of the points.

        None: the points lie on no line, and there is nothing to integrate along.
        """
        return None

    def halves(self) -> Iterator[float] | None:
        """The weights w'_k of a second answer that half of the points give; they add up to about ½.

        How far the two answers are apart says how good the first is (:mod:`wam_core.averaging`). None:
        half of these points give no such answer.
        """
        return None

    def ended(self, done: int, error: Callable[[], float]) -> "Path | None":
        """The path that stops after ``done`` points, where that is enough; None: go on.

        Args:
            done: the points so far.
            error: computes how far the mean so far is from its limit, relative to itself.
        """
        return None

    @property
    def measure(self) -> Callable[[Bands], Bands] | None:
        """What is averaged in place of each point's gradient; None: the gradient itself."""
        return None

    def finish(self, gradient: Bands, travelled: Callable[[], Bands]) -> Bands:
        """The attribution, from the mean gradient.

        Args:
            gradient: its mean over the points.
            travelled: computes z − z₀; z itself for a path without a start.
        """
        return gradient
