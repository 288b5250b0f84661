"""What the network makes of a part of the input, against what it made of the whole."""

import hashlib
from functools import partial

import streamlit as st
from torch import Tensor

from app.components import jobs
from app.figures.captions import brief
from app.runtime import pass_seconds, predict_steps
from app.session import Explained, plain

_NAME = "reconstruction"
_PATIENCE_S = 0.04  # most networks have answered by then


def answer(explained: Explained, x: Tensor) -> None:
    """Ask the network about a part, in its units; the page does not wait for a slow one."""
    net = explained.subject.net
    key = f"{explained.key} {hashlib.sha256(x.cpu().numpy().tobytes()).hexdigest()}"
    found = jobs.ask(
        _NAME, key, pass_seconds(net), partial(predict_steps, net, x),
        lambda _: (1.0, "One pass"), uses=net.fingerprint, patience=_PATIENCE_S,
    )  # fmt: skip
    if found is not None:
        verdict(explained, found[0])


def verdict(explained: Explained, probabilities: Tensor) -> None:
    """The explained class's probability on the part, (classes,), and what it is now taken for."""
    result, net = explained.result, explained.subject.net
    best, index = int(probabilities.argmax()), result.target.index
    kept = best == int(result.logits[0].argmax())
    before, after = float(result.probabilities[0, index]), float(probabilities[index])
    st.metric(
        f"p of {brief(result.target.label)}",
        f"{after:.3g}",
        f"{after - before:+.2g} against the whole input",
        delta_color="off",
    )
    st.markdown(
        f"The network now says **{plain(brief(net.label(best)))}** with p = {float(probabilities[best]):.3g}: "
        f"the prediction {'is kept' if kept else 'changes'}."
    )
