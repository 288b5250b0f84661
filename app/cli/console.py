"""What a command says on stderr: how far it is, and what went wrong in one sentence."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup


class Commands(TyperGroup):
    """Turns what can be foreseen into one sentence and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # the reader has left: Typer ends quietly
            raise
        except foreseen() as error:
            typer.echo(f"wam: {sentence(error)}", err=True)
            raise typer.Exit(1) from None


def foreseen() -> tuple[type[Exception], ...]:
    """What is a failure and no defect; before the core is imported, it cannot have raised."""
    errors = sys.modules.get("wam_core.errors")
    return (OSError,) if errors is None else (OSError, errors.WamError)


def sentence(error: Exception) -> str:
    """What went wrong, in one line."""
    if not isinstance(error, OSError):
        return str(error)
    reason = (error.strerror or str(error) or "cannot be used").strip()
    return f"{error.filename}: {reason}" if error.filename else reason


@contextmanager
def progress_bar(total: int, text: str = "") -> Iterator[Callable[[int, str], None]]:
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
    ) as progress:
        task = progress.add_task(text, total=total)
        yield lambda done, text: progress.update(task, completed=done, description=text)
