"""The API beside the dashboard: the same lanes, networks and limits, for programs."""

from app.api.mount import mounts

__all__ = ["mounts"]
