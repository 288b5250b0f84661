"""What stands above every result: what the network says, and which scales counted."""

from collections.abc import Callable, Mapping

import streamlit as st
from torch import Tensor

from app import glossary
from app.components.chart import chart
from app.figures import captions, predictions, profile
from app.figures.theme import Look
from app.figures.units import Units
from app.screens.contributed import contributed
from app.session import Explained, plain
from wam_core import Band


def summary_text(sentences: str, *words: str) -> None:
    """The result in sentences, with what ``words`` of the glossary mean."""
    st.markdown(plain(sentences), help=glossary.hint(*words))


def numbers(
    explained: Explained,
    shares: Mapping[Band, float],
    units: Units,
    look: Look,
    pictures: Callable[[Explained], None] | None = None,
) -> None:
    """What was given, where that can be drawn, what the network says of it, and the scales.

    Then, of a result that is not zero, what fine and coarse details contributed.
    """
    *given, classes, scale = st.columns([6, 5, 6] if pictures else [5, 6])
    if pictures:
        with given[0]:
            pictures(explained)
    with classes:
        predicted(explained, look)
    with scale:
        scales(shares, units, look)
    if not explained.result.is_zero:
        contributed(explained)


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
        predictions.figure(labels, values, explained.result.target.label, look),
        key,
        "Most probable: " + ", ".join(f"{n} {p:.2f}" for n, p in zip(labels, values, strict=True)),
    )


def scales(shares: Mapping[Band, float], units: Units, look: Look) -> None:
    """The scale profile."""
    st.markdown(
        "**Importance by scale**", help=glossary.hint("importance", "scale profile", "level")
    )
    chart(profile.figure(shares, look, units), "profile", captions.profile_text(shares, units))
