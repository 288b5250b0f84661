"""What is chosen in a component of a page, kept by the browser in the page's address."""

from pathlib import Path

VIEW_STATE = Path(__file__).with_suffix(".js").read_text("utf-8")
"""Goes before the script of a component; defines ``readView``, ``writeView`` and ``followView``."""
