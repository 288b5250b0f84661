"""Long work is a generator of steps: one run to its end, told in other words, or timed."""

import time
from collections.abc import Callable, Generator
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")
P = TypeVar("P")


def run_to_end(steps: Generator[S, None, T], on_step: Callable[[S], object] | None = None) -> T:
    """The result, after all steps.

    Args:
        steps: the work.
        on_step: called with what each step yields.

    >>> def work():
    ...     yield "half way"
    ...     return 42
    >>> run_to_end(work(), print)
    half way
    42
    """
    while True:
        try:
            step = next(steps)
        except StopIteration as finished:
            result: T = finished.value
            return result
        if on_step is not None:
            on_step(step)


def map_steps(steps: Generator[S, None, T], convert: Callable[[S], P]) -> Generator[P, None, T]:
    """The same work, whose steps yield something else; closing it closes the work."""
    try:
        while True:
            try:
                step = next(steps)
            except StopIteration as finished:
                result: T = finished.value
                return result
            yield convert(step)
    finally:
        steps.close()


def timed(steps: Generator[S, None, T]) -> Generator[S, None, tuple[T, float]]:
    """The same work; its result comes with the seconds spent in the steps, not between them."""
    spent = 0.0
    try:
        while True:
            began = time.perf_counter()
            try:
                step = next(steps)
            except StopIteration as finished:
                result: T = finished.value
                return result, spent + time.perf_counter() - began
            spent += time.perf_counter() - began
            yield step
    finally:
        steps.close()
