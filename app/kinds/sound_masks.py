"""Which part of a sound to keep, and how sharply it is cut out of the rest."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from app import kinds
from app.components.views import choose_share
from app.session import SHARE as SHARE_KEPT
from app.session import recall
from wam_core import Band, Bands
from wam_core.defaults import KEEP, SHARE, ways_to_keep
from wam_core.signals import SOUND
from wam_core.views import Keep

MASKS = {"soft": "Soft", "supported": "Supported", "hard": "Hard", "per-band": "As released"}
_MEANING = (
    "The share of the coefficients with the strongest attribution. Soft: each coefficient is faded "
    "with the attribution around it, over 20 ms. Supported: faded with the input’s energy, where "
    "the attribution around it supports the class. Hard: the strongest are kept, the others are "
    "dropped; isolated ones are heard as chirps. As released: all above a fifth of the maximum of "
    "their band, as in the authors’ code; it takes no share."
)


@dataclass(frozen=True)
class Within:
    """A mask, in some of the bands: the others are dropped whole.

    The share of the mask remains that of all coefficients.
    """

    rule: Keep
    bands: frozenset[Band]

    def mask(self, attribution: Bands) -> Bands:
        """That of the rule as if the other bands had no attribution, and 0 in those."""
        inside = attribution.map_bands(lambda band, values: values * (band in self.bands))
        return self.rule.mask(inside).map_bands(lambda band, values: values * (band in self.bands))


@dataclass(frozen=True)
class Choice:
    """What a visitor wants to keep.

    Attributes:
        mask: of :data:`MASKS`.
        share: of all coefficients, 0 … 1; ``per-band`` takes none.
        bands: from which.
    """

    mask: str
    share: float
    bands: frozenset[Band]

    def keep(self, rate: float, z: Bands) -> Keep:
        """The same as a rule, for a sound of ``rate`` samples a second with coefficients ``z``."""
        return Within(self.rule(rate, z), self.bands)

    def rule(self, rate: float, z: Bands) -> Keep:
        """The mask alone, of all bands."""
        return ways_to_keep(self.share, rate, z)[self.mask]

    def __str__(self) -> str:
        if self.mask == "per-band":
            return "all above a fifth of their band’s maximum"
        return f"the strongest {100 * self.share:g} %, {self.mask}"


def choose_keep(
    bands: Collection[Band], masks: Sequence[str] = tuple(MASKS), *, in_line: bool = False
) -> Choice:
    """A mask, of those offered, and a share; the bands are chosen before.

    Args:
        bands: from which the part is kept.
        masks: that are offered, of :data:`MASKS`.
        in_line: whether one title stands before the controls, not one above each.
    """
    titles: Literal["collapsed", "visible"] = "collapsed" if in_line else "visible"
    if in_line:
        st.markdown("**Kept part**", help=_MEANING, width="content")
    mask = st.segmented_control(
        "Keep", masks, default=KEEP, required=True, format_func=MASKS.__getitem__,
        key=recall(_mask_key(masks)), help=_MEANING, bind="query-params", label_visibility=titles,
    )  # fmt: skip
    share = choose_share(
        "Share kept", width=160, disabled=mask == "per-band", label_visibility=titles
    )
    return Choice(mask, share, frozenset(bands))


def chosen_keep(bands: Collection[Band]) -> Choice:
    """What :func:`choose_keep` offers elsewhere on the page, as it was chosen last."""
    mask = st.session_state.get(_mask_key(tuple(MASKS)), KEEP)
    return Choice(mask, st.session_state.get(SHARE_KEPT, 100 * SHARE) / 100, frozenset(bands))


def _mask_key(masks: Sequence[str]) -> str:
    return kinds.named(SOUND).key(f"keep-{len(masks)}")
