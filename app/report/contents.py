"""An explanation → the sections of its report."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from app import kinds, reproduction
from app.figures import captions, contributed, findings, result_charts
from app.figures.units import Units
from app.report.parts import BuildUp, Chart, Code, Part, ReportInput, Section, Table, Words
from wam_core import WaveletAttribution, export
from wam_core.network_input import description
from wam_core.views import profile as scale_profile

_MOST_SOUND = 4_000_000  # bytes of a build-up's sounds: more would make the page too large
_NOT_TESTED = (
    "Whether this explanation says more than the sizes of the coefficients do was not measured. "
    "Run the test in the dashboard, in the tab Faithfulness of the same explanation; a report that "
    "is made afterwards holds its curves."
)


def headline(report: ReportInput) -> str:
    """What is explained, in a few words."""
    return f"What {report.title} used for “{report.result.target}”"


def sections(report: ReportInput) -> list[Section]:
    """All of the report, from top to bottom."""
    result, kind = report.result, kinds.of(report.signal)
    units = kind.units(report.net, result.layout, report.signal)
    shares = scale_profile(result.attribution)
    best = report.net.top(result.probabilities[0])
    labels, values = [one["label"] for one in best], [one["probability"] for one in best]
    about_input = description(report.net, report.signal)
    overview = [
        *kind.report_pictures(report),
        Chart(
            f"{report.title} says",
            partial(result_charts.predictions_figure, labels, values, result.target.label),
            "Most probable: "
            + ", ".join(f"{n} {p:.2f}" for n, p in zip(labels, values, strict=True)),
            f"Explained: {result.target}, {result.target.quantity} {float(result.scores[0]):.3g}.",
            wide=False,
        ),
        Chart(
            "Share of attribution by scale",
            lambda look: result_charts.profile_figure(shares, look, units),
            captions.profile_text(shares, units),
            "Shares of Σ|γ|; they add up to 100 %. Ticks: the share of the coefficients of each level.",
            wide=False,
        ),
    ]
    notes = [f"{report.signal.name}: {about_input}.", *report.signal.notes]
    summary = kind.summary_text(result, report.net, report.signal, str(result.target))
    sure = findings.error_finding(result)
    found = [Words([summary, *([sure] if sure else []), " ".join(notes)])]
    maps = [] if result.is_zero else list(kind.report_maps(report))
    return [
        Section("", found),
        Section("At a glance", overview),
        *_build_up(report),
        *_contributions(report, units),
        *([Section("Where and what", maps)] if maps else []),
        Section("Faithfulness", list(report.tested) or [Words([_NOT_TESTED])]),
        *_sum(result),
        Section("Settings and provenance", list(_settings(report))),
        Section("Make it again", list(_again(report))),
    ]


def _build_up(report: ReportInput) -> list[Section]:
    """The input from its strongest coefficients, where it was computed."""
    if (slides := report.slides) is None:
        return []
    if sum(map(len, slides.sounds)) > _MOST_SOUND:
        slides = replace(slides, sounds=())
    return [Section("Build-up", [BuildUp("", slides, slides.alt_text)])]


def _contributions(report: ReportInput, units: Units) -> list[Section]:
    """What groups of levels contribute, where it was measured."""
    if report.answers is None:
        return []
    kind, result = kinds.of(report.signal), report.result
    effects = contributed.group_effects(
        result, report.net, kind.groups(result.attribution), kind.group_structures, units,
        report.answers,
    )  # fmt: skip
    notes = (contributed.disagreement(effects), contributed.method_note(effects))
    return [
        Section(
            "Contributions",
            [
                Chart(
                    "Contribution of scales",
                    partial(contributed.chart, effects),
                    contributed.chart_text(effects),
                    contributed.sentence(effects),
                ),
                Table("Every number", contributed.rows(effects), " ".join(filter(None, notes))),
            ],
        )
    ]


def _sum(result: WaveletAttribution) -> list[Section]:
    """Whether the values add up, where they are meant to."""
    if (gap := result.completeness_gap) is None or result.origin_scores is None:
        return []
    change = float(result.scores[0] - result.origin_scores[0])
    total = float(sum(values[0].sum() for _, values in result.attribution.bands()))
    missing = float(gap[0])
    words = findings.completeness_finding(str(result.target), change, total, missing)
    return [Section("Does it add up?", [Words([words])])]


def _settings(report: ReportInput) -> list[Part]:
    manifest = export.manifest(report.result, report.net, report.signal, report.parts)
    chosen = {**manifest["settings"], "seed": manifest["seed"]}
    source = report.result.provenance
    about = {
        "input": source.input_name,
        "input SHA-256": source.input_sha256,
        "network": f"{report.title} ({source.model})",
        "network fingerprint": source.fingerprint,
        "network input": " × ".join(map(str, manifest["model"]["shape"])),
        "target": f"{report.result.target} ({report.result.target.index})",
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


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[dict[str, Any]]:
    """Settings one below the other; those of the path that noise runs along with its name."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name} ")
        elif value is not None:
            yield {"setting": f"{above}{name}".replace("_", " "), "value": value}


def _again(report: ReportInput) -> list[Part]:
    again = reproduction.both(report.result, report.net, report.signal, report.origin)
    where = (
        "The sample comes with the installation."
        if report.origin.sample
        else f"To be run in the folder that holds {report.signal.name}; another file is refused."
    )
    return [
        Words([f"{where} {reproduction.EXACT}"]),
        Code("Python", again["python"]),
        Code("Command line", again["command"]),
    ]
