"""``wam evaluate``: methods and controls over a folder of files; results.csv, summary.csv, summary.md."""

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli import folder, inputs, networks
from app.cli.options import (
    ClassNamesOption,
    DeviceOption,
    LabelsFrom,
    ModelOption,
    WeightsOption,
    check_own,
)

if TYPE_CHECKING:
    from wam_core import Classifier, Signal
    from wam_core.evaluation.study import Plan, Progress, Row

_METHODS = "wam-sg,wam-sg-magnitude,wam-ig,wam-path,gradcam,control-z,random"
_METRICS = "insertion,deletion,faithfulness,log-auc,sufficient"


def evaluate(
    source: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Files to explain.", show_default=False)
    ],
    model: ModelOption = None,
    methods: Annotated[
        str, typer.Option(help="Names, with commas; a wrong one lists all.")
    ] = _METHODS,
    metrics: Annotated[str, typer.Option(help="Names, with commas.")] = _METRICS,
    wavelet: Annotated[str | None, typer.Option(help="Of the wavelet methods.")] = None,
    levels: Annotated[int | None, typer.Option(help="The number of scales.")] = None,
    steps: Annotated[int, typer.Option(help="Of the curves; even.")] = 64,
    samples: Annotated[int, typer.Option(help="Noisy copies, steps or points of a method.")] = 25,
    limit: Annotated[
        int | None,
        typer.Option(help="Take this many files, drawn by the seed.", show_default=False),
    ] = None,
    labels_from: Annotated[
        LabelsFrom,
        typer.Option(
            "--labels",
            help="The class to explain: predicted; the number before _ in the file name (prefix); "
            "or the name of the folder that a file is in.",
        ),
    ] = "predicted",
    judge: Annotated[
        str | None,
        typer.Option(help="A second network for the metric second-network.", show_default=False),
    ] = None,
    noise: Annotated[
        float | None,
        typer.Option(
            help="Add white noise at this signal-to-noise ratio, in dB, to what the network receives.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of every draw.")] = 0,
    on: DeviceOption = "auto",
    weights: WeightsOption = None,
    class_names: ClassNamesOption = None,
    out: Annotated[
        Path, typer.Option(help="The folder to write to; a run that was stopped goes on there.")
    ] = Path("wam-evaluation"),
) -> None:
    """Measure how faithful methods are, beside controls that ask no network."""
    check_own(model, weights, class_names)
    files = folder.files(source, limit, seed)
    where = inputs.writable(out)
    first = folder.first_readable(files)
    classifier = networks.network(model, weights, class_names, on, first)
    plan = _plan(
        classifier, first, methods, metrics, wavelet, levels, steps, samples, judge, on, seed
    )
    items = folder.items(files, source, classifier, labels_from)
    if noise is not None:
        items = [folder.noisy(item, classifier, noise, seed) for item in items]
    with _held(where):
        kept = _taken_up(where, _described(plan, classifier, labels_from, judge, noise))
        done = {(row.input, row.method) for row in kept}
        try:
            failures = _measured(classifier, items, plan, done, where)
        except KeyboardInterrupt:
            failures = None
        _summarise(where, failures or [])
    if failures is None:
        typer.echo("wam: stopped; the same command goes on from here", err=True)
        raise typer.Exit(1)


def _plan(
    classifier: "Classifier",
    first: "Signal",
    methods: str,
    metrics: str,
    wavelet: str | None,
    levels: int | None,
    steps: int,
    samples: int,
    judge: str | None,
    on: str,
    seed: int,
) -> "Plan":
    from app.asking import method
    from wam_core.defaults import DEFAULTS
    from wam_core.evaluation.methods import Settings
    from wam_core.evaluation.study import Plan

    usual = DEFAULTS[first.modality]
    settings = Settings(
        method.transform(first, classifier, wavelet, levels, None),
        samples, usual.spread, seed, usual.grading,
    )  # fmt: skip
    names = tuple(filter(None, (name.strip() for name in methods.split(","))))
    wanted = tuple(filter(None, (name.strip() for name in metrics.split(","))))
    second = None if judge is None else _second(judge, classifier, on)
    return Plan(names, wanted, settings, steps, judge=second, seed=seed)


def _second(name: str, classifier: "Classifier", on: str) -> "Callable[[Any], Any]":
    """The second network's probabilities of inputs that were made for the first."""
    import models
    from app.device import device
    from wam_core.evaluation.judge import judged_by

    return judged_by(models.load(name, device(on)), classifier)


def _described(
    plan: "Plan",
    classifier: "Classifier",
    labels_from: str,
    judge: str | None,
    noise: float | None,
) -> dict[str, Any]:
    """What has to be equal for a run to be taken up again."""
    from dataclasses import asdict

    settings = asdict(plan.settings)
    return {
        "model": classifier.name,
        "fingerprint": classifier.fingerprint,
        "metrics": list(plan.metrics),
        "settings": settings,
        "steps": plan.steps,
        "points": plan.points,
        "labels": labels_from,
        "judge": judge,
        "noise": noise,
        "seed": plan.seed,
    }


@contextmanager
def _held(where: Path) -> Iterator[None]:
    """Keep other runs out of the folder; the system lets go of it when the process ends.

    Raises:
        SettingsError: another run is writing there.
    """
    from wam_core.errors import SettingsError

    with (where / ".running").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(f"another run is writing to {where}; give another --out") from None
        yield


def _taken_up(where: Path, described: dict[str, Any]) -> "list[Row]":
    """Rows of an earlier run of the same plan; those of a pair that was under way are dropped.

    Raises:
        SettingsError: the folder holds a run of another plan.
    """
    from wam_core.errors import SettingsError
    from wam_core.evaluation.tables import complete, read_results, results_csv

    plan, results = where / "plan.json", where / "results.csv"
    kept: list[Row] = []
    if results.exists():
        before = json.loads(plan.read_text(encoding="utf-8")) if plan.exists() else None
        if before != json.loads(json.dumps(described)):
            raise SettingsError(
                f"{where} holds the results of another network or other settings; give another "
                "--out, or remove it"
            )
        kept = complete(read_results(results.read_text(encoding="utf-8")))
    plan.write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    results.write_text(results_csv(kept), encoding="utf-8")
    return kept


def _measured(classifier: "Classifier", items: Any, plan: "Plan", done: Any, where: Path) -> Any:
    """Run the study; rows are on disk as soon as a method has finished an input."""
    from app.cli.progress import bar
    from wam_core.evaluation.study import study
    from wam_core.evaluation.tables import results_csv
    from wam_core.steps import drained

    written = 0
    total = len(items) * len(plan.methods)
    with bar(total) as advance, (where / "results.csv").open("a", encoding="utf-8") as file:

        def write(rows: Any) -> None:
            nonlocal written
            file.write(results_csv(rows[written:], head=False))
            file.flush()
            written = len(rows)

        def take(progress: "Progress") -> None:
            if len(progress.rows) > written:
                write(progress.rows)
            advance(progress.done, f"{progress.input} {progress.method}")

        results = drained(study(classifier, items, plan, done=done), take)
        write(results.rows)
        return results.failures


def _summarise(where: Path, failures: Any) -> None:
    from wam_core.evaluation.summary import summary
    from wam_core.evaluation.tables import read_results, summary_csv, summary_md

    rows = read_results((where / "results.csv").read_text(encoding="utf-8"))
    lines = summary(rows)
    plan = json.loads((where / "plan.json").read_text(encoding="utf-8"))
    inputs_measured = len({row.input for row in rows})
    about = (
        f"{plan['model']}, {inputs_measured} inputs, {plan['settings']['transform']['wavelet']} "
        f"with {plan['settings']['transform']['levels']} levels, {plan['steps']} steps, "
        f"{plan['settings']['samples']} samples, seed {plan['seed']}"
        + ("" if plan["noise"] is None else f", white noise at {plan['noise']:g} dB added")
        + ". Perturbed inputs are clipped "
        "to their valid range, not stretched. Rankings in italics ask no network."
    )
    (where / "summary.csv").write_text(summary_csv(lines), encoding="utf-8")
    (where / "summary.md").write_text(summary_md(lines, failures, about), encoding="utf-8")
    typer.echo(f"{inputs_measured} inputs measured, {len(failures)} skipped")
    for failure in failures:
        typer.echo(f"wam: skipped {failure.input}: {failure.reason}", err=True)
    names = ("results.csv", "summary.csv", "summary.md")
    typer.echo("written: " + ", ".join(str(where / name) for name in names))
