"""The explanation that lessons talk about: the one on Explain if it is of this input, else one of their own."""

from functools import partial

from app import kinds
from app.components.explanation import estimate, request
from app.components.jobs import found, offer, passes
from app.lessons.page import key, received, usual
from app.request import ExplainRequest
from app.session import Explained, Subject, session
from wam_core import explain_steps

_NAME = "lesson-explained"


def explanation(subject: Subject) -> Explained | None:
    """The explanation, or None with a button for it on the page."""
    there = session().explained.get(subject.signal.modality)
    if there is not None and there.subject.signal.key == subject.signal.key:
        return there
    defaults, transform = kinds.of(subject.signal).defaults, usual(subject)
    path = ExplainRequest().build_path(defaults, transform)
    where = key(subject, transform, path)
    result = found(_NAME, where)
    if result is None:
        offer(
            _NAME, where, "Explain this input", estimate(subject.net, path),
            partial(explain_steps, subject.net, received(subject), transform=transform, path=path),
            passes, first=True, uses=subject.net.fingerprint,
        )  # fmt: skip
        return None
    return Explained(subject, request(subject, result.target.index, transform, path), result)
