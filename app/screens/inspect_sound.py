"""The result for a sound: seen and heard on one time axis, by band, and in two parts."""

from functools import partial

import streamlit as st

from app import glossary
from app.figures import captions
from app.figures.theme import Look
from app.screens import completeness, header, listening
from app.screens.details import details
from app.screens.faithfulness import faithfulness
from app.screens.ways import ways
from app.state import Explained, plain
from app.widgets.downloads import offer_sounds
from app.widgets.keeping import Choice, choose_keep
from app.widgets.player import player
from app.widgets.tabs import tab_key, tabs
from app.widgets.views import choose_bands, choose_look
from wam_core.views import heat_map, over_channels
from wam_core.views import profile as scale_profile

_BANDS_HELP = glossary.hint(
    "band",
    "octave",
    "approximation",
    more="Each level is an octave. Switch bands off to take them out of what is kept and out of what "
    "is heard under ‘Bands’.",
)


@st.fragment
def summary(shown: Explained) -> None:
    """In words and numbers."""
    dark = st.context.theme.type == "dark"
    result, units = shown.result, listening.units(shown)
    shares = scale_profile(result.attribution)
    heat = heat_map(over_channels(result.attribution, "magnitude"), result.transform, result.size)
    when = captions.moments(listening.samples(heat), units.rate)
    told = captions.octaves(shares, captions.named(result.target), units)
    header.said(f"{told} {when}", "importance", "octave")
    heard(shown)
    header.numbers(shown, shares, units, Look(dark))


@st.fragment
def views(shown: Explained) -> None:
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
                format="%+.3g" if result.completeness_gap is None else "%+.2f",
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
    """The kept part and the rest, seen and heard; then what the network makes of them."""
    part = listening.parts(shown, choice)
    tracks = listening.sounds(shown, part, with_bands=False)
    player(listening.waves(shown, part), tracks, key="parts")
    ways(shown, choice)
    offer_sounds(
        {"original": listening.samples(shown.result.input), "kept": part.kept, "rest": part.rest},
        listening.rate(shown),
    )
