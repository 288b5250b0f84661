"""A Ray cluster, joined for as long as it is needed: one that runs already, or one on this machine alone."""

import contextlib
import logging
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

from wam_core.errors import SettingsError, WamError

# The paths of Ray's sockets may have 107 bytes, which the folders of TMPDIR can use up.
_SHORT = "/tmp"


class ClusterError(WamError):
    """The cluster cannot be reached, has no room for a worker, or lost them all."""


def need_ray(address: str | None = None) -> ModuleType:
    """Ray, imported only where it is asked for.

    Args:
        address: None where a cluster of this process's own is to be started, whose token only what
            this process starts will know: Ray reads it once, when it is imported.

    Raises:
        SettingsError: it is not installed.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # what Ray starts inherits it
    if address is None and "ray" not in sys.modules:
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        os.environ.setdefault("RAY_worker_niceness", "0")  # as this process, not behind all others
    try:
        import ray
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise SettingsError(
            "studies on several machines need Ray, which is not installed: pip install '.[ray]'"
        ) from None
    return ray


@contextmanager
def joined(address: str | None, cores: int) -> Iterator[ModuleType]:
    """Ray, connected; left again at the end, and ended where it was started here.

    What Ray has to say goes to stderr meanwhile: stdout is for answers.

    Args:
        address: of a machine of the cluster (``host:port``), or ``auto`` for the one that this
            machine is part of. None starts one that ends with this process, is closed to whoever
            does not have its token, and leaves nothing on disk.
        cores: that a cluster started here offers.

    Raises:
        ClusterError: none answers there.
    """
    ray = need_ray(address)
    options: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    with ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        if address is None:
            folder = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="wam-", dir=_SHORT, ignore_cleanup_errors=True)
            )
            options |= {"num_cpus": cores, "include_dashboard": False, "_temp_dir": folder}
        elif "://" in address:
            raise ClusterError(
                f"{address!r} is the address of a Ray client; give host:port or auto, on a machine "
                "of the cluster"
            )
        elif address != "auto":
            _check_answers(address)
        stack.callback(ray.shutdown)
        for last in (address is not None, True):
            try:
                ray.init(address=address or "local", **options)
                break
            except Exception as error:  # a plain one where a busy machine took over 30 s to start
                if last:
                    where = f"at {address}" if address else "on this machine"
                    raise ClusterError(f"no Ray cluster {where}: {first_line(error)}") from error
        yield ray


def _check_answers(address: str) -> None:
    """Raise a ClusterError where nobody listens: Ray itself would try again for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, ValueError) as error:
        raise ClusterError(f"no Ray cluster at {address}: {first_line(error)}") from None


def room(ray: ModuleType, device: str, threads: int) -> int:
    """How many workers the machines have room for: one per GPU, or one per so many cores."""
    per_machine = [machine["Resources"] for machine in ray.nodes() if machine["Alive"]]
    if device == "cpu":
        return sum(int(has.get("CPU", 0)) // threads for has in per_machine)
    return sum(int(has.get("GPU", 0)) for has in per_machine)


def share(device: str, threads: int) -> dict[str, int]:
    """What one worker takes of its machine."""
    return {"num_cpus": threads} if device == "cpu" else {"num_cpus": 0, "num_gpus": 1}


def first_line(error: Exception) -> str:
    """What went wrong, without the rest of a page."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
