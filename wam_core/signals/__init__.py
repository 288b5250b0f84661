"""Bytes → :class:`Signal`: the only place that decodes files."""

from typing import TYPE_CHECKING, Any

from wam_core.errors import optional
from wam_core.signals.limits import Limits
from wam_core.signals.signal import IMAGE, SOUND, VOLUME, Modality, Signal

if TYPE_CHECKING:
    from wam_core.signals.sandbox import read

__all__ = ["IMAGE", "SOUND", "VOLUME", "Limits", "Modality", "Signal", "read"]


def __getattr__(name: str) -> Any:
    """``read`` on first use: the method itself needs no decoder, and may be installed without."""
    if name == "read":
        with optional("reading files", "signals"):
            from wam_core.signals import sandbox

        return sandbox.read
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
