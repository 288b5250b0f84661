"""Where an input comes from: a file, a sample, the camera, the microphone."""

import streamlit as st

from app.figures import envelope
from app.figures.theme import Look
from app.state import MODALITY, SAMPLE, Session, key, plain, put, recall, session
from app.widgets.chart import chart
from models import samples
from wam_core import Classifier, Signal
from wam_core.errors import InputError
from wam_core.signals import Modality, audio, image, read
from wam_core.signals.limits import Limits, bytes_text, seconds_text

_TITLES: dict[Modality, str] = {"image": "Image", "sound": "Sound"}
_FIRST: dict[Modality, str] = {"image": "chelsea", "sound": "clock_in_rain"}
_SECOND, _SECOND_SAMPLE = "second", "second-sample"
_STEP_S = 0.1


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
        if mine.job is None:
            mine.switch = None
    kind = modality or st.segmented_control(
        "Kind of input", list(_TITLES), key=recall(MODALITY), default="image", required=True,
        format_func=_TITLES.__getitem__, bind="query-params", label_visibility="collapsed",
        width="stretch",
    )  # fmt: skip
    _offer_files()
    chosen = _choose_sample(mine, kind)
    _offer_recording(kind)
    if kind not in mine.inputs:
        _accept(mine, samples.load(chosen or _FIRST[kind]), chosen or _FIRST[kind])
    if mine.input_error is not None:
        st.error(plain(mine.input_error), icon=":material/broken_image:")
    signal = mine.inputs[kind]
    if chosen is not None:
        st.caption(f"{plain(samples.title(chosen))}: {plain(samples.credit(chosen))}")
    for note in signal.notes:
        st.caption(plain(note))
    return signal


def choose_window(signal: Signal, net: Classifier) -> Signal:
    """The part of a long sound that the network is to hear; at first the loudest."""
    if signal.modality != "sound":
        return signal
    start, stop = net.frontend.window(signal)
    whole, taken = signal.size[-1], stop - start
    if taken >= whole or taken < net.frontend.length * signal.rate // net.frontend.rate:
        return signal  # it fits, or only silence around it was left out
    seconds = taken / signal.rate
    at = st.slider(
        "Window",
        0.0,
        # rounded down, so that the last window ends where the sound does
        int((whole - taken) / signal.rate / _STEP_S) * _STEP_S or _STEP_S / 10,
        round(start / signal.rate / _STEP_S) * _STEP_S,
        _STEP_S,
        format="from %.1f s",
        key=f"window/{net.fingerprint[:8]}/{signal.sha256[:12]}",
        help=f"The network hears {seconds_text(seconds)} at a time. At first the loudest are taken; "
        "move the window to explain another part.",
    )
    begin = (
        start if round(at / _STEP_S) == round(start / signal.rate / _STEP_S) else at * signal.rate
    )
    begin = min(int(begin), whole - taken)
    chart(
        envelope.figure(
            signal.values.mean(0), signal.rate, (begin, begin + taken),
            Look(st.context.theme.type == "dark"),
        ),
        "window",
        f"The whole sound, {seconds_text(signal.seconds)}; the network hears it from "
        f"{begin / signal.rate:.1f} to {(begin + taken) / signal.rate:.1f} s",
    )  # fmt: skip
    return audio.excerpt(signal, begin, begin + taken)


def choose_second() -> Signal | None:
    """Another sound to lay over the first one; None as long as there is none."""
    mine = session()
    st.file_uploader("A second sound", key=_SECOND, on_change=_take_second, help=_accepted("sound"))
    chosen = st.pills(
        "or a sample as the second sound",
        samples.names("sound"),
        key=_SECOND_SAMPLE,
        default=None if mine.second is not None else "helicopter",
        format_func=samples.title,
        on_change=_forget_second,
    )
    if mine.second_error is not None:
        st.error(plain(mine.second_error), icon=":material/broken_image:")
    if chosen is not None:
        return samples.load(chosen)
    return mine.second


def _offer_files() -> None:
    st.file_uploader(
        "Drop an image or a sound",
        key="upload",
        on_change=_take,
        args=("upload",),
        help=f"{_accepted('image')} {_accepted('sound')} It stays in memory and is gone when you "
        "close this tab.",
    )


def _choose_sample(mine: Session, kind: Modality) -> str | None:
    current, where = mine.samples.get(kind, _FIRST[kind]), key(SAMPLE, kind)
    if where not in st.session_state and current != _FIRST[kind] and kind in mine.inputs:
        put(where, current)  # drawn anew, after the other kind of input
    return st.pills(
        "or a sample",
        samples.names(kind),
        key=where,
        default=_FIRST[kind] if current == _FIRST[kind] else None,
        format_func=samples.title,
        on_change=_take_sample,
        args=(kind,),
        bind="query-params",
    )


def _offer_recording(kind: Modality) -> None:
    """The camera or the microphone, asked for only when it is wanted."""
    if kind == "image":
        if st.toggle("Use the camera"):
            st.camera_input("Photograph", key="camera", on_change=_take, args=("camera",))
    elif st.toggle("Use the microphone"):
        st.audio_input(
            "Record", sample_rate=48_000, key="microphone", on_change=_take, args=("microphone",)
        )


def _accepted(kind: Modality) -> str:
    limits = Limits()
    said = image.ACCEPTED if kind == "image" else audio.accepted(limits)
    return f"{said}, in files of up to {bytes_text(limits.file_bytes)}."


def _take(source: str) -> None:
    """Read what was just uploaded, photographed or recorded; it decides what is explained."""
    mine, file = session(), st.session_state[source]
    if file is None:
        mine.input_error = None
        return
    try:
        signal = read(file.getvalue(), file.name)
    except InputError as error:
        mine.input_error = f"{error}. The previous input stays."
        return
    _accept(mine, signal, None)
    put(key(SAMPLE, signal.modality), None)
    put(MODALITY, signal.modality)
    mine.switch = signal.modality if mine.job is not None else None


def _take_sample(kind: Modality) -> None:
    chosen = st.session_state[key(SAMPLE, kind)]
    if chosen is not None:
        _accept(session(), samples.load(chosen), chosen)


def _accept(mine: Session, signal: Signal, sample: str | None) -> None:
    mine.inputs[signal.modality], mine.input_error = signal, None
    mine.samples[signal.modality] = sample


def _take_second() -> None:
    mine, file = session(), st.session_state[_SECOND]
    mine.second = mine.second_error = None
    if file is None:
        return
    try:
        signal = read(file.getvalue(), file.name)
    except InputError as error:
        mine.second_error = f"{error}."
        return
    if signal.modality != "sound":
        mine.second_error = f"{signal.name} is an image; a sound can be laid over a sound."
        return
    mine.second = signal
    put(_SECOND_SAMPLE, None)


def _forget_second() -> None:
    if st.session_state[_SECOND_SAMPLE] is not None:
        session().second = session().second_error = None
