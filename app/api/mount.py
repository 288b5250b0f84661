"""Where the API hangs in the dashboard's server."""

from starlette.requests import Request
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.bodies import Bodies
from app.api.gate import Gate
from app.api.problems import answer
from app.api.service import service
from app.server import server

PLACE = "/api/v1"


def mounts(on: bool) -> list[BaseRoute]:
    """What the server answers below ``/api``; where the API is off, that there is nothing.

    Without the second route Streamlit would answer unknown addresses with the dashboard's own page.
    """
    nothing = Mount("/api", app=Gate(_nothing))
    return [Mount(PLACE, app=guarded()), nothing] if on else [nothing]


def guarded() -> ASGIApp:
    """The API behind its gate and its measure."""
    return Gate(Bodies(service(), server().limits.file_bytes))


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    told = answer(
        404, f"there is nothing at {Request(scope).url.path}; the API is at {PLACE}, if on"
    )
    await told(scope, receive, send)
