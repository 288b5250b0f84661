"""``wam evaluate``: methods and controls over a folder of files; results.csv, summary.csv, summary.md."""

import fcntl
import json
import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli import engines, folder, inputs, networks
from app.cli.options import (
    ClassNamesOption,
    DeviceOption,
    LabelsFrom,
    ModelOption,
    ThreadsOption,
    WeightsOption,
    checked_request,
)

if TYPE_CHECKING:
    from wam_core import Classifier, Signal
    from wam_core.evaluation.study import Plan, Progress, Results, Row

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
    transform: Annotated[str, typer.Option(help="Of the wavelet methods.")] = "dwt",
    wavelet: Annotated[str | None, typer.Option(help="Of the transform.")] = None,
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
    second_model: Annotated[
        str | None,
        typer.Option(
            "--judge", help="A second network for the metric second-network.", show_default=False
        ),
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
    engine: engines.EngineOption = "local",
    address: engines.AddressOption = None,
    workers: engines.WorkersOption = None,
    threads: ThreadsOption = None,
    out: Annotated[
        Path, typer.Option(help="The folder to write to; a run that was stopped goes on there.")
    ] = Path("wam-evaluation"),
) -> None:
    """Measure how faithful methods are, beside controls that ask no network."""
    networks.check_own(model, weights, class_names)
    engines.check(engine, address, workers)
    files = folder.files(source, limit, seed)
    where = inputs.writable(out)
    first = folder.first_readable(files)

    import torch

    from wam_core.evaluation.study import study

    if threads is not None:
        torch.set_num_threads(threads)
    here = on if engine == "local" else "cpu"  # a GPU of the cluster need not be on this machine
    classifier = networks.network(model, weights, class_names, here, first)
    second = (
        None if second_model is None else networks.network(second_model, None, None, here, first)
    )
    plan = _plan(
        classifier,
        first,
        methods,
        metrics,
        {"transform": transform, "wavelet": wavelet, "levels": levels},
        steps,
        samples,
        second,
        seed,
        noise,
    )
    items = folder.items(files, source, classifier, labels_from)
    with _locked(where):
        kept = _finished_rows(where, _plan_settings(plan, classifier, labels_from, second_model))
        done = {(row.input, row.method) for row in kept}
        if engine == "local":
            work = study(classifier, items, plan, done=done)
        else:
            import models as catalogue
            from app.cluster.studies import study_on_cluster

            name = model or catalogue.default(first.modality)
            scorer = None
            if second_model is not None and second is not None:
                scorer = engines.network_to_send(second_model, None, second)
            work = study_on_cluster(
                engines.network_to_send(name, weights, classifier), items, plan, done=done,
                second_model=scorer,
                packed=partial(folder.with_bytes, source), on=engines.device_kind(on),
                address=address, workers=workers,
            )  # fmt: skip
        try:
            failures = _run(work, len(items) * len(plan.methods), where)
        except KeyboardInterrupt:
            failures = None
        _sort_results(where, [item.name for item in items], plan.methods)
        _write_summary(where, failures or [])
    if failures is None:
        typer.echo("wam: stopped; the same command goes on from here", err=True)
        raise typer.Exit(1)


def _plan(
    classifier: "Classifier",
    first: "Signal",
    methods: str,
    metrics: str,
    scales: Mapping[str, Any],
    steps: int,
    samples: int,
    second: "Classifier | None",
    seed: int,
    noise: float | None,
) -> "Plan":
    from app import kinds
    from wam_core.evaluation.curves import transfer_score
    from wam_core.evaluation.methods import Settings
    from wam_core.evaluation.study import Plan

    usual = kinds.of(first).defaults
    settings = Settings(
        checked_request(**scales).build_transform(usual, first, classifier),
        samples, usual.spread, seed, usual.grading,
    )  # fmt: skip
    names = tuple(filter(None, (name.strip() for name in methods.split(","))))
    wanted = tuple(filter(None, (name.strip() for name in metrics.split(","))))
    score = None if second is None else transfer_score(second, classifier)
    return Plan(names, wanted, settings, steps, transfer_score=score, seed=seed, noise=noise)


def _plan_settings(
    plan: "Plan",
    classifier: "Classifier",
    labels_from: str,
    second_model: str | None,
) -> dict[str, Any]:
    """What has to be equal for a run to go on from an earlier one."""
    from dataclasses import asdict

    from wam_core.transforms import DEFAULT

    settings, transform = asdict(plan.settings), plan.settings.transform
    if transform.name != DEFAULT:  # plans of version 0.1 name none
        settings["transform"] = transform.settings
    return {
        "model": classifier.name,
        "fingerprint": classifier.fingerprint,
        "metrics": list(plan.metrics),
        "settings": settings,
        "steps": plan.steps,
        "points": plan.points,
        "labels": labels_from,
        "judge": second_model,
        "noise": plan.noise,
        "seed": plan.seed,
    }


@contextmanager
def _locked(where: Path) -> Iterator[None]:
    """Keep other runs out of the folder; the system releases it when the process ends.

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


def _finished_rows(where: Path, settings: dict[str, Any]) -> "list[Row]":
    """Rows of an earlier run of the same plan; those of a pair that was under way are dropped.

    Raises:
        SettingsError: the folder holds a run of another plan.
    """
    from wam_core.errors import SettingsError
    from wam_core.evaluation.report import complete, read_results, results_csv

    plan, results = where / "plan.json", where / "results.csv"
    kept: list[Row] = []
    if results.exists():
        before = json.loads(plan.read_text(encoding="utf-8")) if plan.exists() else None
        if before != json.loads(json.dumps(settings)):
            raise SettingsError(
                f"{where} holds the results of another network or other settings; give another "
                "--out, or remove it"
            )
        kept = complete(read_results(results.read_text(encoding="utf-8")))
    plan.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    results.write_text(results_csv(kept), encoding="utf-8")
    return kept


def _run(work: "Generator[Progress, None, Results]", total: int, where: Path) -> Any:
    """Run the study; rows are on disk as soon as a method has finished an input."""
    from app.cli.console import progress_bar
    from wam_core.evaluation.report import results_csv
    from wam_core.steps import run_to_end

    written = 0
    with (
        closing(work),
        progress_bar(total) as advance,
        (where / "results.csv").open("a", encoding="utf-8") as file,
    ):

        def take(progress: "Progress") -> None:
            nonlocal written
            if len(progress.rows) > written:
                file.write(results_csv(progress.rows[written:], head=False))
                file.flush()
                written = len(progress.rows)
            advance(progress.done, f"{progress.input} {progress.method}")

        return run_to_end(work, take).failures


def _sort_results(where: Path, names: "list[str]", methods: "tuple[str, ...]") -> None:
    """Put the rows in order: several workers, or a run that went on, note them as they come."""
    from wam_core.evaluation.report import in_order, read_results, results_csv

    results, ordered = where / "results.csv", where / ".results.csv"
    rows = read_results(results.read_text(encoding="utf-8"))
    ordered.write_text(results_csv(in_order(rows, names, methods)), encoding="utf-8")
    os.replace(ordered, results)


def _write_summary(where: Path, failures: Any) -> None:
    from wam_core.evaluation.report import read_results, summary, summary_csv, summary_md
    from wam_core.transforms import from_settings

    rows = read_results((where / "results.csv").read_text(encoding="utf-8"))
    lines = summary(rows)
    plan = json.loads((where / "plan.json").read_text(encoding="utf-8"))
    transform = from_settings(plan["settings"]["transform"])
    inputs_measured = len({row.input for row in rows})
    about = (
        f"{plan['model']}, {inputs_measured} inputs, {transform.title} "
        f"with {transform.levels} levels, {plan['steps']} steps, "
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
