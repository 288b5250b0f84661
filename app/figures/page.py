"""A figure as a page of its own: everything in one file, nothing fetched, nothing sent."""

from html import escape

import plotly.graph_objects as go
import plotly.io as pio
from plotly.offline import get_plotlyjs

from app.figures.theme import CONFIG

_STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 1000px; padding: 20px 16px; background: #fff; color: #31333f;
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 20px; line-height: 1.3; overflow-wrap: anywhere; }
p { margin: 4px 0 16px; color: #5c5f6b; }
"""


def library() -> str:
    """Plotly's own library, to be put into a page once."""
    script: str = get_plotlyjs()
    if "</script" in script:
        raise RuntimeError("Plotly's library would end the element that holds it")
    return script


def html(figure: go.Figure, title: str, told: str) -> str:
    """The page; Plotly's library is inside it, so that it opens on a machine without a network.

    Args:
        figure: coloured for a light page.
        title: its heading.
        told: a sentence below it.
    """
    body = pio.to_html(figure, config=CONFIG, full_html=False, include_plotlyjs=True)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{escape(title)}</h1>\n<p>{escape(told)}</p>\n{body}\n</body>\n</html>\n"
    )
