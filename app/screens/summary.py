"""What stands above every result: what the network says, and which scales counted."""

from collections.abc import Mapping

import streamlit as st
from torch import Tensor

from app import glossary, kinds
from app.components.page import chart
from app.figures import captions, contributed, result_charts
from app.figures.theme import Look
from app.figures.units import Units
from app.runtime import ask, predict_steps
from app.session import Explained, plain, session
from wam_core import Band
from wam_core.errors import BusyError
from wam_core.views import profile as scale_profile


@st.fragment
def draw_summary(explained: Explained) -> None:
    """In sentences, then what was given, what the network says of it, and the scales.

    Below, of a result that is not zero, what fine and coarse details contributed.
    """
    result, net, signal = explained.result, explained.subject.net, explained.subject.signal
    kind, look = kinds.of(signal), Look(st.context.theme.type == "dark")
    text = kind.summary_text(result, net, signal, captions.named(result.target))
    st.markdown(plain(text), help=glossary.hint(*kind.summary_terms))
    if not kind.input_in_column:
        kind.draw_input(explained)
    *given, classes, scale = st.columns([6, 5, 6] if kind.input_in_column else [5, 6])
    for column in given:
        with column:
            kind.draw_input(explained)
    with classes:
        predicted(explained, look)
    with scale:
        scales(scale_profile(result.attribution), kind.units(net, result.layout, signal), look)
    if not result.is_zero:
        _group_effects(explained)


def predicted(explained: Explained, look: Look) -> None:
    """What the network says on what was explained."""
    result = explained.result
    st.markdown(
        f"**{plain(explained.subject.title)}** says",
        help=glossary.hint("network", "probability", "logit"),
    )
    bars(explained, result.probabilities[0], look, "predictions")
    score = f"{result.target.quantity} {float(result.scores[0]):.3g}".replace("-", "−")
    st.caption(plain(f"explained: {captions.named(result.target)}, {score}"))


def bars(explained: Explained, probabilities: Tensor, look: Look, key: str) -> None:
    """The five most probable of (classes,); the explained one stands out."""
    top = probabilities.topk(min(5, len(probabilities)))
    labels = [explained.subject.net.label(index) for index in top.indices.tolist()]
    values = top.values.tolist()
    chart(
        result_charts.predictions_figure(labels, values, explained.result.target.label, look),
        key,
        "Most probable: " + ", ".join(f"{n} {p:.2f}" for n, p in zip(labels, values, strict=True)),
    )


def scales(shares: Mapping[Band, float], units: Units, look: Look) -> None:
    """The scale profile."""
    st.markdown(
        "**Importance by scale**", help=glossary.hint("importance", "scale profile", "level")
    )
    chart(
        result_charts.profile_figure(shares, look, units),
        "profile",
        captions.profile_text(shares, units),
    )


def _group_effects(explained: Explained) -> None:
    """What groups of levels contributed, where the server has room for the question."""
    result, net, signal = explained.result, explained.subject.net, explained.subject.signal
    kind = kinds.of(signal)
    try:
        effects = contributed.contribution_text(
            result, net, kind.groups(result.attribution), kind.group_structures,
            kind.units(net, result.layout, signal), group_answers(explained), plain,
        )  # fmt: skip
    except BusyError as error:
        st.caption(plain(f"What fine and coarse details contributed is not known yet: {error}."))
        return
    st.markdown(
        f"**What fine and coarse details contributed to “{plain(effects.target)}”**",
        help=glossary.hint("contribution", "importance", "coefficient"),
    )
    st.markdown("\n".join(f"- {line}" for line in effects.lines))
    st.caption(effects.sure)


def group_answers(explained: Explained) -> Tensor:
    """What the network says of some groups of levels only: of :func:`app.figures.contributed.asked`.

    Raises:
        BusyError: it had to be asked, and there was no room.
    """
    return _group_answers(explained.key, explained)


@st.cache_data(scope="session", max_entries=16, show_spinner=False)
def _group_answers(key: str, _explained: Explained) -> Tensor:
    """Class probabilities of the input that has some of the groups only, for each set of them."""
    net = _explained.subject.net
    steps = predict_steps(
        net,
        contributed.partial_inputs(
            _explained.result,
            kinds.of(_explained.subject.signal).groups(_explained.result.attribution),
        ),
    )
    return ask(steps, owner=f"{session().id}/contributed", uses={net.fingerprint}).cpu()
