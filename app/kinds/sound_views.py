"""The result for a sound: rows and lanes on one time axis; below, the bands in numbers, two parts."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from app import glossary, kinds
from app.components.downloads import offer_sounds
from app.components.player import Evidence, player
from app.components.views import choose_bands
from app.kinds import sound_tracks
from app.kinds.mask_comparison import compare_masks
from app.kinds.received import sound_samples, sound_units
from app.kinds.sound_masks import choose_keep, chosen_keep
from app.session import Explained, plain
from wam_core.network_input import description
from wam_core.signals import SOUND
from wam_core.views import profile as scale_profile

_BANDS_HELP = glossary.hint(
    "band",
    "octave",
    "approximation",
    more="Each level is an octave. A band that is switched off is not in the kept part below.",
)
_DRAWN = "sound-kept-drawn"  # what the tab below was drawn with


def draw_input(explained: Explained) -> None:
    """The file, and what was done to it before it reached the network."""
    signal = explained.subject.signal
    received = f"{signal.name}: {description(explained.subject.net, signal)}."
    st.caption(plain(" ".join((received, *signal.notes))))


@st.fragment
def overview(explained: Explained) -> None:
    """Transport, rows and lanes; below them the controls of the kept part, which is synthesised."""
    picture = st.container(key="sound-overview")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        choice = choose_keep(
            [band for band, _ in explained.result.attribution.bands()], in_line=True
        )
        if explained.result.representation is None:
            st.caption("Spectrogram for display only: the network receives the waveform.")
    part = sound_tracks.parts(explained, choice)
    predictions = sound_tracks.predictions(explained, choice, part)
    with picture:
        player(
            sound_tracks.rows(explained, part),
            sound_tracks.sounds(explained, part),
            key="player",
            evidence=Evidence("kept", predictions),
            view=SOUND,
        )
    if st.session_state.get(_DRAWN, choice) != choice:
        del st.session_state[_DRAWN]
        st.rerun()  # the tab below shows the same part


def tabs(explained: Explained) -> Mapping[str, Callable[[], None]]:
    """The bands in numbers; the kept part and the rest."""
    return {
        "Bands": partial(_bands, explained),
        "Reconstruct": partial(_reconstruct, explained),
    }


def _bands(explained: Explained) -> None:
    """Every band in numbers: its share of the attribution and of the energy."""
    result, units = explained.result, sound_units(explained.subject.net, explained.result.layout)
    loud = sound_tracks.bands(explained.key, explained)
    energy = {name: float((values.astype(float) ** 2).sum()) for name, values in loud.items()}
    total = sum(energy.values()) or 1.0
    table = [
        {
            "Band": units.level(band),
            "Attribution": 100 * share,
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
            "Attribution": bar(help=glossary.hint("importance", "scale profile")),
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
        alt="Attribution and energy by band",
    )
    st.caption(
        "Attribution above energy: the prediction depends on the band more than its loudness "
        "suggests. Both alike: loudness alone could explain it."
    )


def _reconstruct(explained: Explained) -> None:
    """The kept part and the rest, seen and heard; then what the network predicts for them."""
    kind, result = kinds.named(SOUND), explained.result
    whole = chosen_keep([band for band, _ in result.attribution.bands()])
    st.session_state[_DRAWN] = whole
    units = sound_units(explained.subject.net, result.layout)
    choice = replace(
        whole, bands=frozenset(choose_bands(kind, result.attribution, units, _BANDS_HELP))
    )
    part = sound_tracks.parts(explained, choice)
    tracks = sound_tracks.sounds(explained, part, with_bands=False)
    player(sound_tracks.waves(explained, part), tracks, key="parts")
    compare_masks(explained, choice)
    offer_sounds(
        {
            "original": sound_samples(result.input),
            "kept": part.kept,
            "rest": part.rest,
        },
        sound_tracks.rate(explained),
    )
