"""Pages of the dashboard as tests drive them: run without an exception, waited for, read."""

import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from app.components import explanation
from app.session import Session

MAIN = Path(__file__).parents[2] / "app" / "main.py"


def mine(app: AppTest) -> Session:
    """The visitor's state."""
    session: Session = app.session_state["wam"]
    return session


def run(app: AppTest) -> AppTest:
    """Draw the page once."""
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def until_quiet(app: AppTest, seconds: float = 240) -> AppTest:
    """Draw the page until no job is under way, apart from those in the background."""
    deadline = time.monotonic() + seconds
    run(app)
    while tickets := [
        job.ticket for job in mine(app).jobs.values() if job.is_running and not job.background
    ]:
        for ticket in tickets:  # drawing the page meanwhile would take the job's own time
            assert ticket.wait(deadline - time.monotonic()), "the job did not finish"
        run(app)
    return app


def texts(app: AppTest) -> str:
    """All that is said on the page; no-break spaces are spaces."""
    kinds = ("markdown", "caption", "error", "warning", "info")
    return "\n".join(e.value for kind in kinds for e in app.get(kind)).replace("\xa0", " ")


def is_pale(app: AppTest) -> bool:
    """Whether the page says by its style that the result is not that of the controls."""
    return explanation.PALE in [html.value for html in app.get("html")]
