"""The report: complete, small, shut off, and deaf to what strangers call their files."""

import copy
import html
import io
import json
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio
import pytest
from streamlit.testing.v1 import AppTest

from app import kinds, report
from app.figures import contributed, figure_files, findings, result_charts
from app.figures.theme import Look
from app.figures.units import Pixels
from app.report.parts import Chart, Table, Words
from app.screens import export_menu
from tests import reports
from tests.app.pages import MAIN, mine, until_quiet
from wam_core import WaveletAttribution, explain, export
from wam_core.views import profile as scale_profile

pytestmark = pytest.mark.slow

KINDS = ("image", "sound", "volume")
MOST = 12_000_000
FILES = {
    "image": {"mosaic.png", "overlay.png"},
    "volume": {"mosaic.png", "overlay.png", "slices.png", "attribution.nii.gz", "scene.html"},
}
ALWAYS = {"attribution.npz", "manifest.json", "profile.csv", "report.html"}


class Elements(HTMLParser):
    """Every element of a page, and the text of those that hold code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] not in ("script", "style"):
            self.text += data


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_whole_and_names_mean_nothing(kind: str) -> None:
    page = reports.page(kind)
    assert len(page.encode()) < MOST
    head = re.search(r'name="sha256" content="([0-9a-f]{64})"', page[:2000])
    assert head and len(set(head[1])) > 1  # what tells large files of two people apart
    elements = Elements(page)
    assert not [tag for tag in elements.found if tag[0] in ("link", "iframe", "base", "object")]
    addresses = [v or "" for _, a in elements.found for k, v in a.items() if k in ("src", "href")]
    assert all(address.startswith("data:") for address in addresses)
    assert not [a for _, a in elements.found if any(name.startswith("on") for name in a)]
    assert [tag for tag, _ in elements.found].count("h1") == 1
    assert "window.hacked=2</script>" not in page
    assert reports.HOSTILE in elements.text  # as text, and only so
    for said in ("Settings and provenance", "Make it again", "--sha256", "torch.set_num_threads"):
        assert said in page
    source = reports.told(kind).result.provenance
    assert source.input_sha256 in page and source.fingerprint in page
    assert "was not measured" in page
    assert page.count('class="plot"') == {"image": 5, "sound": 3, "volume": 3}[kind]
    assert ("Does it add up?" in page) == (kind == "volume")
    assert page.count("<audio") == (3 if kind == "sound" else 0)


def test_what_was_measured_takes_the_place_of_the_sentence() -> None:
    result = reports.told("image").result
    shares, pixels = scale_profile(result.attribution), Pixels(result.layout)
    chart = Chart(
        "Insertion", lambda look: result_charts.profile_figure(shares, look, pixels), "told"
    )
    measured = (Words(["It gains over |z|."]), chart, Table("All orders", [{"Metric": "log-AUC"}]))
    page = report.html(replace(reports.told("image"), tested=measured))
    assert "It gains over |z|." in page and "All orders" in page
    assert "was not measured" not in page


def test_a_map_too_large_to_explore_is_a_picture() -> None:
    told = reports.told("image")
    net, transform, path = told.net, told.result.transform, told.result.path
    x = told.result.input.repeat(1, 1, 2, 2)
    result = explain(net, x, 0, transform=transform, path=path)
    page = report.html(replace(told, result=result))
    assert len(page.encode()) < MOST
    assert "448 × 448 values to explore would make this file too large" in page
    assert page.count('class="plot"') == 2


def test_slices_are_explored_as_long_as_they_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    page = reports.page("volume")
    assert page.count('<div data-slicer="') == 1 and "slices.png" not in page
    monkeypatch.setattr("app.kinds.volume_report._MOST", 1000)
    still = report.html(reports.told("volume"))
    assert '<div data-slicer="' not in still and "for this page there are too many" in still
    assert "attachShadow" not in still, "nothing is carried along that is not used"


def test_the_error_of_the_map_is_told() -> None:
    said = findings.error_finding(reports.told("volume").result)
    assert said is not None and said in reports.page("volume")
    assert findings.error_finding(reports.told("image").result) is None


def test_the_dark_figure_is_the_light_one_and_its_changes() -> None:
    result = reports.told("image").result
    shares, pixels = scale_profile(result.attribution), Pixels(result.layout)

    def draw(look: Look) -> go.Figure:
        return result_charts.profile_figure(shares, look, pixels)

    made = figure_files.two_themes(draw)
    expected = json.loads(pio.to_json(draw(Look(dark=True)), validate=False))
    assert made.light != expected
    turned: Any = copy.deepcopy(made.light)
    for place, value in made.dark:
        node = turned
        for step in place[:-1]:
            node = node[step]
        node[place[-1]] = value
    assert turned == expected
    assert {row["series"] for row in made.rows}


def test_one_zip_holds_everything_and_is_the_same_again() -> None:
    told = reports.told("sound")
    files = export.contents(told.result, told.net, told.signal, parts=told.parts)
    packed = export.archive(files)
    assert packed == export.archive(files)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist()[0] == "manifest.json"
        assert {"original.wav", "kept.wav", "rest.wav", "bands/L1.d.wav"} < set(archive.namelist())
        back = WaveletAttribution.load(io.BytesIO(archive.read("attribution.npz")))
    for (_, ours), (_, theirs) in zip(
        told.result.attribution.bands(), back.attribution.bands(), strict=True
    ):
        assert bool((ours == theirs).all())


@pytest.mark.parametrize(("kind", "sample"), [("image", "Cup of coffee"), ("volume", "A table")])
def test_the_screen_offers_both(kind: str, sample: str) -> None:
    prefix = "" if kind == "image" else f"{kind}-"
    app = AppTest.from_file(str(MAIN), default_timeout=90)
    for name, value in {"modality": kind.capitalize(), f"{prefix}method": "Gradient"}.items():
        app.query_params[name] = value
    app.query_params[f"{prefix}sample"] = sample
    until_quiet(app)
    app.session_state["export"] = True
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    assert {"report.html", "everything.zip"} <= {b.key for b in app.get("download_button")}
    shown = mine(app).explained[kind]  # type: ignore[index]
    of = kinds.of(shown.subject.signal)
    groups = of.groups(shown.result.attribution)
    answers = shown.subject.net.predict(contributed.partial_inputs(shown.result, groups))
    measured = export_menu.Measured(answers=answers)
    packed = export_menu.as_archive(shown, measured, "somebody")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert set(archive.namelist()) == ALWAYS | FILES[kind]
        page = archive.read("report.html").decode()
        manifest = json.loads(archive.read("manifest.json"))
    assert export_menu.as_page(shown, measured, "somebody") == page
    effects = contributed.group_effects(
        shown.result, shown.subject.net, groups, of.group_structures,
        of.units(shown.subject.net, shown.result.layout, shown.subject.signal), answers,
    )  # fmt: skip
    said = html.unescape(page)
    assert contributed.sentence(effects) in said and contributed.method_note(effects) in said
    assert manifest["reproduce"]["command"].startswith(
        f"wam explain sample:{shown.subject.origin.sample}"
    )
    assert manifest["threads"] == shown.result.provenance.threads > 0
