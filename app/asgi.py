"""The server: the dashboard, and the API beside it. ``wam serve`` starts it."""

import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from app import api, log, uploads
from app.doors import Doors
from app.server import server


@asynccontextmanager
async def _running(_: object) -> AsyncIterator[None]:
    """What goes with the server, once Streamlit is there."""
    uploads.in_use()
    # the first visitor finds the libraries imported and the default network warm
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield


def _warm_up() -> None:
    from wam_core.signals.sandbox import SANDBOX

    SANDBOX.start()
    import app.screens.explain  # noqa: F401  # what the first page imports
    from app.runtime import warm_up

    warm_up()


def _name_temporary_folder() -> None:
    """Let libraries find one, also where the disk is full: PyTorch cannot be imported without.

    Whoever writes there is told when they do.
    """
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        tempfile.tempdir = "/tmp"
        log.event("no temporary folder can be written to")


_name_temporary_folder()
_hosts = [config.get_option("server.address") or "", *config.get_option("server.allowedHosts")]
uploads.install()
app = st.App(
    Path(__file__).with_name("main.py"),
    routes=api.mounts(server().api_on(*_hosts)),
    middleware=[Middleware(Doors)],
    lifespan=_running,
)
