"""What the network makes of a part of a sound, of other masks, and of model-free rankings."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st
from torch import Tensor

from app import glossary
from app.components import jobs
from app.components.predictions import prediction_change
from app.kinds import sound_tracks
from app.kinds.sound_masks import MASKS, Choice
from app.runtime import pass_seconds
from app.session import Explained, plain
from wam_core.export import split
from wam_core.mask_quality import MaskQuality
from wam_core.views import reconstruction

NAME = "ways to keep"
_MODEL_FREE = ("loudness", "random")
_CLEARLY = 0.02  # of a probability


@dataclass(frozen=True, eq=False)
class MaskOutcome:
    """One mask, without the sounds themselves: many are remembered.

    Attributes:
        kept, rest: class probabilities of either part, (classes,).
        mask_quality: how the kept part would be heard, in numbers.
    """

    kept: Tensor
    rest: Tensor
    mask_quality: MaskQuality


@dataclass(frozen=True, eq=False)
class Comparison:
    """Every mask with the same share of the same bands.

    Attributes:
        masks: by their names in :data:`MASKS`.
        model_free: class probabilities of what the chosen mask keeps by ``loudness`` and at
            ``random``, (classes,) each.
    """

    masks: Mapping[str, MaskOutcome]
    model_free: Mapping[str, Tensor]


def compare_masks(explained: Explained, choice: Choice) -> None:
    """Both parts judged, and compared; worked out on a lane while they can be heard already."""
    bands = sorted(map(str, choice.bands))
    key = f"{explained.key} {choice.mask} {choice.share} {bands}"
    known, net = sound_tracks.envelopes(explained.key), explained.subject.net
    passes = len(MASKS) + len(_MODEL_FREE)
    found: Comparison | None = jobs.ask(
        NAME, key, passes * pass_seconds(net), partial(_steps, explained, choice, known),
        lambda step: step, uses=net.module_fingerprint,
    )  # fmt: skip
    if found is None:
        return
    ours = found.masks[choice.mask]
    parts = {f"**Kept**: {choice}": ours.kept, "**Rest**: everything else": ours.rest}
    for column, (words, probabilities) in zip(st.columns(2), parts.items(), strict=True):
        with column:
            st.markdown(words)
            prediction_change(explained, probabilities)
    st.markdown(_against_loudness(explained, found, choice))
    st.markdown("**The ways to keep, in numbers**")
    _table(explained, found)


def _steps(
    explained: Explained, choice: Choice, known: sound_tracks.Envelopes
) -> Generator[tuple[float, str], None, Comparison]:
    """A pass after another; what has been done so far, and what was done last."""
    result, net, hz = explained.result, explained.subject.net, sound_tracks.rate(explained)
    found, model_free = {}, {}
    steps = len(MASKS) + len(_MODEL_FREE)
    for mask, name in MASKS.items():
        part = split(result, net, sound_tracks.rule(result, replace(choice, mask=mask), hz, known))
        found[mask] = MaskOutcome(
            part.kept_probabilities, part.rest_probabilities, part.mask_quality
        )
        yield len(found) / steps, f"Kept: {name.lower()}"
    for ranking in _MODEL_FREE:
        ranked = replace(result, attribution=sound_tracks.strength(explained, ranking))
        kept = reconstruction(ranked, sound_tracks.rule(ranked, choice, hz, known, ranking))
        model_free[ranking] = net.predict(kept)[0].cpu()
        yield (len(found) + len(model_free)) / steps, f"Kept: by {ranking}"
    return Comparison(found, model_free)


def _against_loudness(explained: Explained, found: Comparison, choice: Choice) -> str:
    """Whether a mask keeps the class better than the same mask by loudness, in plain words."""
    index = explained.result.target.index
    ours = float(found.masks[choice.mask].kept[index])
    loud, chance = (float(found.model_free[ranking][index]) for ranking in _MODEL_FREE)
    beats = "beats" if ours - loud > _CLEARLY else "**does not beat**"
    return (
        f"p of {plain(explained.result.target.label)} on the kept part is **{ours:.3g}**; kept in the "
        f"same way by loudness alone, {loud:.3g}; by chance, {chance:.3g}. Here the explanation "
        f"{beats} \\|z\\|, which knows nothing of the network."
    )


def _table(explained: Explained, found: Comparison) -> None:
    result, label = explained.result, explained.subject.net.label
    index, predicted = result.target.index, int(result.logits[0].argmax())
    table = [
        {
            "Way": MASKS[mask],
            "Prediction": label(int(outcome.kept.argmax())),
            "Kept?": int(outcome.kept.argmax()) == predicted,
            "p whole": float(result.probabilities[0, index]),
            "p kept": float(outcome.kept[index]),
            "p rest": float(outcome.rest[index]),
            "Coefficients": 100 * outcome.mask_quality.coefficients,
            "Energy": 100 * outcome.mask_quality.energy,
            "Isolated": 100 * outcome.mask_quality.isolated,
            "Switching": outcome.mask_quality.switching,
        }
        for mask, outcome in found.masks.items()
    ]
    percent = partial(st.column_config.NumberColumn, format="%.1f %%")
    number = partial(st.column_config.NumberColumn, format="%.3f")
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "Kept?": st.column_config.CheckboxColumn(
                help=glossary.hint("Fid-In", more="Whether the most probable class stays the same.")
            ),
            "p whole": number(help=f"p of {result.target.label} on the whole input."),
            "p kept": number(help="The same, kept part alone."),
            "p rest": number(help="The same, rest alone."),
            "Coefficients": percent(help="The mean of the mask."),
            "Energy": percent(help="The kept part’s share of the input’s energy."),
            "Isolated": percent(
                help=glossary.hint(
                    "coefficient",
                    more="Kept ones without a kept neighbour: each is heard as "
                    "a chirp (musical noise).",
                )
            ),
            "Switching": st.column_config.NumberColumn(
                format="%.2f",
                help=glossary.hint(
                    "coefficient",
                    more="How often a kept one is switched on or off: 2 for "
                    "isolated ones, near 0 for slow fades. Lower sounds better.",
                ),
            ),
        },
        alt="Prediction, energy and musical noise of each way to keep",
    )
