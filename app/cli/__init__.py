"""The command ``wam``: explain, predict, inspect, evaluate, models, check, doctor, serve.

Answers go to stdout, progress and failures to stderr. Exit codes: 0 done, 1 failed (one sentence
on stderr), 2 wrong usage. PyTorch and the networks are imported where they are needed, because
``wam --help`` must not take seconds.
"""

import typer

from app.cli import check, doctor, evaluate, explain, inspect_files, networks, predict, serve
from app.cli.console import Commands

__all__ = ["app", "main"]

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="See which scales, orientations and frequency bands of an input a classifier used.",
)
app.command()(explain.explain)
app.command()(predict.predict)
app.command()(inspect_files.inspect)
app.command()(evaluate.evaluate)
app.command()(networks.models)
app.command()(check.check)
app.command()(doctor.doctor)
app.command()(serve.serve)


def main() -> None:
    """The console script."""
    app(prog_name="wam")
