"""The documentation builds strictly, asks no foreign server for anything, and links to what exists."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from docs.docstrings import markdown

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
SOURCES = [
    *(ROOT / name for name in ("Makefile", "Dockerfile", "pyproject.toml")),
    *sorted(
        file
        for folder in ("app", "benchmarks", "docs", "models", "tests", "training", "wam_core")
        for file in (ROOT / folder).rglob("*.py")
    ),
]
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")
_FENCED = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"`((?:app|benchmarks|docs|models|tests|training|wam_core)/[\w/.-]+)`")
_CITED = re.compile(r"\bdocs/[\w/.-]+?\.(?:md|ipynb|png|svg)\b|\b(?:CONTRIBUTING|CHANGELOG)\.md\b")


class Requests(HTMLParser):
    """What a browser fetches for a page, without any click."""

    FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "audio": "src"}

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "link" and values.get("rel") not in ("canonical", "next", "prev"):
            self.found.append(values.get("href"))
        elif tag in self.FETCHED:
            self.found.append(values.get(self.FETCHED[tag]))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return folder


def test_every_page_and_tutorial_is_there(site):
    sources = [page for page in PAGES if page.is_relative_to(ROOT / "docs")]
    sources += (ROOT / "docs/notebooks").glob("*.ipynb")
    for source in sources:
        page = site / source.relative_to(ROOT / "docs").with_suffix(".html")
        page = page.with_name("index.html") if page.stem == "README" else page
        assert page.is_file(), page
    text = (site / "api/index.html").read_text("utf-8")
    assert 'id="wam_core.explain"' in text and "micro_batch" in text


def test_no_page_asks_a_foreign_server(site):
    fetched = {}
    for page in site.rglob("*.html"):
        parser = Requests()
        parser.feed(page.read_text("utf-8"))
        fetched[page.name] = [address for address in parser.found if address]
    assert sum(map(len, fetched.values())) > 100
    for page, addresses in fetched.items():
        foreign = [a for a in addresses if re.match(r"(https?:)?//", a)]
        assert not foreign, (page, foreign)
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//", sheet.read_text("utf-8")), sheet


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name != "CHANGELOG.md"],  # which names what was
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_files_that_a_page_names_exist(page):
    made = ("NAME", "/dist/")  # by whoever reads the page
    for path in _PATH.findall(page.read_text("utf-8")):
        assert any(part in path for part in made) or (ROOT / path).exists(), path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_to_files(page):
    for target in _LINK.findall(_FENCED.sub("", page.read_text("utf-8"))):
        path = target.partition("#")[0]
        assert not path or (page.parent / path).exists(), f"{page.name} links to {target}"


def test_each_decision_has_its_three_parts_and_a_line_in_the_index():
    folder = ROOT / "docs/adr"
    index = (folder / "README.md").read_text("utf-8")
    records = sorted(folder.glob("0*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        title, *parts = re.findall(r"^##? (.*)", record.read_text("utf-8"), re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences"], record.name
        assert f"- [{title}]({record.name})" in index, record.name


def test_the_code_cites_pages_that_exist():
    cited = {
        (name, str(source.relative_to(ROOT)))
        for source in SOURCES
        for name in _CITED.findall(source.read_text("utf-8"))
    }
    assert len(cited) >= 5
    missing = [(name, source) for name, source in sorted(cited) if not (ROOT / name).exists()]
    assert not missing


def test_docstrings_become_markdown():
    text = markdown("See :class:`~wam_core.bands.Bands`, :func:`explain`.\n\n>>> 1 + 1\n2\n\nEnd.")
    assert text == "See `Bands`, `explain`.\n\n```pycon\n>>> 1 + 1\n2\n```\n\nEnd."
    table = "====  ===\nname  use\n====  ===\na     b\n====  ==="
    assert markdown(f"Text.\n\n{table}\n") == f"Text.\n\n```text\n{table}\n```\n"
