"""The result for a sound: seen and heard on one time axis, by band, and in two parts."""

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from app import glossary, kinds
from app.components.downloads import offer_sounds
from app.components.player import player
from app.components.views import choose_bands, choose_look
from app.figures.theme import Look
from app.kinds import sound_tracks
from app.kinds.mask_comparison import compare_masks
from app.kinds.received import sound_samples, sound_units
from app.kinds.sound_masks import Choice, choose_keep
from app.session import Explained, plain
from wam_core.network_input import description
from wam_core.views import profile as scale_profile

_BANDS_HELP = glossary.hint(
    "band",
    "octave",
    "approximation",
    more="Each level is an octave. Switch bands off to take them out of what is kept and out of what "
    "is heard under ‘Bands’.",
)


def draw_input(explained: Explained) -> None:
    """What became of the file on its way to the network."""
    signal = explained.subject.signal
    received = f"{signal.name}: {description(explained.subject.net, signal)}."
    st.caption(plain(" ".join((received, *signal.notes))))


def tabs(explained: Explained) -> Mapping[str, Callable[[], None]]:
    """What is seen and heard, after what it is switched by."""
    kind = kinds.of(explained.subject.signal)
    attribution, row = explained.result.attribution, st.container(horizontal=True)
    with row:
        look = choose_look(st.context.theme.type == "dark")
    chosen = choose_bands(
        kind, attribution, sound_units(explained.subject.net, explained.result.layout), _BANDS_HELP
    )
    with row:
        choice = choose_keep(chosen)
    return {
        "Overview": partial(_overview, explained, look, choice),
        "Scales": partial(_scales, explained),
        "Reconstruct": partial(_reconstruct, explained, choice),
    }


def _overview(explained: Explained, look: Look, choice: Choice) -> None:
    """Everything over time, and everything to be heard."""
    player(
        sound_tracks.rows(explained, look),
        sound_tracks.sounds(explained, sound_tracks.parts(explained, choice)),
        key="player",
        active=[str(band) for band in choice.bands],
    )
    if explained.result.representation is None:
        st.caption(
            "This network hears the waveform itself: there is no mel spectrogram inside it that "
            "anything could be attributed to. The one above is only to look at."
        )
    st.caption(
        f"Kept: {choice}, in {len(choice.bands)} bands. Kept and rest add up to the original."
    )


def _scales(explained: Explained) -> None:
    """Every octave in numbers: what it contributes, beside how loud it is."""
    result, units = explained.result, sound_units(explained.subject.net, explained.result.layout)
    loud = sound_tracks.bands(explained.key, explained)
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


def _reconstruct(explained: Explained, choice: Choice) -> None:
    """The kept part and the rest, seen and heard; then what the network makes of them."""
    part = sound_tracks.parts(explained, choice)
    tracks = sound_tracks.sounds(explained, part, with_bands=False)
    player(sound_tracks.waves(explained, part), tracks, key="parts")
    compare_masks(explained, choice)
    offer_sounds(
        {
            "original": sound_samples(explained.result.input),
            "kept": part.kept,
            "rest": part.rest,
        },
        sound_tracks.rate(explained),
    )
