"""Which part of a long sound the network is to hear."""

import streamlit as st

from app.components.chart import chart
from app.figures import envelope
from app.figures.theme import Look
from app.session import recall
from wam_core import Classifier, Signal
from wam_core.signals import audio
from wam_core.signals.limits import seconds_text

_STEP_S = 0.1


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
        envelope.figure(
            signal.values.mean(0), signal.rate, (begin, begin + taken),
            Look(st.context.theme.type == "dark"),
        ),
        "window",
        f"The whole sound, {seconds_text(signal.seconds)}; the network hears it from "
        f"{begin / signal.rate:.1f} to {(begin + taken) / signal.rate:.1f} s",
    )  # fmt: skip
    return audio.excerpt(signal, begin, begin + taken)
