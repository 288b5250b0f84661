"""Whom the API answers: nobody who came by another name, and no page of another origin.

Streamlit refuses foreign hosts and origins at its websocket only. A form of any page in the
visitor's browser could post to a port of this machine, so the same is asked of every request here.
No cookie or password is looked at, so there is nothing that a token would protect further: what a
browser sends across origins with a method that changes something always carries an Origin.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.server_util import is_allowed_origin
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from app.api.problems import answer

_SAFE = {"GET", "HEAD", "OPTIONS"}
_OWN_PAGES = {"same-origin", "none"}
_SELF_ONLY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _SELF_ONLY,  # the OpenAPI page has an inline script
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Gate:
    """Refuses foreign hosts and origins with 403, whatever they ask for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it; answers may be read by pages of this server only."""

        async def closed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        if scope["type"] != "http":
            return
        if (reason := refusal(Headers(scope=scope), scope["method"], scope["scheme"])) is not None:
            return await answer(403, reason)(scope, receive, closed)
        await self._app(scope, receive, closed)


def refusal(headers: Headers, method: str, scheme: str) -> str | None:
    """Why a request is not answered; None where it is."""
    host = headers.get("host")
    if not is_host_allowed(host):
        return "this server is not known by that host name; its operator lists them in server.allowedHosts"
    origin = headers.get("origin")
    if origin is not None and not (_same(origin, scheme, host) or is_allowed_origin(origin)):
        return "pages of another origin may not use this API"
    if method not in _SAFE and headers.get("sec-fetch-site", "none") not in _OWN_PAGES:
        return "pages of another site may not use this API"
    return None


def _same(origin: str, scheme: str, host: str | None) -> bool:
    """Whether a page of that origin was sent by this server, port included."""
    try:
        page = urlsplit(origin)
    except ValueError:
        return False
    return page.scheme == scheme and page.netloc == host
