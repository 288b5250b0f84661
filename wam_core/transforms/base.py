"""What every transform offers: analysis, synthesis, adjoint and the layout of its bands.

A transform is a linear analysis W of a signal into named bands with a synthesis S that inverts it:
S(W(x)) = x. W may be redundant. As f(x) = f(S(z)) at z = W(x), the gradient with respect to z is
the transpose of S applied to ∇f(x), so every path of the method costs its bare passes and one
:meth:`Transform.adjoint` (docs/method.md).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.bands import Bands, Layout


class Transform(ABC):
    """A linear analysis W of a signal into named bands, with a synthesis that inverts it: S(W(x)) = x.

    A new transform is a frozen dataclass of this, registered in :mod:`wam_core.transforms`; its
    fields are its settings, JSON values, ``ndim`` and ``levels`` among them.

    Attributes:
        name: in the registry, on the command line and in saved results.
        ndim: the number of spatial axes n: 1 sound, 2 image, 3 volume.
        levels: the number of levels J of its bands.
        redundancy: coefficients per sample; 1 for a basis, not counting what edges need.
    """

    name: ClassVar[str]
    redundancy: ClassVar[float] = 1.0
    ndim: int
    levels: int

    @abstractmethod
    def analyse(self, x: Float[Tensor, "b c *space"]) -> Bands:
        """The coefficients z = W(x).

        Raises:
            SettingsError: as :meth:`check`.
        """

    @abstractmethod
    def synthesise(self, z: Bands, size: tuple[int, ...]) -> Float[Tensor, "b c *space"]:
        """The signal S(z) of that size: the extent along each spatial axis."""

    @abstractmethod
    def layout(self, size: Sequence[int]) -> Layout:
        """Every band of a signal of that size.

        Raises:
            SettingsError: as :meth:`check`.
        """

    @abstractmethod
    def check(self, size: Sequence[int]) -> None:
        """Raise a SettingsError that names what fits, where a signal of that size does not."""

    @abstractmethod
    def max_levels(self, size: Sequence[int]) -> int:
        """The largest :attr:`levels` for a signal of that size; 0 where it is too small for one."""

    def adjoint(self, g: Float[Tensor, "b c *space"]) -> Bands:
        """The transpose of the synthesis: ⟨S z, g⟩ = ⟨z, A g⟩ for every z.

        It takes a gradient with respect to x to the gradient with respect to z (the chain rule of
        eq. 1). Here by automatic differentiation of :meth:`synthesise`; a transform that knows its
        transpose in closed form overrides this.
        """
        size = tuple(g.shape[2:])
        with torch.enable_grad():
            z = self.analyse(torch.zeros_like(g)).map(lambda band: band.detach().requires_grad_())
            names = [band for band, _ in z.bands()]
            slopes = torch.autograd.grad(
                self.synthesise(z, size), [values for _, values in z.bands()], g.detach()
            )
        return z.replaced(dict(zip(names, slopes, strict=True)))

    @property
    def settings(self) -> dict[str, Any]:
        """What :func:`wam_core.transforms.from_settings` needs, as JSON values."""
        return {"name": self.name, **asdict(self)}  # type: ignore[call-overload]  # subclasses are dataclasses

    @property
    def choices(self) -> dict[str, Any]:
        """The settings that people choose, by the names of the command line: ``padding``."""
        return {
            setting: value
            for setting, value in self.settings.items()
            if setting not in ("name", "ndim")
        }

    @property
    def title(self) -> str:
        """The transform without its number of levels, for people: ``haar``."""
        return self.name
