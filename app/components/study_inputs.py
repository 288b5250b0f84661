"""The inputs of a study: samples, uploaded files, or a folder of the server where that is allowed."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import models
from app import kinds
from app.components.share import SET, mismatch, missing_files, stop_asking
from app.kinds import Kind
from app.server import server
from app.session import Upload, plain, recall, session
from models import samples
from wam_core import Classifier, Signal
from wam_core.errors import InputError, WamError
from wam_core.evaluation.study import LABELS, Item, files
from wam_core.signals import read
from wam_core.signals.image import encode_webp
from wam_core.signals.limits import bytes_text

_SAMPLES, _UPLOADED, _FOLDER = "Samples", "Upload", "Folder"
_FIRST = 4
_THUMBNAIL = 96, 128  # px: rows, columns
SEED = "study-seed"
"""The key of the widget that draws files, too."""

_LABELS = {
    "predicted": "the predicted class",
    "prefix": "the number before _ in the file name",
    "folder": "the name of the folder",
}


@dataclass(frozen=True)
class _Source:
    """One input, not read yet, and the path by which its class may be known."""

    name: str
    read: Callable[[], Signal]
    path: Path


@dataclass(frozen=True)
class Inputs:
    """What a study is about.

    Attributes:
        kind: of input, that of the first which can be read.
        first: that one.
        sources: all of them; others may turn out to be damaged.
        labels: how the class of each is known, by the name that the command line takes.
        folder: what stands for them on the command line.
        limit: how many files of a folder were taken at most; 0 where there is none.
    """

    kind: Kind
    first: Signal
    sources: tuple[_Source, ...]
    labels: str
    folder: str
    limit: int = 0

    def items(self, net: Classifier) -> list[Item]:
        """As the study takes them; where the class cannot be known, reading says why."""
        return [_item(source, self.labels, net) for source in self.sources]

    def thumbnails(self) -> dict[str, str]:
        """A small picture of each input that can be read, as an address, by name."""
        known, found = session().thumbnails, {}
        for source in self.sources:
            at = f"{source.path}/{source.name}"
            if at not in known:
                known.put(at, _thumbnail(source))
            if picture := known[at]:
                found[source.name] = picture
        return found


def _thumbnail(source: _Source) -> str:
    """Empty where it cannot be read."""
    try:
        signal = source.read()
    except InputError:
        return ""
    pixels = kinds.of(signal).thumbnail(signal, *_THUMBNAIL)
    return f"data:image/webp;base64,{base64.b64encode(encode_webp(pixels)).decode()}"


def choose_inputs(problems: DeltaGenerator) -> Inputs | None:
    """The inputs; None where there are none, or while a link asks for some.

    Args:
        problems: where it is said why there are none.
    """
    allowed = server().allow_local_dir
    where = st.segmented_control(
        "Where from", [_SAMPLES, _UPLOADED, *([_FOLDER] if allowed else [])], default=_SAMPLES,
        required=True, key=recall("study-from"), bind="query-params", width="stretch",
    )  # fmt: skip
    session().given = []
    limit = 0
    if where != _UPLOADED:
        stop_asking(SET)
    try:
        if where == _SAMPLES:
            sources, labels, folder = _choose_samples(), "predicted", "FOLDER"
        elif where == _UPLOADED:
            sources, labels, folder = _uploaded(), _choose_labels(("predicted", "prefix")), "FOLDER"
        else:
            folder, limit, sources = _choose_folder()
            labels = _choose_labels(tuple(LABELS))
        if missing_files(SET):
            return None
        if not sources:
            problems.info("Add at least one input.")
            return None
        first = _first_readable(sources)
    except WamError as error:
        problems.error(plain(f"{error}."), icon=":material/error:")
        return None
    return Inputs(kinds.of(first), first, tuple(sources), labels, folder, limit)


def unshared() -> tuple[str, ...]:
    """What of the inputs no link can hold, in a sentence; uploads are asked for."""
    if st.session_state.get("study-from") != _FOLDER:
        return ()
    return ("The folder of the server is not in it: its path has to be given again.",)


def _choose_samples() -> list[_Source]:
    every = {kind.title: kind.name for kind in kinds.all_kinds()}
    kind = every[
        st.segmented_control(
            "Kind of input", list(every), default=next(iter(every)), required=True,
            key=recall("study-kind"), bind="query-params", label_visibility="collapsed",
            width="stretch",
        )
    ]  # fmt: skip
    chosen = st.multiselect(
        "Samples", samples.names(kind), first_samples(kind), format_func=samples.title,
        key=recall(f"study-samples-{kind}"), bind="query-params",
    )  # fmt: skip
    return [_Source(name, partial(samples.load, name), Path(name)) for name in chosen]


def first_samples(kind: str) -> list[str]:
    """The samples that a study begins with: those of the default network."""
    usual = [n for n in samples.names(kind) if samples.network(n) in ("", models.default(kind))]
    return usual[:_FIRST]


def _uploaded() -> list[_Source]:
    given = st.file_uploader(
        "Drop several files",
        accept_multiple_files=True,
        key="study-files",
        max_upload_size=server().limits.file_megabytes,
        help="Images, sounds or volumes, of one kind. They stay in memory and are gone when you "
        "close this tab.",
    )
    found, foreign = [], []
    for file in given:
        data = file.getvalue()
        upload = Upload(file.name, hashlib.sha256(data).hexdigest())
        if (refusal := mismatch(upload, SET)) is not None:
            foreign.append(refusal)
            continue
        session().given.append(upload)
        found.append(
            _Source(_name(upload), partial(read, data, file.name, server().limits), Path(file.name))
        )
    if foreign:
        st.error(plain("\n\n".join(foreign)), icon=":material/error:")
        st.button("Take other files too", on_click=stop_asking, args=(SET,), key="forget-set")
    return found


def _name(file: Upload) -> str:
    """A name that no other file of this visitor has: results are kept by it."""
    known, name = session().named, file.name
    path, number = Path(name), 1
    while known.setdefault(name, file.sha256) != file.sha256:
        number += 1
        name = f"{path.stem} ({number}){path.suffix}"
    return name


def _choose_folder() -> tuple[str, int, list[_Source]]:
    given = st.text_input("Folder of this server", key="study-folder", persist_state="session")
    limit = st.number_input(
        "At most", 1, 10_000, 24, key=recall("study-limit"), bind="query-params",
        help="Files; drawn by the seed, as --limit of the command line.",
    )  # fmt: skip
    if not given:
        return "FOLDER", 0, []
    folder, seed = Path(given).expanduser(), int(st.session_state.get(recall(SEED), 0))
    return (
        given,
        int(limit),
        [
            _Source(str(file.relative_to(folder)), partial(_read_file, file), file)
            for file in files(folder, int(limit), seed)
        ],
    )


def _read_file(file: Path) -> Signal:
    limits = server().limits
    try:
        if (length := file.stat().st_size) > limits.file_bytes:
            most = bytes_text(limits.file_bytes)
            raise InputError(f"{file.name} has {bytes_text(length)}; at most {most} are accepted")
        return read(file.read_bytes(), file.name, limits)
    except OSError as error:
        raise InputError(f"{file.name} cannot be read ({error.strerror})") from None


def _choose_labels(offered: Sequence[str]) -> str:
    return str(
        st.selectbox(
            "Target class", offered, format_func=_LABELS.__getitem__,
            key=recall(f"study-labels-{len(offered)}"), bind="query-params",
        )
    )  # fmt: skip


def _first_readable(sources: Sequence[_Source]) -> Signal:
    """The first input that can be read; it says which kind all are of.

    Raises:
        InputError: none can be; the reason is that of the first.
    """
    reason: InputError | None = None
    for source in sources:
        try:
            return _known(source)
        except InputError as error:
            reason = reason or error
    assert reason is not None  # there is at least one
    raise reason


def _known(source: _Source) -> Signal:
    """Read, and kept: the first input is needed whenever the page is drawn."""
    kept, at = session().first, f"{source.path}/{source.name}"
    if at not in kept:
        kept.clear()
        kept[at] = source.read()
    return kept[at]


def _item(source: _Source, labels: str, net: Classifier) -> Item:
    try:
        return Item(source.name, source.read, LABELS[labels](source.path, net))
    except InputError as error:
        return Item(source.name, partial(_refuse, error))


def _refuse(error: InputError) -> Signal:
    raise error
