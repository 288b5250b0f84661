"""Levels taken together: coarse and fine, and what lies between them."""

from collections.abc import Mapping

from wam_core import Band, Bands
from wam_core.views import scale_groups

Groups = Mapping[str, list[Band]]


def halves(attribution: Bands) -> Groups:
    """The bands of the coarse and of the fine levels."""
    every = [band for band, _ in attribution.bands()]
    middle = (attribution.levels + 1) / 2
    return {
        "Coarse": [b for b in every if b.is_approx or b.level > middle],
        "Fine": [b for b in every if not b.is_approx and b.level <= middle],
    }


def thirds(attribution: Bands) -> Groups:
    """The bands of :func:`wam_core.views.scale_groups`, coarse first as in the pills."""
    groups = list(scale_groups(attribution).items())[::-1]
    return {name.capitalize(): list(bands) for name, bands in groups}
