"""What can go wrong without being a defect: one sentence on stderr, exit code 1."""

import sys
from typing import Any

import typer
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
