"""A link that restores a page, and the files that such a link asks for.

Every control that changes a result or a view keeps its value in the page's address, so the address
is the link. What it cannot hold is a visitor's own files: they are asked for by name and SHA-256.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

import streamlit as st

from app.session import Upload, plain, session
from wam_core.signals import Modality

INPUT, SECOND, SET = "", "second-", "set-"
"""Where files are given: an input, a sound that is laid over it, a set of inputs. In a link their
names and hashes are called so at the beginning."""

_ROLES = {SECOND: " as the second sound"}
_LONG, _SCROLLED = 900, 220  # characters of an address, and px that a longer one gets
_LISTED = 12  # files by name; of more, only their number


@dataclass(frozen=True)
class Link:
    """What a link to a page is about.

    Attributes:
        finds: whoever opens it, in words.
        kind: of the input, where there is one.
        places: where the page takes files.
        lacking: what else no link can hold, a sentence each.
    """

    finds: str = "the same input, network, class, settings and view"
    kind: Modality | None = None
    places: tuple[str, ...] = (INPUT,)
    lacking: tuple[str, ...] = ()


def missing_files(place: str = INPUT) -> list[Upload]:
    """What the link asks for there and is not here yet."""
    here = {file.sha256 for file in _own_files(place)}
    return [file for file in _files_of_link(place) if file.sha256 not in here]


def stop_asking(place: str = INPUT) -> None:
    """Ask for the files of the link no longer."""
    for name in _parameters(place):
        if name in st.query_params:
            del st.query_params[name]


def mismatch(file: Upload, place: str = INPUT) -> str | None:
    """Why an upload is not what the link asks for, in one sentence; None where it is."""
    asked = _files_of_link(place)
    if not asked or file.sha256 in {one.sha256 for one in asked}:
        return None
    begins = f"its SHA-256 begins with {file.sha256[:12]}"
    if len(asked) > 1:
        return f"{file.name} is not among the files that this link was made with: {begins}."
    return (
        f"{file.name} is not the file that this link was made with: {begins}, that of "
        f"{asked[0].name} with {asked[0].sha256[:12]}."
    )


def ask_for_missing_files(*places: str) -> bool:
    """Whether the link asks for a file that is not here; the page then names it.

    Args:
        places: where the page takes files; an input, where none is named.
    """
    for place in places or (INPUT,):
        if missing := missing_files(place):
            _ask(missing, place)
            return True
    return False


def share(link: Link) -> None:
    """The link to what is on the page, for copying; read when it is asked for. Inside of a fragment."""
    opened = st.popover("Share", icon=":material/link:", key="share-link", on_change="rerun")
    if not opened.open:
        return
    files = [file for place in link.places for file in _files_to_link(place, link.kind)]
    sentences = [f"Whoever opens it finds {link.finds}."]
    if len(files) == 1:
        sentences.append(
            f"Your file is not in it: {plain(files[0].name)} will be asked for, and recognised by "
            "its SHA-256."
        )
    elif files:
        sentences.append(
            f"Your {len(files)} files are not in it: each will be asked for by its name, and "
            "recognised by its SHA-256."
        )
    with opened:
        address = _address(link)
        high: Literal["content"] | int = _SCROLLED if len(address) > _LONG else "content"
        st.code(address, language=None, wrap_lines=True, height=high)
        st.caption(" ".join([*sentences, *link.lacking]))


def _ask(files: Sequence[Upload], place: str) -> None:
    """Say which files are missing, and offer to go on without them."""
    role = _ROLES.get(place, "")
    if len(files) == 1:
        (file,) = files
        text = (
            f"This link is about **{plain(file.name)}**{role}, which no link can hold. Choose that file "
            f"under Input; it is recognised by its SHA-256, {file.sha256[:12]} …"
        )
    else:
        more = len(files) - _LISTED
        text = (
            f"This link is about {len(files)} files{role}, which no link can hold. Choose them "
            "under Input; each is recognised by its SHA-256:\n"
            + "".join(f"\n- **{plain(f.name)}**, {f.sha256[:12]} …" for f in files[:_LISTED])
            + (f"\n- and {more} more" if more > 0 else "")
        )
    st.info(text, icon=":material/upload_file:")
    st.button(
        "Go on without" if place == SET else "Go on with a sample instead",
        on_click=stop_asking, args=(place,), key="forget-file",
    )  # fmt: skip


def _own_files(place: str, kind: Modality | None = None) -> list[Upload]:
    """The visitor's own files there; of that kind, or of any."""
    mine = session()
    if place == SET:
        return mine.given
    if place == SECOND:
        signals = [] if mine.second is None else [mine.second]
    else:
        own = [known for known in mine.inputs if mine.samples.get(known) is None]
        signals = [mine.inputs[known] for known in own if kind in (None, known)]
    return [Upload(signal.name, signal.sha256) for signal in signals]


def _files_to_link(place: str, kind: Modality | None) -> list[Upload]:
    """What has to be given there for the same page; what is asked for, as long as it is."""
    return _files_of_link(place) if missing_files(place) else _own_files(place, kind)


def _files_of_link(place: str) -> list[Upload]:
    """Every file that the link was made with, here or not."""
    names, hashes = (st.query_params.get_all(name) for name in _parameters(place))
    names += ["a file"] * (len(hashes) - len(names))
    return [
        Upload(name or "a file", sha256)
        for name, sha256 in zip(names, hashes, strict=False)
        if sha256
    ]


def _parameters(place: str) -> tuple[str, str]:
    """How names and hashes are called in the page's address."""
    return f"{place}file", f"{place}sha256"


def _address(link: Link) -> str:
    """The page's address, with names and hashes of uploads."""
    ours = {name for place in (INPUT, SECOND, SET) for name in _parameters(place)}
    parameters = {
        name: st.query_params.get_all(name) for name in st.query_params if name not in ours
    }
    for place in link.places:
        if files := _files_to_link(place, link.kind):
            name, sha256 = _parameters(place)
            parameters |= {name: [f.name for f in files], sha256: [f.sha256 for f in files]}
    query = urlencode(parameters, doseq=True)
    return f"{st.context.url or ''}{'?' if query else ''}{query}"
