"""What the API keeps and takes is bounded: in number, size and time."""

import asyncio
import json

import pytest

from app.api.body_limits import Bodies
from app.api.jobs import Answer, Begun, Jobs
from wam_core.scheduling import State, Ticket


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def jobs(most=100, budget=1000, keep_s=60):
    clock = Clock()
    return Jobs(most, budget, keep_s, clock), clock


def waiting():
    def steps():
        yield 1
        yield 2

    return Begun(Ticket(steps(), "me"), 2)


def finished(size=1):
    begun = waiting()
    begun.ticket._finish(State.DONE, result=Answer({}, bytes(size)))
    return begun


def test_a_job_is_known_for_some_time_after_it_was_last_asked_about():
    known, clock = jobs(keep_s=60)
    job, running = known.add("me", finished()), known.add("me", waiting())
    clock.now = 50
    assert known.find(job.id) is job
    clock.now = 100
    known.tidy()
    assert job in known
    clock.now = 161
    assert known.find(job.id) is None
    assert known.find(running.id) is running, "what is on its way is not forgotten"


def test_too_many_jobs_take_those_of_whoever_has_most():
    known, _ = jobs(most=3)
    mine = [known.add("me", finished()) for _ in range(3)]
    known.add("other", finished())
    assert [job in known for job in mine] == [False, True, True]


def test_too_many_bytes_take_the_oldest_and_never_the_newest():
    known, _ = jobs(budget=100)
    sizes = [known.add("me", finished(60)), known.add("me", finished(30))]
    assert all(job in known for job in sizes)
    huge = known.add("me", finished(1000))
    assert [job in known for job in (*sizes, huge)] == [False, False, True]


def test_a_job_that_is_dropped_is_cancelled():
    known, _ = jobs()
    job = known.add("me", waiting())
    known.drop(job)
    assert job not in known
    job.begun.ticket._advance()
    assert job.state == "cancelled"


def test_ids_cannot_be_guessed():
    known, _ = jobs()
    ids = {known.add("me", waiting()).id for _ in range(50)}
    assert len(ids) == 50 and min(map(len, ids)) >= 32


def test_what_a_job_failed_of_is_told_without_our_insides():
    known, _ = jobs()
    job = known.add("me", waiting())
    job.begun.ticket._finish(State.FAILED, error=RuntimeError("/secret"))
    assert "secret" not in job.problem


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

    answer = asked(Bodies(never, 10, at_once=0), [(b"content-length", b"5")], never)
    status, headers, told = asyncio.run(answer)
    assert status == 503 and headers["retry-after"] and "busy" in told["detail"]


def test_a_body_that_does_not_come_is_given_up():
    from starlette.exceptions import HTTPException

    async def slow():
        await asyncio.sleep(60)

    async def reads(scope, receive, send):
        await receive()

    bodies = Bodies(reads, 10, seconds=0.05)
    with pytest.raises(HTTPException) as refused:
        asyncio.run(asked(bodies, [(b"transfer-encoding", b"chunked")], slow))
    assert refused.value.status_code == 408
    assert bodies._free == 8, "its place is free again"
