"""Which part of a sound to keep, and how sharply it is cut out of the rest."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import streamlit as st

from app.components.views import choose_share
from app.session import key, recall
from wam_core import Band, Bands
from wam_core.defaults import KEEP, ways_to_keep
from wam_core.views import Keep

WAYS = {"soft": "Soft", "supported": "Supported", "hard": "Hard", "per-band": "As released"}
_MEANING = (
    "Soft: every coefficient is faded as the importance around it rises and falls, over 20 ms; "
    "this sounds best. Supported: likewise, but by the input’s own energy, faded where the "
    "importance around it speaks against the class. Hard: the strongest are kept whole and the "
    "others dropped; single ones that come and go are heard as chirps. As released: in each band, "
    "whatever exceeds a fifth of that band’s own maximum, as in the authors’ code; how much that is cannot be chosen."
)


@dataclass(frozen=True)
class Within:
    """A way to keep, in some of the bands: the others are dropped whole.

    The share of a way remains that of all coefficients.
    """

    way: Keep
    bands: frozenset[Band]

    def mask(self, attribution: Bands) -> Bands:
        """That of the way as if the other bands had no attribution, and 0 in those."""
        inside = attribution.map_bands(lambda band, values: values * (band in self.bands))
        return self.way.mask(inside).map_bands(lambda band, values: values * (band in self.bands))


@dataclass(frozen=True)
class Choice:
    """What a visitor wants to keep.

    Attributes:
        way: of :data:`WAYS`.
        share: of all coefficients, 0 … 1; ``per-band`` takes none.
        bands: from which.
    """

    way: str
    share: float
    bands: frozenset[Band]

    def keep(self, rate: float, z: Bands) -> Keep:
        """The same as a rule, for a sound of ``rate`` samples a second with coefficients ``z``."""
        return Within(self.rule(rate, z), self.bands)

    def rule(self, rate: float, z: Bands) -> Keep:
        """The way alone, of all bands."""
        return ways_to_keep(self.share, rate, z)[self.way]

    def __str__(self) -> str:
        if self.way == "per-band":
            return "all above a fifth of their band’s maximum"
        return f"the strongest {100 * self.share:g} %, {self.way}"


def choose_keep(bands: Collection[Band], ways: Sequence[str] = tuple(WAYS)) -> Choice:
    """A way, of those offered, and a share; the bands are chosen before."""
    way = st.segmented_control(
        "Keep", ways, default=KEEP, required=True, format_func=WAYS.__getitem__,
        key=recall(key(f"keep-{len(ways)}", "sound")), help=_MEANING, bind="query-params",
    )  # fmt: skip
    share = choose_share("Share kept", width=160, disabled=way == "per-band")
    return Choice(way, share, frozenset(bands))
