"""Docstrings as the API reference shows them: the extension of griffe that mkdocs.yml names.

They are written for a reader of the source: roles of reStructuredText around names, tables of
aligned columns, and examples in doctest's form without a heading. Markdown knows none of these.
"""

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?:attr|class|data|exc|func|meth|mod):`(~?)([^`]+)`")
_EXAMPLE = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)
_RULE = r"^=+(?: +=+)+$"
_TABLE = re.compile(rf"{_RULE}\n[^=]*?{_RULE}\n.*?{_RULE}", re.MULTILINE | re.DOTALL)


def _name(role: re.Match[str]) -> str:
    """The name as code; with a tilde its last part alone."""
    short, name = role.groups()
    return f"`{name.rpartition('.')[2] if short else name}`"


def markdown(docstring: str) -> str:
    """The same text with names as code, and examples and tables as blocks of code.

    >>> markdown("See :func:`~wam_core.engine.explain`.")
    'See `explain`.'
    """
    text = _ROLE.sub(_name, docstring)
    text = _EXAMPLE.sub(lambda found: f"```pycon\n{found[0]}\n```", text)
    return _TABLE.sub(lambda found: f"```text\n{found[0]}\n```", text)


class Docstrings(griffe.Extension):
    """Rewrites the docstring of every object before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for each module, class, function and attribute."""
        if obj.docstring:
            obj.docstring.value = markdown(obj.docstring.value)
