"""A folder of files as the inputs of a study: which files, and which class of each is meant."""

import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from wam_core.classifier import Classifier
from wam_core.errors import InputError

_PREFIX = re.compile(r"([0-9]+)_")


def files(source: Path, limit: int | None = None, seed: int = 0) -> list[Path]:
    """The files of a folder and of the folders in it, by name; as many in drawn order where limited.

    The first files of a drawn order are themselves a fair draw: a run that is stopped has a table,
    and one with a larger limit holds the smaller one's inputs.

    Hidden files and tables that a run has left there are passed over.

    Raises:
        InputError: no folder, or nothing in it.
    """
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
        random.Random(seed).shuffle(found)
        return found[:limit]
    return found


def _prefix(file: Path, classifier: Classifier) -> int:
    number = _PREFIX.match(file.name)
    if number is None:
        raise InputError(
            f"{file.name} does not begin with the number of a class and _, as --labels prefix wants"
        )
    return int(number[1])


def _folder(file: Path, classifier: Classifier) -> int:
    return classifier.index(file.parent.name.replace("_", " "))


def _predicted(file: Path, classifier: Classifier) -> None:
    return None


LABELS: Mapping[str, Callable[[Path, Classifier], int | None]] = {
    "predicted": _predicted,
    "prefix": _prefix,
    "folder": _folder,
}
"""From a file to the class that is explained, None being the prediction; may raise InputError."""
