"""Long work as generators: the same result however it is followed, and closing reaches the work."""

import time

import pytest

from wam_core.steps import map_steps, run_to_end, timed


def work(closed: list[bool], pause: float = 0.0):
    try:
        for done in range(3):
            time.sleep(pause)
            yield done
        return "result"
    finally:
        closed.append(True)


def test_the_result_comes_after_every_step():
    seen: list[int] = []
    assert run_to_end(work([]), seen.append) == "result"
    assert seen == [0, 1, 2]


def test_steps_told_otherwise_keep_their_result():
    seen: list[str] = []
    assert run_to_end(map_steps(work([]), "step {}".format), seen.append) == "result"
    assert seen == ["step 0", "step 1", "step 2"]


@pytest.mark.parametrize(
    "wrap", [lambda steps: map_steps(steps, str), timed], ids=["told", "timed"]
)
def test_closing_reaches_the_work(wrap):
    closed: list[bool] = []
    steps = wrap(work(closed))
    next(steps)
    steps.close()
    assert closed == [True]


@pytest.mark.parametrize(
    "wrap", [lambda steps: map_steps(steps, str), timed], ids=["told", "timed"]
)
def test_an_error_of_the_work_comes_through(wrap):
    def broken():
        yield 1
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        run_to_end(wrap(broken()))


def test_the_time_between_steps_is_not_counted():
    result, seconds = run_to_end(timed(work([], 0.01)), lambda step: time.sleep(0.2))
    assert result == "result"
    assert 0.03 <= seconds < 0.2
