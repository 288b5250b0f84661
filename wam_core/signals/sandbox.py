"""The door: every file is decoded in a process of its own, which returns one array or one sentence.

A decoder that is fed a hostile file can crash, hang, fill the memory or be taken over. There, it
does so to nobody but its owner. What comes back is checked like anything from outside: no pickles,
known types, no more values than the limits allow.
"""

import atexit
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np

from wam_core.errors import InputError
from wam_core.signals import intake
from wam_core.signals.decoder import PATIENCE
from wam_core.signals.frame import Frame
from wam_core.signals.limits import Limits
from wam_core.signals.signal import IMAGE, SOUND, VOLUME, Signal

_AT_ONCE = 4
_PROGRAM = Path(__file__).with_name("decoder.py")
_TYPES = {"|u1", "<f4"}
# Of what the decoders here return: the values' type and axes. A kind that was registered is free.
_FORMS = {IMAGE: ({"|u1"}, 3), SOUND: ({"<f4"}, 2), VOLUME: (_TYPES, 4)}
_LONGEST_HEADER = 2**20
# What finding libraries takes; tokens and the like are no decoder's business.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "TMPDIR", "VIRTUAL_ENV")
_SINGLE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def child_environment() -> dict[str, str]:
    """The variables that a process gets which reads a stranger's file, on one thread."""
    return {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ} | _SINGLE


class Sandbox:
    """Decodes files in child processes, a few at the same time.

    The process that forks them is started when it is first needed, and again if it ended.
    """

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def read(
        self, data: bytes, name: str, limits: Limits, item: tuple[str, int] | None = None
    ) -> Signal:
        """See :func:`read`."""
        name = intake.admitted(data, name, limits)
        if not self._free.acquire(timeout=limits.decode_seconds):
            raise InputError(f"{name} cannot be read now: {_AT_ONCE} other files are; try again")
        try:
            with self._child(limits) as connection:
                connection.settimeout(PATIENCE * limits.decode_seconds + 1)
                header, values = _exchange(connection, data, name, limits, item)
            return _signal(header, values, data, name)
        except (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError):
            # the child ended, or what it said cannot be
            raise InputError(
                f"{name} is damaged or too demanding: its decoder ended before its time; "
                "saving it again in another format may help"
            ) from None
        finally:
            self._free.release()

    def start(self) -> None:
        """Import the decoders now, so that the first file does not wait for them."""
        with self._lock:
            self._started()

    def close(self) -> None:
        """End the process and its children."""
        with self._lock:
            if self._control is not None:
                self._control.close()
            if self._process is not None:
                self._process.wait(5)
            self._control = self._process = None

    def _child(self, limits: Limits) -> socket.socket:
        """A connection to a new child."""
        ours, theirs = socket.socketpair()
        order = f"{limits.decode_seconds} {limits.decode_bytes}".encode()
        with theirs, self._lock:
            for attempt in (1, 2):
                try:
                    socket.send_fds(self._started(), [order], [theirs.fileno()])
                    break
                except OSError:
                    if attempt == 2:
                        raise
                    self._ended()
        return ours

    def _started(self) -> socket.socket:
        if self._control is None:
            self._control, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(
                    # -P: the folder of this file holds a signal.py, which is no library's
                    [sys.executable, "-P", str(_PROGRAM), str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    env=child_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
        return self._control

    def _ended(self) -> None:
        """Clear away a process that is no longer there."""
        assert self._control is not None and self._process is not None
        self._control.close()
        self._process.kill()
        self._process.wait()
        self._control = self._process = None


SANDBOX = Sandbox()
"""The one of this process."""

atexit.register(SANDBOX.close)


def read(
    data: bytes,
    name: str,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
    item: tuple[str, int] | None = None,
) -> Signal:
    """Decode a file in a process of its own; its kind is told from its bytes, never from its name.

    Args:
        data: the whole file.
        name: what the person calls it, for display; a folder before it is dropped.
        limits: checked against the length and the header, before decoding, and held while decoding.
        item: which of several volumes, as a name of the signal's ``series`` and a number from 0;
            None for the first of a test part, or the first.

    Raises:
        InputError: empty, too large, damaged, too demanding, or not of an accepted kind. The message
            is one sentence which says what the file is, what is accepted and the limit.
    """
    return SANDBOX.read(data, name, limits, item)


def _exchange(
    connection: socket.socket,
    data: bytes,
    name: str,
    limits: Limits,
    item: tuple[str, int] | None,
) -> tuple[dict[str, Any], Any]:
    """Send a file, receive what a child made of it.

    The child tells the kind of the file: no byte of it is looked at here.

    Raises:
        InputError: the child's own, one sentence.
        OSError, EOFError, ValueError, TypeError, KeyError: no answer, or none that can be.
    """
    request = {
        "name": name,
        "limits": asdict(limits),
        "item": item,
        "length": len(data),
        "modules": intake.registered_modules(),
    }
    connection.sendall(json.dumps(request).encode() + b"\n")
    connection.sendall(data)
    with connection.makefile("rb") as answer:
        header = json.loads(answer.readline(_LONGEST_HEADER))
        if refused := header.get("refused"):
            raise InputError(" ".join(str(refused).split()))
        if header.get("late"):
            raise InputError(
                f"{name} was given up after {limits.decode_seconds} s of decoding; "
                "saving it again in another format may help"
            )
        shape = tuple(map(int, header["shape"]))
        types, axes = _FORMS.get(header["modality"], (_TYPES, len(shape)))
        if (
            header["modality"] not in intake.modalities()
            or header["type"] not in types
            or len(shape) != axes
            or (header["modality"] == SOUND) != (header["rate"] > 0)
        ):
            raise ValueError("a type or a kind that no decoder gives")
        if not 2 <= axes <= 4 or min(shape) < 1 or int(np.prod(shape)) > _most(limits):
            raise ValueError("more values than any decoder gives")
        values = np.empty(shape, header["type"])
        _fill(answer, values)
    return header, values


def _fill(answer: IO[bytes], values: Any) -> None:
    left = memoryview(values).cast("B")
    while left:
        count = answer.readinto(left)  # type: ignore[attr-defined]  # a raw stream
        if not count:
            raise EOFError
        left = left[count:]


def _most(limits: Limits) -> int:
    """Values of the largest input of any kind."""
    return max(3 * limits.image_pixels, limits.sound_values, limits.volume_voxels)


def _signal(header: dict[str, Any], values: Any, data: bytes, name: str) -> Signal:
    frame = header["frame"]
    return Signal(
        values,
        header["modality"],
        name,
        hashlib.sha256(data).hexdigest(),
        notes=tuple(map(str, header["notes"])),
        rate=int(header["rate"]),
        frame=None if frame is None else _frame(frame),
        series=tuple((str(part), int(number)) for part, number in header["series"]),
        item=None if header["item"] is None else (str(header["item"][0]), int(header["item"][1])),
    )


def _frame(header: dict[str, Any]) -> Frame:
    spacing, affine, stored = header["spacing"], header["affine"], header["stored"]
    x, y, z = map(float, spacing)
    return Frame(
        (x, y, z),
        str(header["unit"]),
        tuple((str(low), str(high)) for low, high in header["ends"]),
        None
        if affine is None
        else tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in affine),
        None if stored is None else tuple((int(axis), int(step)) for axis, step in stored),
    )
