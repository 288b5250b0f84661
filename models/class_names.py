"""The names of classes, from the files that people have them in."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wam_core.errors import ModelError

_LARGEST_LABEL_FILE = 4 * 2**20


def read_labels(source: Path | Sequence[str]) -> tuple[str, ...]:
    """One name per class: from a sequence, or a file of lines, JSON or CSV.

    JSON is a list of names, an object from each index 0 … n − 1 to its name (``id2label``), or one
    from each name to its index (``class_to_idx``). CSV has a column of names, or one of indices
    beside it.

    Raises:
        ModelError: absent, not text, not such JSON, with gaps, or empty.
    """
    if not isinstance(source, Path):
        return tuple(source)
    if not source.is_file() or source.stat().st_size > _LARGEST_LABEL_FILE:
        raise ModelError(f"the label file {source.name} does not exist, or is larger than 4 MiB")
    return parsed(source.name, source.read_bytes())


def parsed(file: str, data: bytes) -> tuple[str, ...]:
    """One name per class, from the content of a file; ``file`` is its name.

    Raises:
        ModelError: not text, not such JSON or CSV, with gaps, or empty.
    """
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ModelError(f"the label file {file} is not UTF-8 text") from None
    if text[:1] in ("[", "{"):
        return _from_json(file, text)
    lines = text.splitlines()
    if not lines:
        raise ModelError(f"the label file {file} is empty")
    if file.lower().endswith(".csv"):
        return _from_csv(file, lines)
    return tuple(line.strip() for line in lines)


def _from_json(file: str, text: str) -> tuple[str, ...]:
    """A list of names; an object from each index to a name, or from each name to its index.

    The object may be the ``id2label`` or the ``class_to_idx`` of a larger one.
    """
    try:
        content = json.loads(text)
        if isinstance(content, dict):
            inner = (content.get(key) for key in ("id2label", "class_to_idx", "label2id"))
            content = _in_order(next((one for one in inner if isinstance(one, dict)), content))
    except (ValueError, KeyError, RecursionError):
        content = None
    if not isinstance(content, list) or not content or not all(isinstance(n, str) for n in content):
        raise ModelError(
            f"the label file {file} is not a JSON list of names, nor an object from each index, "
            "from 0 without gaps, to a name, or from each name to its index"
        )
    return tuple(content)


def _in_order(pairs: Mapping[str, Any]) -> list[Any]:
    """The names by their indices 0 … n − 1, whichever of the two is the key."""
    if all(isinstance(index, int) for index in pairs.values()):
        pairs = {str(index): name for name, index in pairs.items()}
    by_index = {int(key): value for key, value in pairs.items()}
    return [by_index[index] for index in range(len(by_index))]


def _from_csv(file: str, lines: Sequence[str]) -> tuple[str, ...]:
    """One row a class: its name, or its index and its name in either order; a heading is skipped."""
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines) if any(row)]
    if {len(row) for row in rows} == {1}:
        return tuple(row[0] for row in rows)
    for index, name in ((0, 1), (1, 0)):
        body = rows if rows[0][min(index, len(rows[0]) - 1)].isdecimal() else rows[1:]
        if body and all(len(row) > 1 and row[index].isdecimal() for row in body):
            by_index = {int(row[index]): row[name] for row in body}
            if sorted(by_index) == list(range(len(body))):
                return tuple(by_index[number] for number in range(len(body)))
    raise ModelError(
        f"the label file {file} is no table of class names: one column of names, or an index from "
        "0 without gaps and a name in each row"
    )
