"""Which part of a sound ``wam explain`` cuts out of the rest."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from wam_core import Bands, Classifier
    from wam_core.views import Keep


def check_keep(keep: str | None, share: float | None) -> None:
    """A share for the way that has its own threshold is wrong usage."""
    if keep == "per-band" and share is not None:
        raise typer.BadParameter("--share belongs to hard and soft; per-band keeps what it finds")


def rule_to_keep(
    keep: str | None, share: float | None, classifier: "Classifier", z: "Bands"
) -> "Keep":
    """Which part of a sound is cut out of the rest."""
    from wam_core import defaults, export

    share = defaults.SHARE if share is None else share
    return defaults.ways_to_keep(share, export.rate(classifier), z)[keep or defaults.KEEP]
