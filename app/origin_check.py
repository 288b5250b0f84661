"""Whom the whole server answers: nobody who came by another name, and no page of another origin.

Streamlit asks this at its websocket only, and there it asks a foreign server for its own address
before it says no. A page that points its own name at this machine could otherwise fetch media, or
send files with a token that it was given itself. The API asks more on top (``app/api/origin_check.py``).
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.web.server.server_util import allow_all_cross_origin_requests, is_allowed_origin
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

_POLICY = 1008  # a websocket that is closed before it was accepted is answered with 403


class Doors:
    """Refuses foreign hosts and origins with 403 at every address, websockets included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket") or welcome(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY})
        else:
            told = "this server is not known by that name, or does not know that page"
            await PlainTextResponse(told, 403)(scope, receive, send)


def welcome(headers: Headers) -> bool:
    """Whether a request names this server, and comes from a page of it or from no page.

    A page is told by host and port: behind a proxy, this server does not know the scheme.
    """
    host = headers.get("host")
    if not is_host_allowed(host):
        return False
    origin = headers.get("origin")
    if origin is None or allow_all_cross_origin_requests() or is_allowed_origin(origin):
        return True
    try:
        return urlsplit(origin).netloc == host
    except ValueError:
        return False
