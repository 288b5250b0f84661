"""What components and figures share: numbers, colours and elements of a page."""

from pathlib import Path

ELEMENTS = Path(__file__).with_suffix(".js").read_text("utf-8")
"""Goes before a script, in the same module."""

ELEMENTS_STYLE = Path(__file__).with_suffix(".css").read_text("utf-8")
"""Goes before a style, in the same root."""
