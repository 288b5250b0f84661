"""A server for a browser to visit, on a free port of this machine."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # benchmarks start servers without a browser
    from playwright.sync_api import ConsoleMessage

ROOT = Path(__file__).parents[2]
BROWSER = ["--no-sandbox", "--disable-background-networking"]
# Scenes without a graphics card; the page itself is drawn as ever, as that way it took twice as long.
DRAWS_3D = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-gpu-compositing"]


@contextmanager
def started(
    module: str,
    *arguments: str,
    port_option: str,
    host: str,
    environment: Mapping[str, str] = os.environ,
    patience: float = 180,  # a loaded machine is no failure
    within: Sequence[str] = (),
    **streams: Any,
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of ``python -m module arguments``, once it answers, and the process itself.

    Args:
        within: a command that is given this one, such as one that sets limits.
        streams: where its output goes, as :class:`subprocess.Popen` has it.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://{host}:{port}"
    process = subprocess.Popen(
        [*within, sys.executable, "-m", module, *arguments, port_option, str(port)],
        cwd=ROOT,
        env=environment,
        **streams,
    )
    up = False
    try:
        deadline = time.monotonic() + patience
        while True:
            try:
                with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as answer:
                    assert answer.status == 200
                break
            except OSError:
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < deadline, "the server did not start"
                time.sleep(0.2)
        up = True
        yield url, process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)
        if not up and process.stderr is not None:  # else whoever asked for it reads it to its end
            process.stderr.close()


@contextmanager
def served(module: str, *arguments: str, port_option: str, host: str) -> Iterator[str]:
    """The address of a server that is there until the end, and then ends as it should."""
    with started(module, *arguments, port_option=port_option, host=host) as (url, process):
        yield url
        assert process.poll() is None, "the server ended"
    assert process.returncode in (0, -15)


def dashboard() -> AbstractContextManager[str]:
    """As `wam serve` starts it."""
    return served("app.cli", "serve", port_option="--port", host="127.0.0.1")


def page(file: str) -> AbstractContextManager[str]:
    """One page of a test, with the project's own configuration."""
    return served("streamlit", "run", file, port_option="--server.port", host="localhost")


def any_error(message: "ConsoleMessage") -> bool:
    """On a page of a test, which Streamlit serves at its root."""
    return message.type == "error"


def ours(message: "ConsoleMessage") -> bool:
    """Not Streamlit's own: on a page with a path it looks for its health beside that path first,
    and a picture or sound of a page that was just drawn anew may be gone when it is asked for.
    """
    gone = ("404 (Not Found)", "Image source error")
    return message.type == "error" and not any(words in message.text for words in gone)
