"""A folder of files as the inputs of a study."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from app.cli.inputs import read_file, reading

if TYPE_CHECKING:
    from wam_core import Classifier, Signal
    from wam_core.evaluation.study import Item


def files(source: Path, limit: int | None, seed: int) -> list[Path]:
    """Those of :func:`wam_core.evaluation.study.files`."""
    from wam_core.evaluation.study import files as found

    return found(source, limit, seed)


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
    from wam_core.evaluation.study import LABELS, Item

    label = LABELS[labels_from]
    return [
        Item(str(file.relative_to(source)), partial(read_file, file), label(file, classifier))
        for file in found
    ]


def with_bytes(source: Path, item: "Item") -> "Item":
    """The same input with the bytes of its file, for a machine that does not have it."""
    from wam_core.errors import InputError

    try:
        return replace(item, read=reading(source / item.name))
    except InputError as error:
        return replace(item, read=partial(_refused, str(error)))


def _refused(reason: str) -> NoReturn:
    """Say on the other machine what was found out on this one."""
    from wam_core.errors import InputError

    raise InputError(reason)
