"""Where an input comes from: a file, a sample, the camera, the microphone."""

import streamlit as st

from app.components import job
from app.components.samples import choose_sample, credit
from app.components.share import forget, mismatch
from app.components.volume_input import choose_volume, holds_several
from app.server import server
from app.session import MODALITY, SAMPLE, Upload, key, plain, put, recall, session
from wam_core import Signal
from wam_core.errors import InputError
from wam_core.signals import Modality, audio, image, read, volume
from wam_core.signals.limits import bytes_text

TITLES: dict[Modality, str] = {"image": "Image", "sound": "Sound", "volume": "Volume"}
"""The kinds of input, as they are called on buttons and in links."""


def choose_input(modality: Modality | None = None) -> Signal:
    """The visitor's input; a sample at first. A file that cannot be read leaves the last one.

    Args:
        modality: the only kind that this screen explains; None lets the visitor choose.
    """
    mine = session()
    if mine.switch is not None:
        # While a job is watched, the browser reports the widgets as it last saw them, several times
        # a second: that may undo what the upload has just put here.
        put(MODALITY, mine.switch)
        if not job.is_busy():
            mine.switch = None
    kind = modality or st.segmented_control(
        "Kind of input", list(TITLES), key=recall(MODALITY), default="image", required=True,
        format_func=TITLES.__getitem__, bind="query-params", label_visibility="collapsed",
        width="stretch",
    )  # fmt: skip
    _offer_files()
    chosen = choose_sample(kind)
    _offer_recording(kind)
    if mine.input_error is not None:
        st.error(plain(mine.input_error), icon=":material/broken_image:")
    signal = mine.inputs[kind]
    if kind == "volume":
        signal = choose_volume(signal)
    if chosen is not None:
        credit(chosen)
    for note in signal.notes:
        st.caption(plain(note))
    return signal


def accepted(kind: Modality) -> str:
    """Which files of a kind are read, and how large they may be."""
    limits = server().limits
    said = {
        "image": image.ACCEPTED,
        "sound": audio.accepted(limits),
        "volume": volume.accepted(limits),
    }
    return f"{said[kind]}, in files of up to {bytes_text(limits.file_bytes)}."


def _offer_files() -> None:
    st.file_uploader(
        "Drop an image, a sound or a volume",
        key="upload",
        on_change=_take,
        args=("upload",),
        max_upload_size=server().limits.file_megabytes,
        help=" ".join(accepted(kind) for kind in TITLES)
        + " It stays in memory and is gone when you close this tab.",
    )


def _offer_recording(kind: Modality) -> None:
    """The camera or the microphone, asked for only when it is wanted."""
    if kind == "image" and st.toggle("Use the camera"):
        st.camera_input("Photograph", key="camera", on_change=_take, args=("camera",))
    if kind == "sound" and st.toggle("Use the microphone"):
        st.audio_input(
            "Record", sample_rate=48_000, key="microphone", on_change=_take, args=("microphone",)
        )


def _take(source: str) -> None:
    """Read what was just uploaded, photographed or recorded; it decides what is explained."""
    mine, file = session(), st.session_state[source]
    if file is None:
        mine.input_error = None
        return
    data = file.getvalue()
    try:
        signal = read(data, file.name, server().limits)
    except InputError as error:
        mine.input_error = f"{error}. The previous input stays."
        return
    if (said := mismatch(Upload(signal.name, signal.sha256))) is not None:
        mine.input_error = said
        return
    forget()  # it is here
    mine.take(signal, several=data if holds_several(signal) else None)
    put(key(SAMPLE, signal.modality), None)
    put(MODALITY, signal.modality)
    mine.switch = signal.modality if job.is_busy() else None
