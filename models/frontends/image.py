"""A picture → what a network receives: resized, cropped, normalised."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.errors import InputError, ModelError
from wam_core.signals import IMAGE, Signal
from wam_core.signals.image import to_pil

# A strip of 1 × 20,000 pixels would become 256 × 5,000,000 on its way to a square.
_MOST_RESIZED_PIXELS = 50_000_000
_LONGEST_SIDE = 4096


@dataclass(frozen=True)
class ImageFrontend:
    """timm's own evaluation transform, so that a network gets exactly what it was measured with.

    Attributes:
        size: what the network receives, (height, width) in pixels.
        mean: per channel, in units where 0 is black and 1 white; its length is the number of
            channels: three, or one for a network of grey pictures.
        std: likewise.
        interpolation: ``bicubic``, ``bilinear``, …
        crop_pct: the share of the resized picture's side that the crop keeps.
        crop_mode: ``center`` (shorter side resized, middle kept), ``squash`` (both sides resized,
            proportions lost) or ``border`` (longer side resized, the rest filled).

    >>> ImageFrontend((224, 224), mean=(0.5,) * 3, std=(0.5,) * 3).denormalize(-torch.ones(1, 3, 1, 1)).max()
    tensor(0.)
    """

    size: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str = "bicubic"
    crop_pct: float = 0.875
    crop_mode: str = "center"

    def __post_init__(self) -> None:
        """Raise a ModelError for a preprocessing that no picture could go through."""
        if len(self.size) != 2 or not all(0 < extent <= _LONGEST_SIDE for extent in self.size):
            raise ModelError(
                f"the network takes {self.size} pixels; a height and a width of "
                f"1 to {_LONGEST_SIDE} are accepted"
            )
        if len(self.mean) not in (1, 3) or len(self.std) != len(self.mean):
            raise ModelError(
                f"the network takes {len(self.mean)} channels, normalised by {len(self.std)} "
                "deviations; three (RGB) or one (grey) are accepted"
            )
        if not all(map(math.isfinite, self.mean)) or not all(
            0 < std < math.inf for std in self.std
        ):
            raise ModelError(
                f"the network's mean {self.mean} and standard deviation {self.std} must be finite, "
                "the latter above 0"
            )
        if not 0.1 <= self.crop_pct <= 10:
            raise ModelError(f"crop_pct is {self.crop_pct}; 0.1 to 10 is accepted")

    valid: ClassVar[tuple[float, float]] = (0.0, 1.0)

    @property
    def ndim(self) -> int:
        """Two: rows and columns."""
        return 2

    def prepare(self, signal: Signal) -> Float[Tensor, "1 c h w"]:
        """The picture resized, cropped and normalised.

        Raises:
            InputError: not an image, or so long and thin that resizing would fill the memory or leave nothing.
        """
        picture = to_pil(signal)
        height, width = self._resized(signal.size)
        if not 0 < height * width <= _MOST_RESIZED_PIXELS:
            raise InputError(
                f"{signal.name} is {_size(signal.size)} pixels: resized for this network it would "
                f"be {_size((height, width))}; crop it closer to {_size(self.size)} first"
            )
        x: Tensor = self._transform(picture.convert("L") if len(self.mean) == 1 else picture)
        return x.unsqueeze(0)

    def denormalize(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """0 = black, 1 = white; not clipped, as bicubic resizing and baselines may overshoot."""
        return x * self._per_channel(self.std, x) + self._per_channel(self.mean, x)

    def normalize(self, values: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """The inverse of :meth:`show`."""
        return (values - self._per_channel(self.mean, values)) / self._per_channel(self.std, values)

    def settings(self) -> Mapping[str, Any]:
        """Every field, as JSON values."""
        return {
            "kind": IMAGE,
            **{k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()},
        }

    def describe(self, signal: Signal) -> str:
        """What becomes of a picture, width × height, in one sentence without a full stop."""
        resized = f"{_size(signal.size)} resized ({self.interpolation})"
        grey = " and turned to grey" if len(self.mean) == 1 else ""
        if self._resized(signal.size) == self.size:
            return f"{resized} to {_size(self.size)}{grey}"
        verb = "bordered" if self.crop_mode == "border" else "centre-cropped"
        return f"{resized} and {verb} to {_size(self.size)}{grey}"

    def _resized(self, size: tuple[int, ...]) -> tuple[int, int]:
        """The extent before the crop, within a pixel of timm's."""
        scaled = [math.floor(extent / self.crop_pct) for extent in self.size]
        if self.crop_mode == "squash":
            return scaled[0], scaled[1]
        choose = min if self.crop_mode == "border" else max
        factor = choose(to / extent for to, extent in zip(scaled, size, strict=True))
        return round(size[0] * factor), round(size[1] * factor)

    @cached_property
    def _transform(self) -> Any:
        # Three seconds of importing, which only who prepares an input is to pay.
        from timm.data.transforms_factory import create_transform

        return create_transform(
            input_size=(len(self.mean), *self.size),
            interpolation=self.interpolation,
            mean=self.mean,
            std=self.std,
            crop_pct=self.crop_pct,
            crop_mode=self.crop_mode,
        )

    @staticmethod
    def _per_channel(values: tuple[float, ...], like: Tensor) -> Tensor:
        return torch.tensor(values, dtype=like.dtype, device=like.device).view(-1, 1, 1)


def _size(size: tuple[int, ...]) -> str:
    """(rows, columns) → width × height, as people say it."""
    return f"{size[1]:,} × {size[0]:,}"
