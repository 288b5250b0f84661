"""A second sound, to be laid over the first one."""

import streamlit as st

from app.components.share import SECOND, forget, mismatch
from app.components.upload import accepted
from app.server import server
from app.session import Upload, plain, put, recall, session
from models import samples
from wam_core import Signal
from wam_core.errors import InputError
from wam_core.signals import read

_SECOND, _SECOND_SAMPLE = "second", "second-sample"


def choose_second() -> Signal | None:
    """Another sound to lay over the first one; None as long as there is none."""
    mine = session()
    st.file_uploader(
        "A second sound", key=_SECOND, on_change=_take_second, help=accepted("sound"),
        max_upload_size=server().limits.file_megabytes,
    )  # fmt: skip
    chosen = st.pills(
        "or a sample as the second sound",
        samples.names("sound"),
        key=recall(_SECOND_SAMPLE),
        default=None if mine.second is not None else "helicopter",
        format_func=samples.title,
        on_change=_forget_second,
        bind="query-params",
    )
    if mine.second_error is not None:
        st.error(plain(mine.second_error), icon=":material/broken_image:")
    if chosen is not None:
        return samples.load(chosen)
    return mine.second


def _take_second() -> None:
    mine, file = session(), st.session_state[_SECOND]
    mine.second = mine.second_error = None
    if file is None:
        return
    try:
        signal = read(file.getvalue(), file.name, server().limits)
    except InputError as error:
        mine.second_error = f"{error}."
        return
    if signal.modality != "sound":
        article = "an" if signal.modality == "image" else "a"
        mine.second_error = (
            f"{signal.name} is {article} {signal.modality}; a sound can be laid over a sound."
        )
        return
    if (said := mismatch(Upload(signal.name, signal.sha256), SECOND)) is not None:
        mine.second_error = said
        return
    forget(SECOND)  # it is here
    mine.second = signal
    put(_SECOND_SAMPLE, None)


def _forget_second() -> None:
    if st.session_state[_SECOND_SAMPLE] is not None:
        session().second = session().second_error = None
