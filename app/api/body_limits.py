"""How much may be sent, how long that may take, and how many may do so at the same time."""

import asyncio

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import answer, busy
from wam_core.signals.limits import bytes_text

_AT_ONCE = 8
_SECONDS = 60.0
_BESIDE = 2**18  # bytes of settings, and of what stands between the parts


class BodyLimits:
    """Bounds what requests carry, before anything keeps it in memory.

    Args:
        app: the application that reads them.
        most: bytes of a file.
        seconds: within which a body has to be there.
        at_once: requests that are still carrying something.
    """

    def __init__(
        self, app: ASGIApp, most: int, seconds: float = _SECONDS, at_once: int = _AT_ONCE
    ) -> None:
        self._app, self._most, self._seconds = app, most, seconds
        self._free = at_once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body bounded, or refuse it."""
        headers = Headers(scope=scope)
        if "content-length" not in headers and "transfer-encoding" not in headers:
            return await self._app(scope, receive, send)
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > self._most + _BESIDE:
            return await answer(413, self._too_much())(scope, receive, send)
        if self._free <= 0:
            return await busy("the server is busy with other uploads; try again shortly")(
                scope, receive, send
            )
        self._free -= 1
        try:
            await self._app(scope, self._bounded(receive), send)
        finally:
            self._free += 1

    def _bounded(self, receive: Receive) -> Receive:
        deadline = asyncio.get_running_loop().time() + self._seconds
        seen, whole = 0, False

        async def bounded() -> Message:
            nonlocal seen, whole
            if whole:  # what comes now is only that the other side has left
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(
                    408, f"the request was not complete after {self._seconds:g} s"
                ) from None
            seen += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if seen > self._most + _BESIDE:
                raise HTTPException(413, self._too_much())
            return message

        return bounded

    def _too_much(self) -> str:
        return f"the request is too large; files of at most {bytes_text(self._most)} are accepted"
