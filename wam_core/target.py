"""The name of :mod:`wam_core.targets` until version 0.1, which programs printed by it import.

It goes with the next minor version.
"""

from typing import Any

from wam_core import targets
from wam_core.errors import warn_renamed


def __getattr__(name: str) -> Any:
    found = getattr(targets, name)
    if not name.startswith("_"):
        warn_renamed("wam_core.target", "wam_core.targets", stacklevel=2)
    return found
