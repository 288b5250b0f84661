"""Bytes → :class:`Signal`: the only place that decodes files."""

from wam_core.signals.limits import Limits
from wam_core.signals.sandbox import read
from wam_core.signals.signal import Modality, Signal

__all__ = ["Limits", "Modality", "Signal", "read"]
