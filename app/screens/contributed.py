"""Beneath the scale profile: what the fine and the coarse levels contributed, and how sure that is."""

from collections.abc import Mapping

import streamlit as st
import torch
from torch import Tensor

from app import glossary
from app.figures import captions
from app.figures.contributed import Part, Whole, sentences, sureness
from app.figures.units import Units
from app.runtime import ask, predict_steps
from app.state import Explained, plain, session
from app.widgets.views import Groups
from wam_core import Band
from wam_core.contributions import Coalition, coalitions, contributions
from wam_core.errors import BusyError
from wam_core.pieces import piece
from wam_core.signals import Modality
from wam_core.views import lasting_profile

_WORDS: Mapping[Modality, Mapping[str, str]] = {
    "image": {"Fine": "edges, texture", "Coarse": "outlines, light and shade"},
    "sound": {"Fine": "high sounds, clicks", "Coarse": "low sounds, slow changes"},
    "volume": {
        "Fine": "surfaces, thin parts",
        "Middle": "smaller parts",
        "Coarse": "the overall shape",
    },
}
_SMALLEST = 1e-12  # of a probability, where its logarithm is taken


def contributed(
    shown: Explained, shares: Mapping[Band, float], units: Units, groups: Groups
) -> None:
    """A few sentences on each group of levels, finest first, and one on how sure they are.

    Args:
        shown: the explanation.
        shares: its scale profile.
        units: of its levels.
        groups: bands by name, coarse first.
    """
    result = shown.result
    try:
        answers = _answers(shown.key, groups, shown)
    except BusyError as error:  # the rest of the page needs no network
        st.caption(plain(f"What fine and coarse details contributed is not known yet: {error}."))
        return
    values = {some: _value(shown, probabilities) for some, probabilities in answers.items()}
    every, brings = frozenset(groups), contributions(values)
    counts = {band: values[0].numel() for band, values in result.attribution.bands()}
    best, words = int(answers[every].argmax()), _WORDS[shown.subject.signal.modality]
    parts = []
    for name, bands in reversed(groups.items()):
        says = int(answers[every - {name}].argmax())
        parts.append(
            Part(
                name,
                f"{units.span(bands)}: {words[name]}",
                brings[name],
                values[frozenset({name})],
                values[every - {name}],
                plain(captions.brief(shown.subject.net.label(says))) if says != best else "",
                sum(shares[band] for band in bands),
                sum(counts[band] for band in bands) / sum(counts.values()),
                sum(float(result.attribution[band][0].sum()) for band in bands)
                if result.completeness_gap is not None
                else None,
            )
        )
    contrast = result.target.against is not None
    whole = Whole(
        plain(captions.named(result.target)),
        "difference of the logits" if contrast else "probability",
        values[every],
    )
    st.markdown(
        f"**What fine and coarse details contributed to “{whole.target}”**",
        help=glossary.hint("contribution", "importance", "coefficient"),
    )
    st.markdown("\n".join(f"- {sentences(part, whole)}" for part in parts))
    lasting = lasting_profile(result) if result.path.kind == "smoothgrad" else None
    st.caption(
        sureness(
            parts,
            lasting and [sum(lasting[band] for band in groups[part.name]) for part in parts],
        )
    )


@st.cache_data(scope="session", max_entries=16, show_spinner=False)
def _answers(key: str, groups: Groups, _shown: Explained) -> dict[Coalition, Tensor]:
    """Class probabilities of the input that has some of the groups only, for each set of them."""
    result, net = _shown.result, _shown.subject.net
    sets = coalitions(groups)
    inputs = [
        piece(result.transform, result.coefficients, result.size, [b for name in some for b in groups[name]])
        for some in sets
    ]  # fmt: skip
    owner = f"{session().id}/contributed"
    steps = predict_steps(net, torch.cat(inputs))
    return dict(zip(sets, ask(steps, owner=owner, uses={net.fingerprint}).cpu(), strict=True))


def _value(shown: Explained, probabilities: Tensor) -> float:
    """p of the class; for a contrast, the difference of the logits."""
    target = shown.result.target
    if target.against is None:
        return float(probabilities[target.index])
    p = probabilities.double().clamp_min(_SMALLEST).log()
    return float(p[target.index] - p[target.against])
