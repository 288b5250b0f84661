"""Where the API hangs in the dashboard's server."""

import asyncio
from collections.abc import Callable

from anyio import to_thread
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

PLACE = "/api/v1"


def mounts(on: bool) -> list[BaseRoute]:
    """What the server answers below ``/api``; where the API is off, that there is nothing.

    Without the second route Streamlit would answer unknown addresses with the dashboard's own page.
    """
    nothing = Mount("/api", app=_Later(_refusing))
    return [Mount(PLACE, app=_Later(guarded)), nothing] if on else [nothing]


class _Later:
    """An application that is imported when it is first asked: it brings what the networks need."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make, self._making = make, asyncio.Lock()
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        async with self._making:
            if self._app is None:
                self._app = await to_thread.run_sync(self._make)
        await self._app(scope, receive, send)


def guarded() -> ASGIApp:
    """The API behind the check of origins and the limit on bodies."""
    from app.api.body_limits import BodyLimits
    from app.api.problems import answer
    from app.api.service import service
    from app.origin_check import ApiOriginCheck
    from app.server import server

    most = server().limits.file_bytes + server().network_bytes
    return ApiOriginCheck(BodyLimits(service(), most), answer)


def _refusing() -> ASGIApp:
    """That there is nothing."""
    from starlette.requests import Request

    from app.api.problems import answer
    from app.origin_check import ApiOriginCheck

    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        refusal = answer(
            404, f"there is nothing at {Request(scope).url.path}; the API is at {PLACE}, if on"
        )
        await refusal(scope, receive, send)

    return ApiOriginCheck(nothing, answer)
