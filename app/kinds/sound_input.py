"""What is chosen of a sound: its window, a second one to lay over it, and scales in Hz."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from app import glossary, kinds
from app.components.input_picker import accepted
from app.components.page import chart
from app.components.settings import field_key, put_scales
from app.components.share import SECOND, mismatch, stop_asking
from app.figures import time_figures
from app.figures.theme import Look
from app.figures.units import short
from app.server import server
from app.session import METHOD_MENU, Upload, plain, put, recall, session
from models import samples
from wam_core import Classifier, Signal
from wam_core.defaults import METHOD
from wam_core.errors import InputError
from wam_core.signals import SOUND, audio, read
from wam_core.signals.limits import seconds_text
from wam_core.transforms import build

_STEP_S = 0.1
_SECOND, _SECOND_SAMPLE = "second", "second-sample"


def offer_microphone(take: Callable[[str], None]) -> None:
    """To record an input, where that is wanted."""
    if st.toggle("Use the microphone"):
        st.audio_input(
            "Record", sample_rate=48_000, key="microphone", on_change=take, args=("microphone",)
        )


def choose_window(signal: Signal, net: Classifier) -> Signal:
    """The part of a long sound that the network is to hear; at first the loudest."""
    frontend: Any = net.frontend  # of sounds: it has a window
    start, stop = frontend.window(signal)
    whole, taken = signal.size[-1], stop - start
    if taken >= whole or taken < frontend.length * signal.rate // frontend.rate:
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
        key=recall(f"window/{net.fingerprint[:8]}/{signal.sha256[:12]}"),
        bind="query-params",
        help=f"The network hears {seconds_text(seconds)} at a time. At first the loudest are taken; "
        "move the window to explain another part.",
    )
    begin = (
        start if round(at / _STEP_S) == round(start / signal.rate / _STEP_S) else at * signal.rate
    )
    begin = min(int(begin), whole - taken)
    chart(
        time_figures.envelope_figure(
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
    st.file_uploader(
        "A second sound", key=_SECOND, on_change=_take_second, help=accepted(kinds.named(SOUND)),
        max_upload_size=server().limits.file_megabytes,
    )  # fmt: skip
    chosen = st.pills(
        "or a sample as the second sound",
        samples.names(SOUND),
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
    if (kind := kinds.of(signal)).name != SOUND:
        mine.second_error = f"{signal.name} is {kind.noun}; a sound can be laid over a sound."
        return
    if (refusal := mismatch(Upload(signal.name, signal.sha256), SECOND)) is not None:
        mine.second_error = refusal
        return
    stop_asking(SECOND)  # it is here
    mine.second = signal
    put(_SECOND_SAMPLE, None)


def _forget_second() -> None:
    if st.session_state[_SECOND_SAMPLE] is not None:
        session().second = session().second_error = None


def note_scales(wavelet: str, levels: int, size: tuple[int, ...], rate: float) -> None:
    """What the choice means in Hz, why it is the default, and the paper's in one click."""
    transform = build(wavelet=wavelet, levels=levels, ndim=len(size))
    if levels <= transform.max_levels(size):
        lowest = short(transform.layout(size).approx.hertz(rate)[1])
        st.caption(
            f"As in the paper: three octaves, and all below {lowest} in one band. haar’s bands "
            "overlap: a tone shows in several."
            if (wavelet, levels) == ("haar", 3)
            else f"{levels} octaves down to {lowest}"
            + (", told apart better than by the paper’s haar." if wavelet != "haar" else ".")
        )
    row = st.container(horizontal=True)
    row.button(
        "As in the paper", on_click=_set, args=("haar", 3, size, "smoothgrad"), type="tertiary",
        help=glossary.hint("SmoothGrad", "spread", more="haar, 3 levels, 25 noisy copies at a spread of 0.001."),
        key="as-in-the-paper",
    )  # fmt: skip
    ours = kinds.named(SOUND).defaults
    row.button(
        "Best to look at", on_click=_set, type="tertiary", key="as-suggested",
        args=(ours.wavelet, ours.levels(size, rate), size, METHOD),
        help=glossary.hint("octave", "Integrated Gradients", more="The settings at the start: db4, octaves down "
        "to about 100 Hz, Integrated."),
    )  # fmt: skip


def _set(wavelet: str, levels: int, size: tuple[int, ...], method: str) -> None:
    kind = kinds.named(SOUND)
    put_scales(kind, wavelet, levels, size)
    put(field_key("method", kind), method, METHOD_MENU)
