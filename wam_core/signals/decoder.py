"""The process that decodes: it forks a child for each file, which has little memory, time and no files.

Started by :mod:`wam_core.signals.sandbox` as a program of its own, with the decoders imported and
one thread. A child that is taken over, crashes or hangs hurts nobody: it serves one file, can write
none, and the clock is kept out here.
"""

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import resource
import select
import signal
import socket
import sys
import time
import types
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

_LOOK_S = 0.25  # how often the clock is looked at while a child is at work
# So many times its limit a child may last when other processes keep the processor from it.
PATIENCE = 6
# Imported by a decoder when it is first needed; here, before anybody waits for it.
_LAZY = (
    *("nibabel", "tifffile", "trimesh", "trimesh.exchange.load", "pillow_heif.as_plugin"),
    "wam_core.signals.orientation",
)


@dataclass
class _Child:
    """A process that decodes one file.

    Attributes:
        began: by the monotonic clock.
        seconds: that it may take, its waiting for the processor left out.
        connection: the descriptor of its answer, to say why there is none.
        is_late: whether it was ended for its time.
    """

    began: float
    seconds: int
    connection: int
    is_late: bool = False

    def finish(self, status: int) -> None:
        """Close its connection; where time ran out, say so."""
        if self.is_late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
            with contextlib.suppress(OSError):  # nobody reads it any more
                os.write(self.connection, b'{"late": true}\n')
        os.close(self.connection)


def main(control: socket.socket) -> None:
    """Fork a child for each socket that arrives, until the other end is closed."""
    _import_decoders()
    gc.freeze()  # what is shared with the children stays shared
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's, which closes the socket
    children: dict[int, _Child] = {}
    try:
        while True:
            if select.select([control], [], [], _LOOK_S if children else None)[0]:
                message, descriptors, _, _ = socket.recv_fds(control, 64, 1)
                if not message:
                    return
                seconds, memory = map(int, message.split())
                pid = os.fork()
                if pid == 0:
                    control.close()
                    limit(seconds, memory)
                    _serve(socket.socket(fileno=descriptors[0]))
                    os._exit(0)  # without what the interpreter would tidy up of its parent
                children[pid] = _Child(time.monotonic(), seconds, descriptors[0])
            for pid, child in list(children.items()):
                lasted = time.monotonic() - child.began
                if lasted - _waited(pid) > child.seconds or lasted > PATIENCE * child.seconds:
                    child.is_late = True
                    os.kill(pid, signal.SIGKILL)
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    child.finish(status)
                    del children[pid]
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)


def _waited(pid: int) -> float:
    """Seconds that a process was ready to run while others had the processor; 0 if not known."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def _import_decoders() -> None:
    """``wam_core.signals`` alone: the package above it would import PyTorch, at 300 MB a process."""
    above = types.ModuleType("wam_core")
    above.__path__ = [str(Path(__file__).parents[1])]
    sys.modules["wam_core"] = above
    importlib.import_module("wam_core.signals.intake")
    for name in _LAZY:
        importlib.import_module(name)


def _load(module: str, file: str) -> None:
    """A module that registers a decoder; its compiled form is written nowhere."""
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location(module, file)
    assert spec is not None and spec.loader is not None  # of a file
    sys.modules[module] = loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)


def limit(seconds: int, memory: int) -> None:
    """So much more memory than now, so much time, no core dump."""
    signal.alarm(PATIENCE * seconds + 1)  # should the process that keeps the clock be gone
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    room = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    # SIGXCPU at the first, which tells why it ended; SIGKILL at the second
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def write_no_files() -> None:
    """From now on, this process can write no file."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _serve(connection: socket.socket) -> None:
    """One file: a line of JSON and its bytes come in, a line of JSON and an array go out."""
    with connection.makefile("rb") as asked, connection.makefile("wb") as answer:
        request = json.loads(asked.readline())
        try:
            header, values = _decoded(request, asked)
        except MemoryError:
            header, values = _too_large(request), b""
        _send(answer, header, values)


def _decoded(request: dict[str, Any], asked: IO[bytes]) -> tuple[dict[str, Any], Any]:
    import numpy as np

    from wam_core.errors import InputError
    from wam_core.signals import intake
    from wam_core.signals.limits import Limits

    data = asked.read(request["length"])
    for module, file in request["modules"].items():
        _load(module, file)
    write_no_files()
    limits, item = Limits(**request["limits"]), request["item"]
    try:
        signal = intake.decode(data, request["name"], limits, tuple(item) if item else None)
    except InputError as error:
        return {"refused": str(error)}, b""
    values = np.ascontiguousarray(signal.values)
    header = {
        name: getattr(signal, name) for name in ("modality", "notes", "rate", "series", "item")
    }
    frame = None if signal.frame is None else asdict(signal.frame)
    return header | {"frame": frame, "shape": values.shape, "type": values.dtype.str}, values.data


def _too_large(request: dict[str, Any]) -> dict[str, Any]:
    most = request["limits"]["decode_bytes"] >> 20
    return {
        "refused": f"{request['name']} needs more memory than the {most:,} MiB that decoding may take"
    }


def _send(answer: IO[bytes], header: dict[str, Any], values: Any) -> None:
    answer.write(json.dumps(header).encode() + b"\n")
    answer.write(values)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
