"""The slice viewer on a page that needs no server and no network."""

import base64
from html import escape
from pathlib import Path

from app.figures.elements import ELEMENTS, ELEMENTS_STYLE
from app.figures.view_state import VIEW_STATE

_HERE = Path(__file__).parent
_PARTS = (
    "slicer.js", "plane.js", "scene.js", "space.js", "paint.js", "heat.js", "bands.js",
    "controls.js", "choices.js", "parts.js",
)  # fmt: skip
_STYLES = ("slicer.css", "controls.css")

_PAGE_STYLE = """
:root {
  color-scheme: light dark; --text: #31333f; --page: #fff; --line: #d9d6e6; --accent: #3b2a8c;
}
@media (prefers-color-scheme: dark) {
  :root { --text: #e9e7f2; --page: #14121d; --line: #3b3750; --accent: #9a8bf0; }
}
body { margin: 0 auto; max-width: 1240px; padding: 16px; background: var(--page);
  color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 20px; line-height: 1.3; overflow-wrap: anywhere; }
p { margin: 4px 0 12px; overflow-wrap: anywhere; }
"""
OFFLINE_STYLE = """
[data-slicer] {
  display: block; --st-text-color: var(--text); --st-background-color: var(--page);
  --st-border-color: var(--line); --st-primary-color: var(--accent);
  --st-button-radius: 6px; --st-font: system-ui, sans-serif;
}
"""
"""Of a page that holds viewers, and defines ``--text``, ``--page``, ``--line`` and ``--accent``."""


def script() -> str:
    """The module; its default export draws one viewer."""
    return "\n".join(
        [VIEW_STATE, ELEMENTS, *((_HERE / name).read_text("utf-8") for name in _PARTS)]
    )


def style() -> str:
    """Of a root that holds nothing else; it takes Streamlit's names for the colours of a page."""
    return "\n".join([ELEMENTS_STYLE, *((_HERE / name).read_text("utf-8") for name in _STYLES)])


def offline_script() -> str:
    """HTML at the end of a page: draws a viewer in each element that has its data as ``data-slicer``."""
    module = script().replace("export default function", "function drawSlices")
    return f"""<template id="slicer-style"><style>{style()}</style></template>
<script type="module">
{module}
for (const box of document.querySelectorAll("[data-slicer]")) {{
  const packed = atob(box.dataset.slicer);
  // a root of its own: its style means nothing outside, and the page's nothing inside
  const parentElement = box.attachShadow({{ mode: "open" }});
  parentElement.append(document.getElementById("slicer-style").content.cloneNode(true));
  parentElement.append(Object.assign(document.createElement("div"), {{ className: "slicer" }}));
  drawSlices({{ parentElement, data: Uint8Array.from(packed, (letter) => letter.charCodeAt(0)) }});
}}
</script>"""


def offline_page(data: bytes, title: str, caption: str) -> str:
    """A page with one viewer.

    Args:
        data: packed for the browser.
        title: its heading.
        caption: a sentence below it.
    """
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_PAGE_STYLE}{OFFLINE_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{escape(title)}</h1>\n<p>{escape(caption)}</p>\n"
        f'<div data-slicer="{base64.b64encode(data).decode()}"></div>\n'
        f"{offline_script()}\n</body>\n</html>\n"
    )
