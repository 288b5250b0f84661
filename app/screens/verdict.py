"""What the network makes of a part of the input, against what it made of the whole."""

import streamlit as st
from torch import Tensor

from app.figures.captions import brief
from app.state import Explained, plain


def verdict(shown: Explained, probabilities: Tensor) -> None:
    """The explained class's probability on the part, (classes,), and what it is now taken for."""
    result, net = shown.result, shown.subject.net
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
