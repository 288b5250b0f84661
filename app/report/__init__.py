"""An explanation as one page that needs no server: figures, numbers, settings, how to make it again.

Nothing is fetched and nothing is sent: the page forbids it to itself. Text of files, of networks and
of their classes is escaped by Jinja, and by the figures' own JSON.
"""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2

from app.figures import build_up, slicer
from app.figures.figure_files import library, two_themes
from app.figures.theme import CONFIG
from app.report.contents import headline, sections
from app.report.parts import ReportInput
from wam_core import export

__all__ = ["ReportInput", "html"]


_MARK = "0" * 64  # stands before everything that is a stranger's


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("app.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data"] = _data
    environment.filters["base64"] = lambda content: base64.b64encode(content).decode()
    environment.filters["two_themes"] = lambda chart: two_themes(chart.draw)
    return environment.get_template("page.html")


def html(report: ReportInput) -> str:
    """The page."""
    source = report.result.provenance
    page = _template().render(
        title=headline(report),
        subtitle=f"{export.title(report.result)} · {source.input_name}",
        version=source.versions.get("wam-explorer", ""),
        mark=_MARK,
        sections=sections(report),
        library=library(),
        config=dict(CONFIG),
        tabulated=_tabulated,
        slicer={"script": slicer.offline_script(), "style": slicer.OFFLINE_STYLE},
        build_up={"script": build_up.script(), "style": build_up.style()},
        grown=lambda slides: build_up.payload(slides, lambda data, kind, _: _data(data, kind)),
    )
    # Streamlit tells large files apart by their head, middle and tail alone, across all visitors
    return page.replace(_MARK, hashlib.sha256(page.encode()).hexdigest(), 1)


def _data(content: bytes, kind: str) -> str:
    """A file as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _tabulated(rows: list[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """The heads and the cells of a table."""
    heads = list(rows[0]) if rows else []
    return heads, [[_text(row[head]) for head in heads] for row in rows]


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
