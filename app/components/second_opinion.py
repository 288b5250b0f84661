"""Another network's answer to what was made for the first one."""

import streamlit as st
from torch import Tensor

import models
from app import runtime
from app.figures import captions
from app.runtime import classifier
from app.session import plain, recall, session
from wam_core import Classifier
from wam_core.errors import WamError
from wam_core.evaluation.transfer_score import transfer_score
from wam_core.signals import Modality

_NOBODY = "none"


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

        def steps():  # type: ignore[no-untyped-def]
            yield
            return score(x)

        probabilities = runtime.ask(
            steps(), owner=f"{session().id}/second", uses={second.fingerprint}
        )[0]
    except WamError as error:
        st.caption(f":material/warning: {plain(str(error))}.")
        return
    best = int(probabilities.argmax())
    agrees = "It agrees" if best == index else "It does **not** agree"
    st.markdown(
        f"**{plain(models.spec(name).title)}** says “{plain(captions.brief(second.label(best)))}” of what is left "
        f"(p = {float(probabilities[best]):.3g}; of “{plain(captions.brief(second.label(index)))}” "
        f"{float(probabilities[index]):.3g}). {agrees} with the first one’s answer on the whole input."
    )
