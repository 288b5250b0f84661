"""Lanes: fair by person, one network at a time, never more than one job waiting, never lost."""

import threading
import time
import weakref
from collections import Counter

import pytest

from wam_core.errors import BusyError, CancelledJobError, LaneError, SettingsError
from wam_core.scheduling import Scheduler, State

PATIENCE = 10


@pytest.fixture(params=[1, 2, 3])
def scheduler(request):
    made = Scheduler(queue=4, lanes=request.param)
    yield made
    made.close(PATIENCE)
    assert made.load().lanes == 0


def steps(number, seconds=0.0, log=None, name="", result=None):
    for done in range(number):
        time.sleep(seconds)
        if log is not None:
            log.append(name)
        yield done
    return result


def held(gate):
    yield
    while not gate.is_set():
        gate.wait(0.01)
        yield


def test_a_result_an_error_and_progress_come_back(scheduler):
    ticket = scheduler.submit(steps(3, result="done"), owner="a")
    assert ticket.result(PATIENCE) == "done" and ticket.state == State.DONE
    assert ticket.progress == 2

    def broken():
        yield
        raise SettingsError("levels is 9")

    with pytest.raises(SettingsError, match="levels is 9"):
        scheduler.submit(broken(), owner="a").result(PATIENCE)
    assert scheduler.submit(steps(1, result=1), owner="a").result(PATIENCE) == 1


def test_turns_go_to_people_and_not_to_jobs():
    log, gate = [], threading.Event()
    scheduler = Scheduler()
    blocker = scheduler.submit(held(gate), owner="blocker")
    greedy = [
        scheduler.submit(steps(10, log=log, name="greedy"), owner=f"greedy/{n}") for n in range(5)
    ]
    modest = scheduler.submit(steps(10, log=log, name="modest"), owner="modest")
    gate.set()
    for ticket in (blocker, *greedy, modest):
        ticket.result(PATIENCE)
    scheduler.close()
    while_both = Counter(log[: len(log) - log[::-1].index("modest")])
    assert while_both["greedy"] <= while_both["modest"] + 1
    assert len(log) == 60


def test_whoever_comes_again_and_again_gains_nothing():
    log, scheduler = [], Scheduler()
    long = scheduler.submit(steps(40, 0.005, log, "long"), owner="long")
    other = scheduler.submit(steps(40, 0.005, log, "other"), owner="other")
    while not (long.finished and other.finished):
        scheduler.submit(steps(1, 0.005, log, "again"), owner="again").result(PATIENCE)
    scheduler.close()
    assert Counter(log)["again"] <= 40 + 3


@pytest.mark.parametrize("uses", [None, {"net"}])
def test_no_two_lanes_pass_one_network(uses):
    inside, most = 0, 0
    lock = threading.Lock()

    def job():
        nonlocal inside, most
        for _ in range(5):
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.003)
            with lock:
                inside -= 1
            yield

    scheduler = Scheduler(lanes=4)
    for ticket in [scheduler.submit(job(), owner=str(n), uses=uses) for n in range(6)]:
        ticket.result(PATIENCE)
    scheduler.close()
    assert most == 1


def test_different_networks_are_passed_at_the_same_time():
    meeting = threading.Barrier(2, timeout=PATIENCE)

    def job():
        yield
        meeting.wait()

    scheduler = Scheduler(lanes=2)
    tickets = [scheduler.submit(job(), owner=name, uses={name}) for name in "ab"]
    for ticket in tickets:
        ticket.result(PATIENCE)
    scheduler.close()


def test_a_person_is_served_by_one_lane_at_a_time():
    inside = Counter()

    def job():
        for _ in range(10):
            inside["now"] += 1
            inside["most"] = max(inside["most"], inside["now"])
            time.sleep(0.002)
            inside["now"] -= 1
            yield

    scheduler = Scheduler(lanes=3)
    for ticket in [scheduler.submit(job(), owner=f"me/{n}", uses={str(n)}) for n in range(3)]:
        ticket.result(PATIENCE)
    scheduler.close()
    assert inside["most"] == 1


def test_a_job_for_two_networks_is_not_overtaken_for_ever():
    scheduler, stop = Scheduler(lanes=2), threading.Event()
    ones = [scheduler.submit(held(stop), owner=name, uses={name}) for name in "ab"]
    both = scheduler.submit(steps(1, result="served"), owner="c", uses={"a", "b"})
    assert both.result(PATIENCE) == "served"
    stop.set()
    for ticket in ones:
        ticket.result(PATIENCE)
    scheduler.close()


def test_a_newer_job_supersedes_the_owners_older_ones(scheduler):
    gate = threading.Event()
    running = scheduler.submit(held(gate), owner="me")
    while running.began is None:
        time.sleep(0.001)
    waiting = [scheduler.submit(held(gate), owner="me") for _ in range(30)]
    assert scheduler.load().waiting + scheduler.load().running <= 2
    gate.set()
    waiting[-1].result(PATIENCE)
    for ticket in (running, *waiting[:-1]):
        with pytest.raises(CancelledJobError):
            ticket.result(PATIENCE)


def test_another_thing_of_the_same_person_is_not_superseded(scheduler):
    gate = threading.Event()
    study = scheduler.submit(held(gate), owner="me/study")
    assert scheduler.submit(steps(2, result=1), owner="me").result(PATIENCE) == 1
    assert not study.finished
    gate.set()
    study.result(PATIENCE)


def test_a_full_server_says_so_and_keeps_those_who_are_there(scheduler):
    gate = threading.Event()
    inside = [scheduler.submit(held(gate), owner=str(n)) for n in range(4)]
    began = time.monotonic()
    with pytest.raises(BusyError, match="4 others are being served, you would be number 5"):
        scheduler.submit(steps(1), owner="late")
    assert time.monotonic() - began < 1
    again = scheduler.submit(held(gate), owner="0")  # who is in line may ask for something else
    assert scheduler.position(again) == 3
    gate.set()
    for ticket in (*inside[1:], again):
        ticket.result(PATIENCE)
    assert scheduler.submit(steps(1, result=1), owner="late").result(PATIENCE) == 1


def test_cancelling_takes_one_step_and_ends_the_job_in_its_lane(scheduler):
    closed = []

    def job():
        try:
            while True:
                time.sleep(0.01)
                yield
        finally:
            closed.append(threading.current_thread().name)

    ticket = scheduler.submit(job(), owner="a")
    while ticket.progress is None and ticket.began is None:
        time.sleep(0.001)
    began = time.monotonic()
    ticket.cancel()
    with pytest.raises(CancelledJobError):
        ticket.result(PATIENCE)
    assert time.monotonic() - began < 0.5 and closed == ["wam-lane"]


def test_who_leaves_takes_all_jobs_along(scheduler):
    gate = threading.Event()
    mine = [scheduler.submit(held(gate), owner=f"me/{n}") for n in range(3)]
    theirs = scheduler.submit(held(gate), owner="me-too")
    scheduler.leave("me")
    for ticket in mine:
        with pytest.raises(CancelledJobError):
            ticket.result(PATIENCE)
    assert not theirs.finished
    gate.set()
    theirs.result(PATIENCE)


# pytest tells of threads that end by an exception, which is what happens here
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_lane_that_dies_fails_its_job_and_no_other(scheduler):
    lanes, gate = scheduler.load().lanes, threading.Event()
    threads = set(scheduler._lanes)
    waiting = [scheduler.submit(held(gate), owner=f"other {n}") for n in range(3)]

    def deadly():
        yield
        raise SystemExit  # no Exception: it ends the thread

    ticket = scheduler.submit(deadly(), owner="a")
    with pytest.raises(LaneError, match="start it again"):
        ticket.result(5)
    gate.set()
    for other in waiting:
        other.result(5)
    assert scheduler.load().lanes == lanes and scheduler.load().people == 0
    for ended in threads - scheduler._lanes:
        ended.join(PATIENCE)  # it tells of its end within this test


def test_nothing_is_kept_of_jobs_and_people_that_are_gone(scheduler):
    for n in range(20):
        scheduler.submit(steps(2), owner=str(n)).result(PATIENCE)
    ticket = scheduler.submit(steps(1), owner="last")
    ticket.result(PATIENCE)
    deadline = time.monotonic() + PATIENCE
    while scheduler.load().people and time.monotonic() < deadline:
        time.sleep(0.001)
    assert not scheduler._turns and not scheduler._line and not scheduler._running


def test_closing_ends_running_and_waiting_jobs():
    scheduler, gate = Scheduler(lanes=2), threading.Event()
    tickets = [scheduler.submit(held(gate), owner=str(n), uses={str(n)}) for n in range(5)]
    began = time.monotonic()
    scheduler.close(PATIENCE)
    assert time.monotonic() - began < 1
    for ticket in tickets:
        with pytest.raises(CancelledJobError):
            ticket.result(0)


def test_an_error_keeps_nothing_of_what_its_frames_held(scheduler):
    class Large:
        pass

    alive = []

    def inner():
        large = Large()
        alive.append(weakref.ref(large))
        try:
            raise MemoryError("the device's own")
        except MemoryError:
            raise ValueError("in our words") from None

    def job():
        yield
        inner()

    ticket = scheduler.submit(job(), owner="a")
    with pytest.raises(ValueError, match="in our words") as caught:
        ticket.result(PATIENCE)
    assert alive[0]() is None
    assert caught.traceback[-1].name == "inner", "where it was raised stays known"


def test_how_long_the_present_step_has_been_going_on(scheduler):
    gate = threading.Event()

    def job():
        yield
        gate.wait(PATIENCE)
        yield

    ticket = scheduler.submit(job(), owner="a")
    assert scheduler.load().step < 1
    time.sleep(0.3)
    assert 0.1 < scheduler.load().step < PATIENCE
    gate.set()
    ticket.result(PATIENCE)
    assert scheduler.load().step == 0


def test_background_work_waits_for_everybody():
    log, gate, scheduler = [], threading.Event(), Scheduler()
    blocker = scheduler.submit(held(gate), owner="blocker")
    asides = [
        scheduler.submit(
            steps(5, log=log, name=f"aside {who}"), owner=f"{who}/aside", background=True
        )
        for who in ("a", "c")
    ]
    jobs = [scheduler.submit(steps(5, log=log, name=who), owner=who) for who in ("a", "b")]
    gate.set()
    for ticket in (blocker, *jobs, *asides):
        ticket.result(PATIENCE)
    scheduler.close()
    assert set(log[:10]) == {"a", "b"}, "other work is all done before"
    assert Counter(log[10:14]) == {"aside a": 2, "aside c": 2}, "by turns among themselves"


def test_background_work_costs_a_person_no_turn_and_nobody_a_place():
    log, gate, scheduler = [], threading.Event(), Scheduler(queue=2)
    aside = scheduler.submit(steps(400, 0.001, log, "aside"), owner="a/aside", background=True)
    while not log:
        time.sleep(0.001)
    blocker = scheduler.submit(held(gate), owner="blocker")
    job = scheduler.submit(steps(3, log=log, name="job"), owner="a")  # the queue has room for it
    assert scheduler.position(job) == 1, "only the blocker"
    gate.set()
    before = log.count("aside")
    job.result(PATIENCE)
    assert log.count("aside") <= before + 1, "at most the step that was under way"
    assert not aside.finished
    scheduler.submit(steps(1), owner="b/aside", background=True)
    with pytest.raises(BusyError):
        scheduler.submit(steps(1), owner="c/aside", background=True)
    scheduler.submit(steps(1), owner="c").result(PATIENCE)
    aside.cancel()
    blocker.result(PATIENCE)
    scheduler.close()


def test_background_work_uses_a_lane_that_nothing_else_could():
    gate, scheduler = threading.Event(), Scheduler(lanes=2)
    busy = scheduler.submit(held(gate), owner="a", uses={"x"})
    with_the_same = scheduler.submit(steps(1), owner="b/aside", uses={"x"}, background=True)
    other = scheduler.submit(steps(3), owner="c/aside", uses={"y"}, background=True)
    assert other.wait(PATIENCE) and not busy.finished and not with_the_same.finished
    gate.set()
    for ticket in (busy, with_the_same):
        ticket.result(PATIENCE)
    scheduler.close()
