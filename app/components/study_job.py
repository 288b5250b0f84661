"""A study as a job: what was measured stays in the session, and the same plan goes on from there."""

import hashlib
from collections.abc import Generator, Sequence

from app import runtime
from app.components import jobs
from app.components.study_plan import Choice
from app.jobs import Job
from app.session import Studied, session
from wam_core import Classifier
from wam_core.evaluation.methods import METHODS
from wam_core.evaluation.report import complete
from wam_core.evaluation.study import SECONDS, Failure, Item, Progress, Results, study

NAME = "evaluate"
_REDRAWN = 40


def key(choice: Choice, net: Classifier, labels: str) -> str:
    """A hex SHA-256 of all that a number depends on, besides its input and its method."""
    plan = choice.plan
    parts = (
        net.fingerprint, net.device, plan.metrics, plan.settings, plan.steps, plan.points,
        choice.second_model, plan.seed, labels,
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def studied(at: str) -> Studied:
    """What was measured under a key so far."""
    return session().studied.get(at) or Studied()


def latest() -> str | None:
    """The key of the study that was started last."""
    at: str | None = jobs.job(NAME).request
    return at


def pairs(known: Studied) -> set[tuple[str, str]]:
    """Inputs with the methods that were measured on them."""
    return {(row.input, row.method) for row in known.rows}


def skipped(known: Studied) -> set[str]:
    """Inputs that could not be read or judged at all."""
    return {f.input for f in known.failures if not _method_of(f)}


def given_up(known: Studied) -> set[tuple[str, str]]:
    """Inputs with the methods that could not be measured on them."""
    return {(f.input, name) for f in known.failures if (name := _method_of(f))}


def _method_of(failure: Failure) -> str:
    """The method that failed, where it was one; the study puts its name in front of the reason."""
    name = failure.reason.partition(": ")[0]
    return name if name in METHODS else ""


def seconds(choice: Choice, net: Classifier, missing: int) -> float:
    """It will take to measure so many pairs of input and method."""
    plan, known = choice.plan, _pace(net.fingerprint, str(net.device))
    each = runtime.pace().get(known, runtime.pass_seconds(net))
    return each * plan.passes() * missing / len(plan.methods)


def start(at: str, choice: Choice, net: Classifier, items: Sequence[Item]) -> None:
    """Measure what is missing; a study under way is superseded, and what it found is kept."""
    jobs.job(NAME).collect()
    known = studied(at)
    known.before, known.failed = list(known.rows), list(known.failures)
    known.total = len(items) * len(choice.plan.methods)
    session().studied.put(at, known)  # now the youngest
    # the second network is not at hand here: then nothing else runs beside the study
    uses = None if choice.second_model else {net.fingerprint}
    jobs.start(NAME, _steps(net, items, choice, pairs(known)), at, uses=uses, keep=_keep)


def _keep(job: Job[Results]) -> None:
    """Let :func:`studied` find what the study has measured so far."""
    if job.outcome is not None:
        known = session().studied[job.request]
        known.rows = known.before + complete(list(job.outcome.rows))
        known.failures = list(dict.fromkeys(known.failed + list(job.outcome.failures)))


def progress_text(step: Progress) -> tuple[float, str]:
    """For :func:`app.components.jobs.watch`."""
    words = f"{step.done} of {step.total} · {step.input} · {METHODS[step.method].title}"
    return step.done / max(step.total, 1), words


def pieces(step: Progress) -> int:
    """Fortieths of the study, or pairs where there are fewer: each draws the table anew."""
    return step.done // max(1, step.total // _REDRAWN)


def _steps(
    net: Classifier, items: Sequence[Item], choice: Choice, done: set[tuple[str, str]]
) -> Generator[Progress, None, Results]:
    """The study; notes at the end how long a pass took."""
    plan = choice.plan
    results = yield from study(net, items, plan, done=done)
    spent = [row.value for row in results.rows if row.metric == SECONDS]
    if spent:
        passes = plan.passes() * len(spent) / len(plan.methods)
        runtime.pace()[_pace(net.fingerprint, str(net.device))] = sum(spent) / passes
    return results


def _pace(fingerprint: str, device: str) -> tuple[str, str]:
    return fingerprint, f"{device}, study"
