"""An explanation → the sections of its report."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from app import reproduction
from app.figures import captions, contributed, findings, predictions, profile
from app.figures.units import units_of
from app.report import image, sound, volume
from app.report.parts import Chart, Code, Part, ReportInput, Section, Table, Words
from wam_core import WaveletAttribution, export
from wam_core.signals import Modality
from wam_core.views import profile as scale_profile

_NOT_TESTED = (
    "Whether this explanation says more than the sizes of the coefficients do was not measured. "
    "In the dashboard, the tab “Is it true?” of the same explanation has the button “Put it to the "
    "test”; a report that is made afterwards holds its curves."
)


_KINDS: Mapping[Modality, Any] = {"image": image, "sound": sound, "volume": volume}


def headline(told: ReportInput) -> str:
    """What is explained, in a few words."""
    return f"What {told.title} used for “{told.result.target}”"


def sections(told: ReportInput) -> list[Section]:
    """All of the report, from top to bottom."""
    result, kind = told.result, _KINDS[told.signal.modality]
    units = units_of(told.net, told.signal)
    shares = scale_profile(result.attribution)
    best = told.net.top(result.probabilities[0])
    labels, values = [one["label"] for one in best], [one["probability"] for one in best]
    seen = told.net.frontend.describe(told.signal)
    overview = [
        *kind.pictures(told),
        Chart(
            f"{told.title} says",
            partial(predictions.figure, labels, values, result.target.label),
            "Most probable: "
            + ", ".join(f"{n} {p:.2f}" for n, p in zip(labels, values, strict=True)),
            f"Explained: {result.target}, {result.target.quantity} {float(result.scores[0]):.3g}.",
            wide=False,
        ),
        Chart(
            "Importance by scale",
            lambda look: profile.figure(shares, look, units),
            captions.profile_text(shares, units),
            "Shares of Σ|γ| over all coefficients; they add up to 100 %.",
            wide=False,
        ),
    ]
    notes = [f"{told.signal.name}: {seen}.", *told.signal.notes]
    sure = findings.uncertain(result)
    found = [Words([kind.summary(told, shares), *([sure] if sure else []), " ".join(notes)])]
    if told.answers is not None:
        said = contributed.told(result, told.net, told.signal, told.answers)
        lines = [line.replace("**", "") for line in (*said.lines, said.sure)]
        found.append(Words(lines, f"What fine and coarse details contributed to “{said.target}”"))
    maps = [] if result.is_zero else kind.maps(told)
    return [
        Section("", found),
        Section("At a glance", overview),
        *([Section("Where and what", maps)] if maps else []),
        Section("Is it true?", list(told.tested) or [Words([_NOT_TESTED])]),
        *_sum(result),
        Section("Settings and provenance", list(_settings(told))),
        Section("Make it again", list(_again(told))),
    ]


def _sum(result: WaveletAttribution) -> list[Section]:
    """Whether the values add up, where they are meant to."""
    if (gap := result.completeness_gap) is None or result.origin_scores is None:
        return []
    change = float(result.scores[0] - result.origin_scores[0])
    total = float(sum(values[0].sum() for _, values in result.attribution.bands()))
    missing = float(gap[0])
    words = findings.adds_up(str(result.target), change, total, missing)
    return [Section("Does it add up?", [Words([words])])]


def _settings(told: ReportInput) -> list[Part]:
    manifest = export.manifest(told.result, told.net, told.signal, told.parts)
    chosen = {**manifest["settings"], "seed": manifest["seed"]}
    source = told.result.provenance
    about = {
        "input": source.input_name,
        "input SHA-256": source.input_sha256,
        "network": f"{told.title} ({source.model})",
        "network fingerprint": source.fingerprint,
        "network input": " × ".join(map(str, manifest["model"]["shape"])),
        "target": f"{told.result.target} ({told.result.target.index})",
        "device": reproduction.ran(source),
        "passed": source.layout or "as given",
        "time": f"{source.seconds:.2f} s",
    }
    return [
        Table("Provenance", [{"what": what, "value": value} for what, value in about.items()]),
        Table("Settings", list(_flat(chosen)), wide=False),
        Table(
            "Versions",
            [{"package": p, "version": v} for p, v in source.versions.items()],
            wide=False,
        ),
    ]


def _flat(values: Mapping[str, Any], above: str = ""):  # type: ignore[no-untyped-def]
    """Settings one below the other; those of the path that noise runs along with its name."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name} ")
        elif value is not None:
            yield {"setting": f"{above}{name}".replace("_", " "), "value": value}


def _again(told: ReportInput) -> list[Part]:
    again = reproduction.both(told.result, told.net, told.signal, told.origin)
    where = (
        "The sample comes with the installation."
        if told.origin.sample
        else f"To be run in the folder that holds {told.signal.name}; another file is refused."
    )
    return [
        Words([f"{where} {reproduction.EXACT}"]),
        Code("Python", again["python"]),
        Code("Command line", again["command"]),
    ]
