"""How far a computation is: a bar on stderr, where that is a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from wam_core import Progress


@contextmanager
def progress(total: int) -> "Iterator[Callable[[Progress], None]]":
    """What is to be called after each step of ``total`` passes."""
    with bar(total, "passes") as advance:
        yield lambda step: advance(step.done, "passes")


@contextmanager
def bar(total: int, text: str = "") -> Iterator[Callable[[int, str], None]]:
    """What is to be called with how much of ``total`` is done, and with what is under way."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as shown:
        task = shown.add_task(text, total=total)
        yield lambda done, text: shown.update(task, completed=done, description=text)
