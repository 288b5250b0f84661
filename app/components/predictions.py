"""What networks make of a part of the input: the one that was explained, and a second one."""

import hashlib
from collections.abc import Generator
from functools import partial

import streamlit as st
from torch import Tensor

import models
from app import runtime
from app.components import jobs
from app.figures.captions import brief
from app.runtime import classifier, pass_seconds, predict_steps
from app.session import Explained, plain, recall, session
from wam_core import Classifier
from wam_core.errors import WamError
from wam_core.evaluation.curves import transfer_score
from wam_core.signals import Modality

_NAME = "reconstruction"
_PATIENCE_S = 0.04  # most networks have answered by then
_NOBODY = "none"


def ask_about_part(explained: Explained, x: Tensor) -> None:
    """Ask the network about a part, in its units; the page does not wait for a slow one."""
    net = explained.subject.net
    key = f"{explained.key} {hashlib.sha256(x.cpu().numpy().tobytes()).hexdigest()}"
    found = jobs.ask(
        _NAME, key, pass_seconds(net), partial(predict_steps, net, x),
        lambda _: (1.0, "One pass"), uses=net.module_fingerprint, patience=_PATIENCE_S,
    )  # fmt: skip
    if found is not None:
        prediction_change(explained, found[0])


def prediction_change(explained: Explained, probabilities: Tensor) -> None:
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


def second_opinion(net: Classifier, kind: Modality, x: Tensor, index: int) -> None:
    """A choice of the networks at hand, and what the chosen one says of x, made for ``net``.

    Args:
        net: for which it was made.
        kind: of input.
        x: (1, c, *space), as ``net`` receives it.
        index: the class that ``net`` names on the whole input.
    """
    others = [name for name in models.names(kind) if name != net.name and models.available(name)]
    if not others:
        return
    name = st.selectbox(
        "Ask a second network, which had no part in this", [_NOBODY, *others],
        format_func=lambda name: name if name == _NOBODY else models.spec(name).title,
        key=recall(f"second-opinion-{kind}"), bind="query-params", width=420,
    )  # fmt: skip
    if name == _NOBODY:
        return
    try:
        second = classifier(name)
        score = transfer_score(second, net)

        def steps() -> Generator[None, None, Tensor]:
            yield
            return score(x)

        probabilities = runtime.ask(
            steps(), owner=f"{session().id}/second", uses={second.module_fingerprint}
        )[0]
    except WamError as error:
        st.caption(f":material/warning: {plain(str(error))}.")
        return
    best = int(probabilities.argmax())
    agrees = "It agrees" if best == index else "It does **not** agree"
    st.markdown(
        f"**{plain(models.spec(name).title)}** says “{plain(brief(second.label(best)))}” of what is left "
        f"(p = {float(probabilities[best]):.3g}; of “{plain(brief(second.label(index)))}” "
        f"{float(probabilities[index]):.3g}). {agrees} with the first one’s answer on the whole input."
    )
