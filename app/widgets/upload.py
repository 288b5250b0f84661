"""Where an input comes from: a file, a sample, the camera."""

import streamlit as st

from app.state import SAMPLE, Session, plain, session
from models import samples
from wam_core import Signal
from wam_core.errors import InputError
from wam_core.signals import read

_UPLOAD, _CAMERA = "upload", "camera"


def choose_input() -> Signal:
    """The visitor's input; a sample at first. A file that cannot be read leaves the last one."""
    mine = session()
    st.file_uploader(
        "Drop a photograph",
        key=_UPLOAD,
        on_change=_take,
        args=(_UPLOAD,),
        help="PNG, JPEG, WebP, TIFF, BMP, AVIF, HEIC or GIF, up to 64 MiB. It stays in memory and "
        "is gone when you close this tab.",
    )
    st.pills(
        "or a sample",
        samples.names("image"),
        key=SAMPLE,
        default="chelsea" if mine.signal is None else None,
        format_func=samples.title,
        on_change=_take_sample,
    )
    if st.toggle("Use the camera"):
        st.camera_input("Photograph", key=_CAMERA, on_change=_take, args=(_CAMERA,))
    if mine.signal is None:
        mine.signal = samples.load("chelsea")
    if mine.input_error is not None:
        st.error(plain(mine.input_error), icon=":material/broken_image:")
    chosen = st.session_state.get(SAMPLE)
    if chosen is not None:
        st.caption(f"Picture: {plain(samples.credit(chosen))}")
    for note in mine.signal.notes:
        st.caption(plain(note))
    return mine.signal


def _take(key: str) -> None:
    """Read what was just uploaded or photographed."""
    mine, file = session(), st.session_state[key]
    if file is None:
        mine.input_error = None
        return
    try:
        _accept(mine, read(file.getvalue(), file.name))
        st.session_state[SAMPLE] = None
    except InputError as error:
        mine.input_error = f"{error}. The previous input stays."


def _take_sample() -> None:
    chosen = st.session_state[SAMPLE]
    if chosen is not None:
        _accept(session(), samples.load(chosen))


def _accept(mine: Session, signal: Signal) -> None:
    mine.signal, mine.input_error = signal, None
