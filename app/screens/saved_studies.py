"""The study of the samples that Evaluate arrives with: made from the shipped weights, and kept.

    python -m app.screens.saved_studies     makes it again, for every kind of input

It has the plan that the controls begin with. The fingerprint of the network and the plan are kept
with the numbers: where one of them is another, nothing saved is shown.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import models
from app import kinds
from app.components import study_plan
from app.components.study_inputs import Inputs, first_samples
from app.components.study_plan import Choice
from app.kinds import Kind
from app.session import StudyRecord, session
from models import samples
from wam_core import Classifier
from wam_core.evaluation.report import read_results, results_csv
from wam_core.evaluation.study import Item, Results, Row, study
from wam_core.steps import run_to_end

_FOLDER = Path(__file__).parents[1] / "saved_studies"


def offer(at: str, choice: Choice, net: Classifier, inputs: Inputs) -> None:
    """Give the saved study to the page, where its plan is the chosen one and nothing was measured.

    Args:
        at: the key of the chosen study.
        choice, net, inputs: what it is about.
    """
    known = study_plan.record(at)
    names = [source.name for source in inputs.sources]
    if known.rows or known.failures or names != first_samples(inputs.kind.name):
        return
    if (saved := _read(inputs.kind)) is None or saved["about"] != _about(choice, net):
        return
    measured = read_results(saved["results"])
    session().studies.put(
        at, StudyRecord(rows=measured, total=len(names) * len(choice.plan.methods))
    )


def _read(kind: Kind) -> dict[str, Any] | None:
    file = _FOLDER / f"{kind.name}.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else None


def rows(kind: Kind) -> list[Row]:
    """The saved numbers of a kind; none where nothing is saved."""
    saved = _read(kind)
    return [] if saved is None else read_results(saved["results"])


def _about(choice: Choice, net: Classifier) -> dict[str, str]:
    """What the numbers depend on, besides the samples."""
    return {"network": net.fingerprint, "plan": repr(choice.plan), "second": choice.second_model}


def make(kind: Kind, inputs: int | None = None) -> tuple[Choice, Classifier, Results]:
    """The study of the samples of a kind, with the plan that the controls begin with.

    Args:
        kind: of input.
        inputs: how many of the samples; all where None.
    """
    net = models.load(models.default(kind.name))
    names = first_samples(kind.name)
    signal = samples.load(names[0])
    x = net.prepare(signal)
    choice = study_plan.usual_choice(net, kind, signal, x.shape[1])
    items = [Item(name, partial(samples.load, name)) for name in names[:inputs]]
    return choice, net, run_to_end(study(net, items, choice.plan))


def main() -> None:
    """Make all of them."""
    _FOLDER.mkdir(exist_ok=True)
    for kind in kinds.all_kinds():
        choice, net, results = make(kind)
        saved = {"about": _about(choice, net), "results": results_csv(results.rows)}
        (_FOLDER / f"{kind.name}.json").write_text(json.dumps(saved, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
