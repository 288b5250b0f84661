"""What an operator reads: one line of JSON an event, without names of files, contents or visitors."""

import json
import logging
import sys
import time

_LOGGER = logging.getLogger("wam")


def to_stderr() -> None:
    """Let this process write its events; until then they go nowhere."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _LOGGER.handlers, _LOGGER.propagate = [handler], False
    _LOGGER.setLevel(logging.INFO)


def event(name: str, **facts: float | int | str) -> None:
    """Write an event.

    Args:
        name: what happened.
        facts: numbers, and words of this program's own; nothing that came from a visitor.
    """
    if _LOGGER.handlers:
        known = {key: round(v, 3) if isinstance(v, float) else v for key, v in facts.items()}
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        _LOGGER.info(json.dumps({"at": at, "event": name, **known}))
