"""Who is answered: nobody who came by another name, and no page of another origin.

Streamlit asks this at its websocket only, and there it asks a foreign server for its own address
before it says no. A page that points its own name at this machine could otherwise fetch media, or
send files with a token that it was given itself; a form of any page in the visitor's browser could
post to the API.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.server_util import allow_all_cross_origin_requests, is_allowed_origin
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

_POLICY = 1008  # a websocket that is closed before it was accepted is answered with 403
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


class OriginCheck:
    """Refuses foreign hosts and origins with 403 at every address, websockets included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket") or _is_known(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY})
        else:
            refusal = "this server is not known by that name, or does not know that page"
            await PlainTextResponse(refusal, 403)(scope, receive, send)


def _is_known(headers: Headers) -> bool:
    """Whether a request names this server, and comes from a page of it or from no page.

    A page is known by host and port: behind a proxy, this server does not know the scheme.
    """
    host, origin = headers.get("host"), headers.get("origin")
    if not is_host_allowed(host):
        return False
    if origin is None or allow_all_cross_origin_requests() or is_allowed_origin(origin):
        return True
    return _origin(origin)[1] == host


class ApiOriginCheck:
    """Asks more of requests to the API: no setting opens it to foreign pages, and the scheme counts.

    No cookie or password is looked at, so there is nothing that a token would protect further: what
    a browser sends across origins with a method that changes something always carries an Origin.

    Args:
        app: the API.
        answer: a refusal in its form, of a status and a sentence.
    """

    def __init__(self, app: ASGIApp, answer: Callable[[int, str], ASGIApp]) -> None:
        self._app, self._answer = app, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it; answers may be read by pages of this server only."""

        async def closed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        if scope["type"] != "http":
            return
        reason = _refusal(Headers(scope=scope), scope["method"], scope["scheme"])
        app = self._app if reason is None else self._answer(403, reason)
        await app(scope, receive, closed)


def _refusal(headers: Headers, method: str, scheme: str) -> str | None:
    """Why a request to the API is not answered; None where it is."""
    host, origin = headers.get("host"), headers.get("origin")
    if not is_host_allowed(host):
        return "this server is not known by that host name; its operator lists them in server.allowedHosts"
    if not (origin is None or _origin(origin) == (scheme, host) or is_allowed_origin(origin)):
        return "pages of another origin may not use this API"
    if method not in _SAFE and headers.get("sec-fetch-site", "none") not in _OWN_PAGES:
        return "pages of another site may not use this API"
    return None


def _origin(url: str) -> tuple[str, str]:
    """Scheme, and host with its port; empty where the header is no address."""
    try:
        page = urlsplit(url)
    except ValueError:
        return "", ""
    return page.scheme, page.netloc
