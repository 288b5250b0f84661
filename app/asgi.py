"""The server: the dashboard, and the API beside it. ``wam serve`` starts it."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from app import api, startup, uploads
from app.origin_check import OriginCheck
from app.server import log_event, server


@asynccontextmanager
async def _running(_: object) -> AsyncIterator[None]:
    """What goes with the server, once Streamlit is there."""
    uploads.in_use()
    startup.load_in_background(_libraries, _warm_up)
    yield


def _libraries() -> None:
    """What every page imports."""
    import app.screens.about
    import app.screens.compare
    import app.screens.evaluate
    import app.screens.experiments
    import app.screens.gallery
    import app.screens.learn
    import app.screens.presenter  # noqa: F401


def _warm_up() -> None:
    """What decodes files, and the default network."""
    from app.runtime import warm_up
    from wam_core.signals.sandbox import SANDBOX

    SANDBOX.start()
    warm_up()


def _name_temporary_folder() -> None:
    """Let libraries find one, also where the disk is full: PyTorch cannot be imported without.

    Whoever writes there is told when they do.
    """
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        tempfile.tempdir = "/tmp"
        log_event("no temporary folder can be written to")


_name_temporary_folder()
_hosts = [config.get_option("server.address") or "", *config.get_option("server.allowedHosts")]
uploads.install()
app = st.App(
    Path(__file__).with_name("main.py"),
    routes=api.mounts(server().api_on(*_hosts)),
    middleware=[Middleware(OriginCheck)],
    lifespan=_running,
)
