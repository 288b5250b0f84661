"""``wam serve``: the dashboard."""

import errno
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8501,
) -> None:
    """Start the dashboard; Ctrl-C ends it."""
    script = Path(__file__).resolve().parents[1] / "asgi.py"
    if not script.is_file():
        raise FileNotFoundError(errno.ENOENT, "the dashboard is not installed", str(script))
    _check_port(host, port)
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    typer.echo(f"WAM Explorer: http://{f'[{address}]' if ':' in address else address}:{port}")
    sys.stdout.flush()
    # Streamlit looks for .streamlit/config.toml in the working directory, and beside the script
    # only after that. The flags are what must hold where no such file was installed.
    os.chdir(script.parents[1])
    options = {
        "server.address": host,
        "server.port": port,
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    from streamlit.web.cli import main as streamlit

    from app.server import device, log_event, log_to_stderr, server

    if server().device:  # a setting that cannot be is told now, not to the first visitor
        device()
    log_to_stderr()
    log_event("start", queue=server().queue)
    for asked in (signal.SIGINT, signal.SIGTERM):
        # uvicorn takes these while it serves, and raises them again once everything is closed;
        # a process that a signal ends would not see to its lanes and decoders
        signal.signal(asked, lambda *_: sys.exit(0))
    sys.argv = ["streamlit", "run", str(script), *flags]
    streamlit()


def _check_port(host: str, port: int) -> None:
    """Raise an OSError in one sentence where nothing can listen there."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as a server would
            trial.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OSError(
                error.errno, f"port {port} of {host} is in use; give another with --port"
            ) from None
        raise OSError(
            error.errno, f"nothing can listen on {host}, port {port} ({error.strerror})"
        ) from None
