"""Bands of coefficients, and where they lie on the input's grid, for any number of axes."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor


class Band(NamedTuple):
    """One band: its level (1 = finest) and its orientation.

    The orientation of a separable wavelet is a word over {a, d}, one letter per spatial axis in
    array order: ``da`` is detail along the rows' axis (pywt: horizontal), ``ad`` along the columns'
    (vertical), ``dd`` along both (diagonal). Other transforms may have other words, such as angles.
    The word of only ``a`` is the approximation, which exists at the coarsest level alone.

    >>> str(Band(3, "da")), str(Band(3, "aa"))
    ('L3.da', 'approx')
    """

    level: int
    orientation: str

    @property
    def is_approx(self) -> bool:
        """Whether this is the approximation band."""
        return not self.orientation.strip("a")

    def __str__(self) -> str:
        return "approx" if self.is_approx else f"L{self.level}.{self.orientation}"


def orientations(ndim: int) -> tuple[str, ...]:
    """The 2^n − 1 detail orientations of n axes, in the order of their letters.

    >>> orientations(2)
    ('ad', 'da', 'dd')
    """
    return tuple("".join(word) for word in product("ad", repeat=ndim))[1:]


@dataclass(frozen=True)
class BandInfo:
    """What a band describes, and where its coefficients lie on the input's grid.

    Attributes:
        band: its name.
        shape: coefficients along each spatial axis.
        scale: the size of the structures it describes, in samples.
        frequency: the interval it stands for along its detail axes (along all axes, of the
            approximation), as shares of the Nyquist frequency. No filter cuts sharply.
        step: samples from one coefficient to the next, along each axis.
        start: where the first coefficient's samples begin, along each axis; not above 0, as filters
            may need samples before the signal.
    """

    band: Band
    shape: tuple[int, ...]
    scale: float
    frequency: tuple[float, float]
    step: tuple[int, ...]
    start: tuple[int, ...]

    @property
    def orientation(self) -> str:
        """A word over {a, d}, or an angle in degrees."""
        return self.band.orientation

    def footprint(self, index: Sequence[int]) -> tuple[slice, ...]:
        """The samples that a coefficient stands for; outside of the signal where filters reach there.

        >>> info = BandInfo(Band(2, "d"), (5,), 4.0, (0.25, 0.5), (4,), (-3,))
        >>> info.footprint([0]), info.footprint([2])
        ((slice(-3, 1, None),), (slice(5, 9, None),))
        """
        corners = [
            at * step + start for at, step, start in zip(index, self.step, self.start, strict=True)
        ]
        return tuple(slice(at, at + step) for at, step in zip(corners, self.step, strict=True))

    @property
    def first(self) -> tuple[float, ...]:
        """The middle of the first coefficient's samples, along each axis."""
        return tuple(at + (step - 1) / 2 for at, step in zip(self.start, self.step, strict=True))

    def centres(self, axis: int = 0) -> Float[Tensor, " n"]:
        """The middle of each coefficient's samples along an axis, as sample numbers; float64.

        >>> BandInfo(Band(1, "d"), (3,), 2.0, (0.5, 1.0), (2,), (0,)).centres()
        tensor([0.5000, 2.5000, 4.5000], dtype=torch.float64)
        """
        places = torch.arange(self.shape[axis], dtype=torch.float64)
        return places * self.step[axis] + self.first[axis]

    def hertz(self, rate: float) -> tuple[float, float]:
        """:attr:`frequency` of a signal with ``rate`` samples per second, in Hz."""
        low, high = self.frequency
        return low * rate / 2, high * rate / 2


class Layout(Mapping[Band, BandInfo]):
    """Every band of a signal of one size, in the order of :meth:`Bands.bands`.

    Args:
        size: the extent of the signal along each spatial axis.
        infos: its bands, the approximation first, then from coarse to fine.
    """

    def __init__(self, size: Sequence[int], infos: Sequence[BandInfo]) -> None:
        self.size = tuple(size)
        self._infos = {info.band: info for info in infos}

    def __getitem__(self, band: Band) -> BandInfo:
        return self._infos[band]

    def __iter__(self) -> Iterator[Band]:
        return iter(self._infos)

    def __len__(self) -> int:
        return len(self._infos)

    def level(self, level: int) -> BandInfo:
        """A band of a level; all of one level have one scale and one frequency interval.

        Raises:
            KeyError: there is no such level.
        """
        for band, info in self._infos.items():
            if band.level == level and not band.is_approx:
                return info
        raise KeyError(f"there is no level {level}")

    @property
    def approx(self) -> BandInfo:
        """The approximation."""
        return next(info for band, info in self._infos.items() if band.is_approx)

    @property
    def coefficients(self) -> int:
        """Their number, over all bands, of one channel."""
        return sum(math.prod(info.shape) for info in self._infos.values())


@dataclass(frozen=True, eq=False, repr=False)
class Bands(Mapping[Band, Tensor]):
    """Wavelet coefficients, or anything laid out like them: attributions, masks, counts.

    A mapping from :class:`Band` to tensor, the approximation first, then the details from coarse to
    fine. Two are equal only where they are the same object, as with tensors.

    Attributes:
        approx: the approximation band, (batch, channel, *space).
        details: one mapping per level, orientation → band; **coarsest first**.
        layout: what the bands describe and where their coefficients lie, from the transform that
            made them; None where they were put together by hand.

    >>> z = Bands(torch.zeros(1, 1, 4), ({"d": torch.ones(1, 1, 4)},))
    >>> len(z), [str(band) for band in z], Band(1, "d") in z, Band(2, "d") in z
    (2, ['approx', 'L1.d'], True, False)
    """

    approx: Float[Tensor, "b c *space"]
    details: tuple[Mapping[str, Tensor], ...]
    layout: Layout | None = None

    @classmethod
    def of(cls, values: Mapping[Band, Tensor], layout: Layout | None = None) -> "Bands":
        """Of tensors by band, in the order of :meth:`bands`."""
        details: dict[int, dict[str, Tensor]] = {}
        for band, tensor in values.items():
            if not band.is_approx:
                details.setdefault(band.level, {})[band.orientation] = tensor
        (approx,) = (tensor for band, tensor in values.items() if band.is_approx)
        return cls(approx, tuple(details.values()), layout)

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
        for name, values in self.bands():
            if name == band:
                return values
        raise KeyError(f"there is no band {band}; there are {', '.join(map(str, self))}")

    def __iter__(self) -> Iterator[Band]:
        return (band for band, _ in self.bands())

    def __len__(self) -> int:
        return 1 + sum(map(len, self.details))

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        batch, channels = self.approx.shape[:2]
        return f"<Bands: {len(self)} of {self.levels} levels, batch {batch}, {channels} channels>"

    def map(self, fn: Callable[..., Tensor], *others: "Bands") -> "Bands":
        """Bands of ``fn(band, *bands of the others)``, band by band."""
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
            self.layout,
        )

    def map_bands(self, fn: Callable[[Band, Tensor], Tensor]) -> "Bands":
        """Like :meth:`map` for a function that needs to know which band it is given."""
        return self.replaced({band: fn(band, values) for band, values in self.bands()})

    def replaced(self, bands: Mapping[Band, Tensor]) -> "Bands":
        """Bands of the same layout, whose values are taken from ``bands``."""
        return Bands(
            bands[Band(self.levels, "a" * self.ndim)],
            tuple(
                {
                    orientation: bands[Band(self.levels - depth, orientation)]
                    for orientation in detail
                }
                for depth, detail in enumerate(self.details)
            ),
            self.layout,
        )


def ranks(strength: Float[Tensor, "b *features"]) -> Int[Tensor, "b *features"]:
    """The place of every feature of a sample in the order of decreasing strength, 0 = strongest.

    The one order of this package: masks, curves and insertion paths all use it. Of equal features
    the one with the lower index is first, that is the coarser band, then the earlier position. A
    mask or a curve has to switch an exact number of features, and the same ones on every device,
    so ties have to be broken, and the index is the only thing left to break them by.

    :class:`~wam_core.path_signed.PathSigned` alone keeps equal coefficients together, on purpose: its
    points need no exact number, and an attribution must not depend on the index. Otherwise two
    equal coefficients at mirrored positions would get different gradients.

    >>> ranks(torch.tensor([[1.0, 3.0, 1.0, 2.0]])).tolist()
    [[2, 0, 3, 1]]
    """
    order = strength.flatten(1).argsort(dim=1, descending=True, stable=True)
    places = torch.empty_like(order)
    places.scatter_(1, order, torch.arange(order.shape[1], device=order.device).expand_as(order))
    return places.view(strength.shape)
