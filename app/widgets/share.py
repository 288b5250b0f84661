"""A link that restores a page, and the file that such a link asks for.

Every control that changes a result or a view keeps its value in the page's address, so the address
is the link. What it cannot hold is a visitor's own file: it is asked for by name and SHA-256.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from app.state import plain, session
from wam_core import Signal
from wam_core.signals import Modality

_FILE, _SHA256 = "file", "sha256"


@dataclass(frozen=True)
class Awaited:
    """The upload that a link was made with."""

    name: str
    sha256: str


def awaited() -> Awaited | None:
    """What the link asks for; None where it asks for nothing, or as soon as that is here."""
    sha256 = st.query_params.get(_SHA256)
    if not sha256:
        return None
    if any(signal.sha256 == sha256 for signal in session().inputs.values()):
        forget()
        return None
    return Awaited(st.query_params.get(_FILE) or "a file", sha256)


def forget() -> None:
    """Ask for the file of the link no longer."""
    for name in (_FILE, _SHA256):
        if name in st.query_params:
            del st.query_params[name]


def mismatch(signal: Signal) -> str | None:
    """Why an upload is not what the link asks for, in one sentence; None where it is."""
    file = awaited()
    if file is None or signal.sha256 == file.sha256:
        return None
    return (
        f"{signal.name} is not the file that this link was made with: its SHA-256 begins with "
        f"{signal.sha256[:12]}, that of {file.name} with {file.sha256[:12]}."
    )


def ask(file: Awaited) -> None:
    """Say which file is missing, and offer to go on without it."""
    st.info(
        f"This link is about **{plain(file.name)}**, which no link can hold. Drop that file on the "
        f"left; it is recognised by its SHA-256, {file.sha256[:12]} …",
        icon=":material/upload_file:",
    )
    st.button("Go on with a sample instead", on_click=forget, key="forget-file")


def share(kind: Modality, own_network: bool = False) -> None:
    """The link to what is on the page, for copying; read when it is asked for. Inside of a fragment.

    Args:
        kind: of the input.
        own_network: whether the visitor's own weights are in use.
    """
    opened = st.popover("Share", icon=":material/link:", key="share-link", on_change="rerun")
    if not opened.open:
        return
    signal = session().inputs[kind]
    uploaded = signal if session().samples.get(kind) is None else None
    with opened:
        st.code(link(uploaded), language=None, wrap_lines=True)
        st.caption(
            "Whoever opens it sees the same input, network, class, settings and view. "
            + (
                f"Your file is not in it: {plain(uploaded.name)} will be asked for, and "
                "recognised by its SHA-256. "
                if uploaded is not None
                else ""
            )
            + (
                "Your own network is not in it either: its weights have to be given again."
                if own_network
                else ""
            )
        )


def link(uploaded: Signal | None) -> str:
    """The page's address, with the name and the hash of an upload."""
    told = {
        name: st.query_params.get_all(name)
        for name in st.query_params
        if name not in (_FILE, _SHA256)
    }
    if uploaded is not None:
        told |= {_FILE: [uploaded.name], _SHA256: [uploaded.sha256]}
    query = urlencode(told, doseq=True)
    return f"{st.context.url or ''}{'?' if query else ''}{query}"
