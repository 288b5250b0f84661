"""A tree of wavelet bands, for any number of axes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor


class Band(NamedTuple):
    """One band: its level (1 = finest) and its orientation.

    The orientation is a word over {a, d}, one letter per spatial axis in array order: ``da`` is
    detail along the rows' axis (pywt: horizontal), ``ad`` along the columns' (vertical), ``dd``
    along both (diagonal). The word of only ``a`` is the approximation, which exists at the
    coarsest level alone.

    >>> str(Band(3, "da")), str(Band(3, "aa"))
    ('L3.da', 'approx')
    """

    level: int
    orientation: str

    @property
    def is_approx(self) -> bool:
        """Whether this is the approximation band."""
        return "d" not in self.orientation

    def __str__(self) -> str:
        return "approx" if self.is_approx else f"L{self.level}.{self.orientation}"


def orientations(ndim: int) -> tuple[str, ...]:
    """The 2^n − 1 detail orientations of n axes, in the order of their letters.

    >>> orientations(2)
    ('ad', 'da', 'dd')
    """
    return tuple("".join(word) for word in product("ad", repeat=ndim))[1:]


@dataclass(frozen=True, eq=False)
class Bands:
    """Wavelet coefficients, or anything laid out like them: attributions, masks, counts.

    Attributes:
        approx: the approximation band, (batch, channel, *space).
        details: one mapping per level, orientation → band; **coarsest first**.
    """

    approx: Float[Tensor, "b c *space"]
    details: tuple[Mapping[str, Tensor], ...]

    @property
    def levels(self) -> int:
        """The number of levels J."""
        return len(self.details)

    @property
    def ndim(self) -> int:
        """The number of spatial axes n."""
        return self.approx.ndim - 2

    def bands(self) -> Iterator[tuple[Band, Tensor]]:
        """Every band with its name: the approximation, then the details from coarse to fine."""
        yield Band(self.levels, "a" * self.ndim), self.approx
        for depth, detail in enumerate(self.details):
            for orientation, values in detail.items():
                yield Band(self.levels - depth, orientation), values

    def __getitem__(self, band: Band) -> Tensor:
        if band.is_approx:
            return self.approx
        return self.details[self.levels - band.level][band.orientation]

    def map(self, fn: Callable[..., Tensor], *others: "Bands") -> "Bands":
        """The pyramid of ``fn(band, *bands of the others)``, band by band."""
        return Bands(
            fn(self.approx, *(other.approx for other in others)),
            tuple(
                {
                    orientation: fn(
                        values, *(other.details[depth][orientation] for other in others)
                    )
                    for orientation, values in detail.items()
                }
                for depth, detail in enumerate(self.details)
            ),
        )

    def map_bands(self, fn: Callable[[Band, Tensor], Tensor]) -> "Bands":
        """Like :meth:`map` for a function that needs to know which band it is given."""
        return self.replaced({band: fn(band, values) for band, values in self.bands()})

    def replaced(self, bands: Mapping[Band, Tensor]) -> "Bands":
        """A pyramid of the same layout whose bands are taken from ``bands``."""
        return Bands(
            bands[Band(self.levels, "a" * self.ndim)],
            tuple(
                {
                    orientation: bands[Band(self.levels - depth, orientation)]
                    for orientation in detail
                }
                for depth, detail in enumerate(self.details)
            ),
        )
