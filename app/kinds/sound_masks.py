"""Which part of a sound to keep, and how sharply it is cut out of the rest."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import streamlit as st

from app import kinds
from app.components.views import choose_share
from app.session import recall
from wam_core import Band, Bands
from wam_core.defaults import KEEP, ways_to_keep
from wam_core.signals import SOUND
from wam_core.views import Keep

MASKS = {"soft": "Soft", "supported": "Supported", "hard": "Hard", "per-band": "As released"}
_MEANING = (
    "Soft: every coefficient is faded as the importance around it rises and falls, over 20 ms; "
    "this sounds best. Supported: likewise, but by the input’s own energy, faded where the "
    "importance around it speaks against the class. Hard: the strongest are kept whole and the "
    "others dropped; single ones that come and go are heard as chirps. As released: in each band, "
    "whatever exceeds a fifth of that band’s own maximum, as in the authors’ code; how much that is cannot be chosen."
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


def choose_keep(bands: Collection[Band], masks: Sequence[str] = tuple(MASKS)) -> Choice:
    """A mask, of those offered, and a share; the bands are chosen before."""
    mask = st.segmented_control(
        "Keep", masks, default=KEEP, required=True, format_func=MASKS.__getitem__,
        key=recall(kinds.named(SOUND).key(f"keep-{len(masks)}")), help=_MEANING, bind="query-params",
    )  # fmt: skip
    share = choose_share("Share kept", width=160, disabled=mask == "per-band")
    return Choice(mask, share, frozenset(bands))
