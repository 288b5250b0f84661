"""Which part of a sound to keep, and how sharply it is cut out of the rest."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import streamlit as st

from app.state import key
from app.widgets.views import choose_share
from wam_core import Band, Pyramid
from wam_core.keeping import PerBand, Soft
from wam_core.views import Keep, Selection

WAYS = {"soft": "Soft", "hard": "Hard", "released": "As released"}
_THRESHOLD = 0.2
_FADE_S = 0.02
_MEANING = (
    "Soft: every coefficient is faded as the importance around it rises and falls, over 20 ms; "
    "this sounds best. Hard: the strongest are kept whole and the others dropped; single ones that "
    "come and go are heard as chirps. As released: in each band, whatever exceeds a fifth of that "
    "band’s own maximum, as in the authors’ code; how much that is cannot be chosen."
)


@dataclass(frozen=True)
class Within:
    """A way to keep, in some of the bands: the others are dropped whole.

    The share of a way remains that of all coefficients.
    """

    way: Keep
    bands: frozenset[Band]

    def mask(self, attribution: Pyramid) -> Pyramid:
        """That of the way as if the other bands had no attribution, and 0 in those."""
        inside = attribution.map_bands(lambda band, values: values * (band in self.bands))
        return self.way.mask(inside).map_bands(lambda band, values: values * (band in self.bands))


@dataclass(frozen=True)
class Choice:
    """What a visitor wants to keep.

    Attributes:
        way: of :data:`WAYS`.
        share: of all coefficients, 0 … 1; the released way takes none.
        bands: from which.
    """

    way: str
    share: float
    bands: frozenset[Band]

    def by(self, way: str, rate: float) -> Keep:
        """The same share of the same bands, kept in a way."""
        ways: dict[str, Keep] = {
            "soft": Soft(self.share, extent=_FADE_S * rate),
            "hard": Selection(self.share),
            "released": PerBand(_THRESHOLD),
        }
        return Within(ways[way], self.bands)

    def keep(self, rate: float) -> Keep:
        """What was chosen."""
        return self.by(self.way, rate)

    def __str__(self) -> str:
        if self.way == "released":
            return f"all above {_THRESHOLD:g} of their band’s maximum"
        return f"the strongest {100 * self.share:g} %, {self.way}"


def choose_keep(bands: Collection[Band], ways: Sequence[str] = tuple(WAYS)) -> Choice:
    """A way, of those offered, and a share; the bands are chosen before."""
    way = st.segmented_control(
        "Keep", ways, default="soft", required=True, format_func=WAYS.__getitem__,
        key=key(f"keep-{len(ways)}", "sound"), help=_MEANING, persist_state="session",
    )  # fmt: skip
    share = choose_share("Share kept", width=160, disabled=way == "released")
    return Choice(way, share, frozenset(bands))
