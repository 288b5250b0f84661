"""The application that answers: its routes, its store of jobs, and a page that describes it."""

from anyio import CapacityLimiter
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from app.api import problems, routes
from app.api.jobs import Jobs
from app.server import server

_READING_AT_ONCE = 4  # as many files as are decoded at the same time
_ABOUT = (
    "Wavelet attributions for programs. Post a file to /explain, ask /jobs/{id} how far it is, "
    "take /results/{id}. Each client has one explanation under way; a newer one supersedes it."
)


def service() -> FastAPI:
    """A fresh application, with no jobs."""
    rules = server()
    app = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        static_url="/docs-files",  # all that the page needs comes from this server
        title="WAM Explorer",
        version="1",
        description=_ABOUT,
        swagger_ui_parameters={"validatorUrl": None},  # it would ask a foreign server
    )
    app.state.jobs = Jobs(rules.api_results, rules.api_results_mb * 2**20, rules.api_minutes * 60)
    app.state.reading = CapacityLimiter(_READING_AT_ONCE)
    app.include_router(routes.router)
    problems.install(app)
    return app
