"""The server: the dashboard, and the API beside it. ``wam serve`` starts it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from streamlit import config

from app import api, starting, uploads
from app.server import server


@asynccontextmanager
async def _running(_: object) -> AsyncIterator[None]:
    """What goes with the server, once Streamlit is there."""
    uploads.in_use()
    starting.bring(_libraries, _warm_up)
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


_hosts = [config.get_option("server.address") or "", *config.get_option("server.allowedHosts")]
uploads.install()
app = st.App(
    Path(__file__).with_name("main.py"),
    routes=api.mounts(server().api_on(*_hosts)),
    lifespan=_running,
)
