"""What the API keeps and takes is bounded: in number, size and time."""

import asyncio
import json

import pytest

from app.api import work
from app.api.body_limits import BodyLimits
from app.api.work import Answer
from app.jobs import Job
from wam_core.errors import BusyError
from wam_core.scheduling import Scheduler, State


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def lane():
    """One that never comes to a job: what these are at, the tests say themselves."""
    made = Scheduler(lanes=0)
    yield made
    made.close(1)


def jobs(most=100, budget=1000, keep_s=60):
    clock = Clock()
    return work.store(most, budget, keep_s, clock), clock


def steps():
    yield 1
    yield 2


def waiting(lane):
    job = Job("me/explain")
    job.submit(lane, steps(), uses=None)
    return job


def finished(lane, size=1):
    job = waiting(lane)
    job.ticket._finish(State.DONE, result=Answer({}, bytes(size)))
    return job


def test_a_job_is_known_for_some_time_after_it_was_last_asked_about(lane):
    known, clock = jobs(keep_s=60)
    job, running = finished(lane), waiting(lane)
    mine, other = known.add(job, "me"), known.add(running, "me")
    clock.now = 50
    assert known.get(mine) is job
    clock.now = 100
    known.tidy()
    assert mine in known
    clock.now = 161
    assert known.get(mine) is None
    assert known.get(other) is running, "what is on its way is not forgotten"


def test_too_many_jobs_take_those_of_whoever_has_most(lane):
    known, _ = jobs(most=3)
    mine = [known.add(finished(lane), "me") for _ in range(3)]
    known.add(finished(lane), "other")
    assert [id in known for id in mine] == [False, True, True]


def test_too_many_bytes_take_the_oldest_and_never_the_newest(lane):
    known, _ = jobs(budget=100)
    sizes = [known.add(finished(lane, 60), "me"), known.add(finished(lane, 30), "me")]
    assert all(id in known for id in sizes)
    huge = known.add(finished(lane, 1000), "me")
    assert [id in known for id in (*sizes, huge)] == [False, False, True]


def test_a_job_that_is_cancelled_says_so(lane):
    job = waiting(lane)
    job.cancel()
    job.ticket._advance()
    job.collect()
    assert job.state == "cancelled" and "cancelled" in job.problem


def test_ids_cannot_be_guessed(lane):
    known, _ = jobs()
    ids = {known.add(waiting(lane), "me") for _ in range(50)}
    assert len(ids) == 50 and min(map(len, ids)) >= 32


def test_what_a_job_failed_of_is_told_without_our_insides(lane):
    job = waiting(lane)
    job.ticket._finish(State.FAILED, error=RuntimeError("/secret"))
    job.collect()
    assert "secret" not in job.problem


def test_what_is_shown_stays_until_it_is_collected_again(lane):
    job, kept = Job("me/what"), []
    job.submit(lane, steps(), "first", uses=None, keep=lambda job: kept.append(job.outcome))
    job.ticket.progress = "half way"
    assert job.is_running and job.step is None
    job.collect()
    assert job.step == "half way"
    job.ticket._finish(State.DONE, result=42)
    assert job.is_running and job.has_ended and job.result is None
    job.submit(lane, steps(), "second", uses=None)
    assert kept == ["half way", 42], "what was found is collected before it is superseded"
    assert job.request == "second" and job.outcome is None


def test_a_full_server_leaves_what_was_found(lane):
    full, job = Scheduler(queue=1, lanes=0), Job("me/what")
    full.submit(steps(), owner="other")
    job.submit(lane, steps(), "first", uses=None)
    job.ticket._finish(State.DONE, result=42)
    with pytest.raises(BusyError):
        job.submit(full, steps(), "second", uses=None)
    assert (job.request, job.result) == ("first", 42) and "busy" in job.problem
    full.close(1)


async def asked(app, headers, receive):
    """(status, headers, problem) of a request to an application."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    await app(scope, receive, send)
    start, body = sent[0], sent[1]
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], told, json.loads(body["body"])


def test_uploads_at_the_same_time_are_few():
    async def never(*_):
        pytest.fail("read")

    answer = asked(BodyLimits(never, 10, at_once=0), [(b"content-length", b"5")], never)
    status, headers, told = asyncio.run(answer)
    assert status == 503 and headers["retry-after"] and "busy" in told["detail"]


def test_a_body_that_does_not_come_is_given_up():
    from starlette.exceptions import HTTPException

    async def slow():
        await asyncio.sleep(60)

    async def reads(scope, receive, send):
        await receive()

    bodies = BodyLimits(reads, 10, seconds=0.05)
    with pytest.raises(HTTPException) as refused:
        asyncio.run(asked(bodies, [(b"transfer-encoding", b"chunked")], slow))
    assert refused.value.status_code == 408
    assert bodies._free == 8, "its place is free again"
