"""The finding in one line, and what the network received and predicted."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from app import glossary, kinds
from app.components import contributions
from app.components.page import chart
from app.figures import captions, contributed, result_charts
from app.figures.contributed import Effects
from app.figures.theme import Look
from app.screens.details import cautions
from app.session import Explained, plain
from wam_core.outputs import MEANINGS


def headline(explained: Explained) -> DeltaGenerator:
    """Class and probability in one line; the rest of what is known in a popover.

    Returns:
        The place of the line, for :func:`complete`.
    """
    words = st.empty()
    words.markdown(_lead(explained), width="content")
    return words


def complete(words: DeltaGenerator, meaning: DeltaGenerator, explained: Explained) -> None:
    """Add what fine and coarse details contribute: the network has to predict again for that.

    Args:
        words: the place that :func:`headline` gave.
        meaning: where more is said about the result.
        explained: the result.
    """
    effects = contributions.effects(explained)
    if effects is not None:
        words.markdown(f"{_lead(explained)} · {contributed.headline(effects)}", width="content")
    with meaning:
        _meaning(explained, effects)


def _lead(explained: Explained) -> str:
    result = explained.result
    probability = captions.percent(float(result.probabilities[0, result.target.index]))
    return f"**{plain(captions.named(result.target))}** {probability}"


def _meaning(explained: Explained, effects: Effects | None) -> None:
    """What the map shows, and how far its numbers are to be trusted."""
    result, net, signal = explained.result, explained.subject.net, explained.subject.signal
    kind = kinds.of(signal)
    text = kind.summary_text(result, net, signal, captions.named(result.target))
    st.markdown(plain(text), help=glossary.hint(*kind.summary_terms))
    score = captions.number(float(result.scores[0]), ".3g")
    st.caption(plain(f"Target: {result.target}, {result.target.quantity} {score}"))
    if effects is not None:
        st.markdown(plain(contributed.disagreement(effects)))
    cautions(explained)


def given(explained: Explained) -> None:
    """What was given, what the network received of it, and what it predicts."""
    picture, classes = st.columns([5, 4])
    with picture:
        kinds.of(explained.subject.signal).draw_input(explained)
    with classes:
        st.markdown(
            f"**Prediction** ({plain(explained.subject.title)})",
            help=glossary.hint("network", "probability"),
        )
        st.caption(f"Outputs: {MEANINGS[explained.result.output]}")
        for index, p in _most_probable(explained.result.probabilities[0]):
            name = plain(captions.brief(explained.subject.net.label(index)))
            chosen = index == explained.result.target.index
            st.progress(p, f"{f'**{name}**' if chosen else name} · {captions.percent(p)}")


def bars(explained: Explained, probabilities: Tensor, look: Look, key: str) -> None:
    """The five most probable of (classes,); the explained one stands out."""
    indices, values = zip(*_most_probable(probabilities), strict=True)
    labels = [explained.subject.net.label(index) for index in indices]
    chart(
        result_charts.predictions_figure(labels, values, explained.result.target.label, look),
        key,
        "Most probable: " + ", ".join(f"{n} {p:.2f}" for n, p in zip(labels, values, strict=True)),
    )


def _most_probable(probabilities: Tensor) -> list[tuple[int, float]]:
    """The five most probable of (classes,), each with its probability."""
    top = probabilities.topk(min(5, len(probabilities)))
    return list(zip(top.indices.tolist(), top.values.tolist(), strict=True))
