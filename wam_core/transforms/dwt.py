"""The discrete wavelet transform and its adjoint; the only file that spells out 1-D, 2-D and 3-D.

ptwt answers in another shape for each number of axes. Here they are turned into one
:class:`~wam_core.bands.Bands`, and nothing else in the project knows of them.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Any, ClassVar, get_args

import ptwt
import pywt
import torch
from jaxtyping import Float
from ptwt.constants import BoundaryMode, WaveletDetailTuple2d
from torch import Tensor

from wam_core.bands import Band, BandInfo, Bands, Layout
from wam_core.errors import SettingsError, check_whole, warn_renamed
from wam_core.transforms.base import Transform

WAVELETS: tuple[str, ...] = tuple(pywt.wavelist(kind="discrete"))
BOUNDARIES: tuple[BoundaryMode, ...] = ("reflect", "symmetric", "zero", "periodic", "constant")
assert set(BOUNDARIES) == set(get_args(BoundaryMode))

# One convolution with the joint kernel of L^n taps, or n passes with L taps each: the same bands.
# The joint kernel has less overhead until it grows too large (measured on 2 cores: haar at 224²
# 2.1 against 6.5 ms an adjoint, db10 58 against 13 ms; db4 at 64³ 63 against 28 ms).
_LARGEST_JOINT_KERNEL = 128
_JOINT: Mapping[int, tuple[Callable[..., Any], Callable[..., Any]]] = {
    1: (ptwt.wavedec, ptwt.waverec),
    2: (ptwt.wavedec2, ptwt.waverec2),
    3: (ptwt.wavedec3, ptwt.waverec3),
}
_SEPARABLE: Mapping[int, tuple[Callable[..., Any], Callable[..., Any]]] = {
    1: _JOINT[1],
    2: (ptwt.fswavedec2, ptwt.fswaverec2),
    3: (ptwt.fswavedec3, ptwt.fswaverec3),
}


def _named(detail: Any) -> dict[str, Tensor]:
    """ptwt's details of one level → orientation words in the order of their letters."""
    if isinstance(detail, Tensor):
        return {"d": detail}
    if isinstance(detail, WaveletDetailTuple2d):
        return {"ad": detail.vertical, "da": detail.horizontal, "dd": detail.diagonal}
    return {word: detail[word] for word in sorted(detail)}


def _unnamed(detail: Mapping[str, Tensor], *, joint: bool) -> Any:
    """The inverse of :func:`_named`."""
    if len(detail) == 1:
        return detail["d"]
    if len(detail) == 3 and joint:
        return WaveletDetailTuple2d(detail["da"], detail["ad"], detail["dd"])
    return dict(detail)


@dataclass(frozen=True)
class DiscreteWaveletTransform(Transform):
    """A J-level discrete wavelet transform W of n spatial axes, and its synthesis W⁻¹.

    Both are linear, and W⁻¹(W(x)) = x. Level 1 is the finest.

    Args:
        wavelet: a discrete wavelet of pywt (``haar``, ``db4``, ``bior4.4``, …).
        levels: J ≥ 1; at most :meth:`max_levels` of the signal's size.
        ndim: the number of spatial axes n: 1 sound, 2 image, 3 volume.
        boundary: how a signal is continued beyond its edges: ``reflect``, ``symmetric``,
            ``zero``, ``periodic`` or ``constant`` (the edge value repeated), as in pywt.

    Raises:
        SettingsError: a wavelet, boundary or number of levels or axes that does not exist.

    >>> transform = DiscreteWaveletTransform("haar", 3, ndim=2)
    >>> z = transform.analyse(torch.ones(1, 1, 20, 33))
    >>> transform.synthesise(z, (20, 33)).shape
    torch.Size([1, 1, 20, 33])
    """

    name: ClassVar[str] = "dwt"
    wavelet: str = "haar"
    levels: int = 3
    ndim: int = 2
    boundary: str = "reflect"

    def __post_init__(self) -> None:
        check_whole(levels=self.levels, ndim=self.ndim)
        if self.wavelet not in WAVELETS:
            raise SettingsError(
                f"wavelet {self.wavelet!r} is unknown; the {len(WAVELETS)} discrete wavelets of "
                f"pywt are accepted, such as haar, db4, sym8, coif2, bior4.4"
            )
        if self.ndim not in _JOINT:
            raise SettingsError(
                f"{self.ndim} axes: 1 (sound), 2 (image) or 3 (volume) are accepted"
            )
        if self.boundary not in BOUNDARIES:
            raise SettingsError(
                f"padding {self.boundary!r} is unknown; accepted: {', '.join(BOUNDARIES)}"
            )
        if self.levels < 1:
            raise SettingsError(f"levels is {self.levels}; at least 1 is needed")

    def max_levels(self, size: Sequence[int]) -> int:
        """The largest J at which every axis of ``size`` is still as long as the filter − 1."""
        return int(pywt.dwtn_max_level(tuple(size), self._filters))

    def check(self, size: Sequence[int]) -> None:
        """Raise a SettingsError that names the maximum if ``size`` is too small for J levels."""
        if len(size) != self.ndim:
            raise SettingsError(f"the transform has {self.ndim} axes, the signal {len(size)}")
        if self.levels > (most := self.max_levels(size)):
            extent = " × ".join(map(str, size))
            raise SettingsError(
                f"{self.levels} levels of {self.wavelet} do not fit a signal of {extent}: "
                + (f"the maximum is {most}" if most else "it is too small for even one level")
            )

    def analyse(self, x: Float[Tensor, "b c *space"]) -> Bands:
        """The coefficients z = W(x); float32 or float64.

        Raises:
            SettingsError: the signal is too small for J levels, or has another number of axes.
        """
        layout = self.layout(x.shape[2:])
        with _full_precision(x):
            approx, *details = self._family[0](
                x, self._filters, mode=self.boundary, level=self.levels
            )
        return Bands(approx, tuple(map(_named, details)), layout)

    def synthesise(self, z: Bands, size: tuple[int, ...]) -> Float[Tensor, "b c *space"]:
        """The signal W⁻¹(z), cropped to ``size``: the extent along each spatial axis."""
        joint = self._family is _JOINT[self.ndim]
        details = [_unnamed(detail, joint=joint) for detail in z.details]
        with _full_precision(z.approx):
            x: Tensor = self._family[1]((z.approx, *details), self._filters)
        for axis, extent in enumerate(size, start=2):
            x = x.narrow(axis, 0, extent)
        return x

    def adjoint(self, g: Float[Tensor, "b c *space"]) -> Bands:
        """The transpose A of the synthesis: ⟨W⁻¹ z, g⟩ = ⟨z, A g⟩ for every z.

        A takes a gradient with respect to x to the gradient with respect to z (the chain rule of
        eq. 1). The transpose of filling up and filtering is filtering with the mirrored filters and
        thinning out, so A is itself an analysis: with the synthesis filters, and nothing beyond
        the edges, whatever the padding of W. It is not W, unless the wavelet is orthogonal and the
        padding zero. Bit for bit the vector-Jacobian product of :meth:`synthesise`, in a third of
        the time.
        """
        layout = self.layout(g.shape[2:])
        with _full_precision(g):
            approx, *details = self._family[0](
                g.detach(), self._transposed, mode="zero", level=self.levels
            )
        return Bands(approx, tuple(map(_named, details)), layout)

    @property
    def filters(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The two lists of numbers that analysis slides along a signal: low-pass, then high-pass.

        >>> [[round(number, 3) for number in taps] for taps in DiscreteWaveletTransform("haar").filters]
        [[0.707, 0.707], [-0.707, 0.707]]
        """
        return tuple(self._filters.dec_lo), tuple(self._filters.dec_hi)

    @property
    def choices(self) -> dict[str, Any]:
        """Wavelet, levels and padding."""
        return {"wavelet": self.wavelet, "levels": self.levels, "padding": self.boundary}

    @property
    def title(self) -> str:
        """The wavelet."""
        return self.wavelet

    def layout(self, size: Sequence[int]) -> Layout:
        """Every band: level j describes structures of 2^j samples, in the octave below 2^(1−j).

        Filters longer than haar's need (L − 2) samples beyond the edge at each level, so a band
        holds more than size / 2^level coefficients, and starts before the signal.

        >>> layout = DiscreteWaveletTransform("db2", 2, ndim=1).layout([20])
        >>> info = layout[Band(2, "d")]
        >>> info.shape, info.scale, info.frequency, info.step, info.start
        ((7,), 4.0, (0.25, 0.5), (4,), (-3,))
        """
        self.check(size)
        return _layout(self, tuple(size))

    def lag(self, level: int) -> int:
        """How far a level starts before the signal, in samples, as version 0.1 said it."""
        warn_renamed("DiscreteWaveletTransform.lag", "-layout(size)[band].start[0]", stacklevel=2)
        return int((2**level - 1) * (self._filters.dec_len // 2 - 1))

    @cached_property
    def _filters(self) -> Any:
        return pywt.Wavelet(self.wavelet)

    @cached_property
    def _transposed(self) -> Any:
        """The wavelet whose analysis filters are the synthesis filters of this one, mirrored."""
        bank = self._filters
        return pywt.Wavelet(
            f"transposed {self.wavelet}",
            filter_bank=(
                bank.rec_lo[::-1],
                bank.rec_hi[::-1],
                bank.dec_lo[::-1],
                bank.dec_hi[::-1],
            ),
        )

    @cached_property
    def _family(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        small = self._filters.dec_len**self.ndim <= _LARGEST_JOINT_KERNEL
        return _JOINT[self.ndim] if small else _SEPARABLE[self.ndim]


def _full_precision(x: Tensor) -> contextlib.AbstractContextManager[None]:
    """On CUDA, keep cuDNN from rounding the filters to TF32: reconstruction would lose 1e-3."""
    if x.is_cuda:
        return torch.backends.cudnn.flags(enabled=True, allow_tf32=False)
    return contextlib.nullcontext()


@lru_cache(256)
def _layout(transform: DiscreteWaveletTransform, size: tuple[int, ...]) -> Layout:
    infos: list[BandInfo] = []
    shape = size
    overhang = int(transform._filters.dec_len - 2) // 2
    for level in range(1, transform.levels + 1):
        step = 2**level
        shape = tuple(
            pywt.dwt_coeff_len(n, transform._filters.dec_len, transform.boundary) for n in shape
        )
        grid = ((step,) * transform.ndim, (-(step - 1) * overhang,) * transform.ndim)
        words = ["".join(word) for word in product("ad", repeat=transform.ndim)]
        details = [
            BandInfo(Band(level, word), shape, float(step), (1 / step, 2 / step), *grid)
            for word in words[1:]
        ]
        infos = details + infos
    approx = BandInfo(Band(transform.levels, words[0]), shape, float(step), (0.0, 1 / step), *grid)
    return Layout(size, [approx, *infos])
