"""A folder of files as the inputs of a study."""

import random
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.inputs import read_file

if TYPE_CHECKING:
    from wam_core import Classifier, Signal
    from wam_core.evaluation.study import Item

_PREFIX = re.compile(r"([0-9]+)_")


def files(source: Path, limit: int | None, seed: int) -> list[Path]:
    """The files of a folder and of the folders in it, by name; a drawn part where limited.

    Hidden files and tables that a run has left there are passed over.
    """
    from wam_core.errors import InputError

    if not source.is_dir():
        raise InputError(f"{source} is not a folder; a folder of files to explain is expected")
    found = sorted(
        file
        for file in source.rglob("*")
        if file.is_file()
        and file.suffix not in (".csv", ".md", ".json", ".txt")
        and not any(part.startswith(".") for part in file.relative_to(source).parts)
    )
    if not found:
        raise InputError(f"{source} holds no files to explain")
    if limit is not None and limit < len(found):
        found = sorted(random.Random(seed).sample(found, limit))
    return found


def first_readable(found: list[Path]) -> "Signal":
    """The first file that can be read: it tells which network is meant.

    Raises:
        InputError: none can be; the reason is that of the first.
    """
    from wam_core.errors import InputError

    reason: InputError | None = None
    for file in found:
        try:
            return read_file(file)
        except InputError as error:
            reason = reason or error
    assert reason is not None  # there is at least one file
    raise reason


def items(
    found: list[Path], source: Path, classifier: "Classifier", labels_from: str
) -> "list[Item]":
    """One item per file, read when its turn comes, with the class that is to be explained.

    Raises:
        InputError: a file name or a folder that names no class.
    """
    from wam_core.evaluation.study import Item

    label = _LABELS[labels_from]
    return [
        Item(str(file.relative_to(source)), partial(read_file, file), label(file, classifier))
        for file in found
    ]


def _prefix(file: Path, classifier: "Classifier") -> int:
    from wam_core.errors import InputError

    number = _PREFIX.match(file.name)
    if number is None:
        raise InputError(
            f"{file.name} does not begin with the number of a class and _, as --labels prefix wants"
        )
    return int(number[1])


def _folder(file: Path, classifier: "Classifier") -> int:
    return classifier.index(file.parent.name.replace("_", " "))


def _predicted(file: Path, classifier: "Classifier") -> None:
    return None


_LABELS: "dict[str, Callable[[Path, Classifier], int | None]]" = {
    "predicted": _predicted,
    "prefix": _prefix,
    "folder": _folder,
}
