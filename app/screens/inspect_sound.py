"""The result for a sound: seen and heard on one time axis, by band, and in two parts."""

from functools import partial

import streamlit as st

from app import glossary
from app.figures import captions
from app.figures.theme import Look
from app.screens import completeness, header, listening
from app.screens.contributed import contributed
from app.screens.details import details
from app.screens.faithfulness import faithfulness
from app.screens.verdict import verdict
from app.state import Explained, plain
from app.widgets.downloads import offer_sounds
from app.widgets.keeping import WAYS, Choice, choose_keep
from app.widgets.player import player
from app.widgets.tabs import tab_key, tabs
from app.widgets.views import choose_bands, choose_look, halves
from wam_core.views import heat_map, over_channels
from wam_core.views import profile as scale_profile

_CLEARLY = 0.02  # of a probability
_BANDS_HELP = glossary.hint(
    "band",
    "octave",
    "approximation",
    more="Each level is an octave. Switch bands off to take them out of what is kept and out of what "
    "is heard under ‘Bands’.",
)


def inspect(shown: Explained) -> None:
    """The result. Nothing here runs the explanation again: these are views.

    What no control of the views changes is drawn apart from them, and not again with each click.
    """
    _summary(shown)
    if shown.result.is_zero:
        st.info("No signal: the gradient is zero everywhere, so there is no map to show.")
        return
    _views(shown)


@st.fragment
def _summary(shown: Explained) -> None:
    """In words and numbers."""
    dark = st.context.theme.type == "dark"
    result, units = shown.result, listening.units(shown)
    shares = scale_profile(result.attribution)
    heat = heat_map(over_channels(result.attribution, "magnitude"), result.transform, result.size)
    when = captions.moments(listening.samples(heat), units.rate)
    st.markdown(
        plain(f"{captions.octaves(shares, captions.named(result.target), units)} {when}"),
        help=glossary.hint("importance", "octave"),
    )
    heard(shown)
    classes, scales = st.columns([5, 6])
    with classes:
        header.predicted(shown, Look(dark))
    with scales:
        header.scales(shares, units, Look(dark))
    if not result.is_zero:
        contributed(shown, shares, units, halves(result.attribution))


@st.fragment
def _views(shown: Explained) -> None:
    """What is seen and heard, and what it is switched by."""
    dark = st.context.theme.type == "dark"
    completeness.warning(shown)
    row = st.container(horizontal=True)
    with row:
        look = choose_look(dark)
    chosen = choose_bands(shown.result.attribution, listening.units(shown), "sound", _BANDS_HELP)
    with row:
        choice = choose_keep(chosen)
    tabs(
        {
            "Overview": partial(_overview, shown, look, choice),
            "Scales": partial(_scales, shown),
            "Reconstruct": partial(_reconstruct, shown, choice),
            "Is it true?": partial(faithfulness, shown, Look(dark)),
            "Details": partial(details, shown),
        },
        key=tab_key("sound"),
    )


def heard(shown: Explained) -> None:
    """What became of the file on its way to the network."""
    signal = shown.subject.signal
    said = f"{signal.name}: {shown.subject.net.frontend.describe(signal)}."
    st.caption(plain(" ".join((said, *signal.notes))))


def _overview(shown: Explained, look: Look, choice: Choice) -> None:
    """Everything over time, and everything to be heard."""
    player(
        listening.rows(shown, look),
        listening.sounds(shown, listening.parts(shown, choice)),
        key="player",
        active=[str(band) for band in choice.bands],
    )
    if shown.result.representation is None:
        st.caption(
            "This network hears the waveform itself: there is no mel spectrogram inside it that "
            "anything could be attributed to. The one above is only to look at."
        )
    st.caption(
        f"Kept: {choice}, in {len(choice.bands)} bands. Kept and rest add up to the original."
    )


def _scales(shown: Explained) -> None:
    """Every octave in numbers: what it contributes, beside how loud it is."""
    result, units = shown.result, listening.units(shown)
    loud = listening.bands(shown.key, shown)
    energy = {name: float((values.astype(float) ** 2).sum()) for name, values in loud.items()}
    total = sum(energy.values()) or 1.0
    table = [
        {
            "Band": units.level(band),
            "Importance": 100 * share,
            "Energy": 100 * energy[str(band)] / total,
            "Signed sum": float(result.attribution[band][0].sum()),
        }
        for band, share in list(scale_profile(result.attribution).items())[::-1]
    ]
    bar = partial(st.column_config.ProgressColumn, format="%.1f %%", min_value=0, max_value=100)
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "Importance": bar(help=glossary.hint("importance", "scale profile")),
            "Energy": bar(
                help=glossary.hint("band", more="Its share of the input’s energy: how loud it is.")
            ),
            "Signed sum": st.column_config.NumberColumn(
                "Adds to the score" if result.completeness_gap is not None else "Σγ",
                format="%+.2e" if result.completeness_gap is None else "%+.2f",
                help=glossary.hint(
                    "attribution",
                    "band",
                    more="Their sum in this band. With Integrated "
                    "Gradients it is what the band adds to the score on the way from the baseline.",
                ),
            ),
        },
        alt="Importance and energy by band",
    )
    st.caption(
        "A band whose importance is far above its energy is where the network listens closely; "
        "where both agree, loudness alone could explain it."
    )


def _reconstruct(shown: Explained, choice: Choice) -> None:
    """The kept part and the rest: what the network makes of each, and of other ways to keep."""
    part = listening.parts(shown, choice)
    tracks = listening.sounds(shown, part, with_bands=False)
    player(listening.waves(shown, part), tracks, key="parts")
    kept, rest = st.columns(2)
    with kept:
        st.markdown(f"**Kept**: {choice}")
        verdict(shown, listening.judged(shown, choice))
    with rest:
        st.markdown("**Rest**: everything else")
        verdict(shown, listening.judged(shown, choice, rest=True))
    st.markdown(_against_loudness(shown, choice))
    st.markdown("**The ways to keep, in numbers**")
    index = shown.result.target.index
    table = []
    for way, name in WAYS.items():
        other = Choice(way, choice.share, choice.bands)
        there = listening.parts(shown, other)
        probabilities = listening.judged(shown, other)
        table.append(
            {
                "Way": name,
                "Prediction": shown.subject.net.label(int(probabilities.argmax())),
                "Kept?": int(probabilities.argmax()) == int(shown.result.logits[0].argmax()),
                "p whole": float(shown.result.probabilities[0, index]),
                "p kept": float(probabilities[index]),
                "p rest": float(listening.judged(shown, other, rest=True)[index]),
                "Coefficients": 100 * there.impression.coefficients,
                "Energy": 100 * there.impression.energy,
                "Isolated": 100 * there.impression.isolated,
                "Switching": there.impression.switching,
            }
        )
    percent = partial(st.column_config.NumberColumn, format="%.1f %%")
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "Kept?": st.column_config.CheckboxColumn(
                help=glossary.hint("Fid-In", more="Whether the most probable class stays the same.")
            ),
            "p whole": st.column_config.NumberColumn(
                format="%.3f", help=f"p of {shown.result.target.label} on the whole input."
            ),
            "p kept": st.column_config.NumberColumn(
                format="%.3f", help="The same, kept part alone."
            ),
            "p rest": st.column_config.NumberColumn(format="%.3f", help="The same, rest alone."),
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
    offer_sounds(
        {"original": listening.samples(shown.result.input), "kept": part.kept, "rest": part.rest},
        listening.rate(shown),
    )


def _against_loudness(shown: Explained, choice: Choice) -> str:
    """Whether a way keeps the class better than the same way by loudness, in plain words."""
    ours, loud, chance = (
        float(listening.judged(shown, choice, ranking)[shown.result.target.index])
        for ranking in ("explanation", "loudness", "random")
    )
    verdict = "beats" if ours - loud > _CLEARLY else "**does not beat**"
    return (
        f"p of {plain(shown.result.target.label)} on the kept part is **{ours:.3g}**; kept in the "
        f"same way by loudness alone, {loud:.3g}; by chance, {chance:.3g}. Here the explanation "
        f"{verdict} \\|z\\|, which knows nothing of the network."
    )
