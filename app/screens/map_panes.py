"""Maps of rankings beside one another, by kind of input, all in units of an even spread."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st

from app.components.chart import chart
from app.components.method_picker import Pane
from app.figures import orthographic, places, time_curves, timeline
from app.figures.theme import Look
from app.screens.inspect_image import pixels
from wam_core import Signal
from wam_core.domain import Wavelet
from wam_core.evaluation.map_similarity import (
    Agreement,
    agreement,
    fitted,
    over_space,
    over_time,
    pyramid,
    shares,
)
from wam_core.evaluation.ranked import Ranked, strengths
from wam_core.plot.planes import planes
from wam_core.transforms import Transform

CELLS = 125
"""Into which a sound's whole duration is divided."""

Map = npt.NDArray[np.float64]
_FLAT = 0.3  # height of a raster, in widths
_SHARPER = 2  # a projection has this many px for each of its own


@dataclass(frozen=True)
class Manner:
    """How maps are drawn: alike in all panes.

    Attributes:
        look: of the page.
        end: where the colours end, in units of an even spread; None for each map its own.
        over: the opacity over the input; 0 for the map alone.
    """

    look: Look
    end: float | None = None
    over: float = 0.0


def even(pane: Pane, ranked: Ranked, signal: Signal) -> Map:
    """The map of a ranking; 1 is as strong as if all were spread evenly."""
    return _even(pane.order.key, signal.modality == "sound", ranked)


@st.cache_data(scope="session", max_entries=48, show_spinner=False)
def _even(key: str, in_time: bool, _ranked: Ranked) -> Map:
    found = over_time(_ranked, CELLS) if in_time else over_space(_ranked)
    return np.asarray(found * found.size)


def against(map_: Map, reference: Map) -> tuple[Map, Agreement]:
    """A map minus the reference, on its grid; and whether both rank the places alike."""
    laid = fitted(shares(map_), reference.shape)
    return laid * laid.size - reference, agreement(laid, reference)


def end(values: Map, signal: Signal) -> float:
    """Where the colours, or the axis, of a map end."""
    if signal.modality == "sound":  # a line has no colours that a single moment could wash out
        return float(np.abs(values).max(initial=0.0)) or 1.0
    return places.limit(values)


def draw(pane: Pane, ranked: Ranked, signal: Signal, manner: Manner, width: int) -> None:
    """The map of a pane."""
    values = even(pane, ranked, signal)
    last = manner.end or end(values, signal)
    alt = f"{pane.name}: {_strongest(values)}"
    if signal.modality == "sound":
        _raster(pane, ranked, manner.look)
        figure = time_curves.figure(values, seconds(pane), manner.look, last)
    elif signal.modality == "image":
        under = pixels(pane.order.net, pane.order.x) if manner.over else None
        figure = places.figure(
            values, manner.look, last, under=under, opacity=manner.over or 1.0, width=width
        )
    else:
        sheet = _sheet(pane, values, signal, orthographic.maximum_intensity)
        figure = places.figure(sheet, manner.look, last, width=width)
    chart(figure, f"map-{pane.letter}", alt)


def draw_difference(
    pane: Pane, reference: Pane, values: Map, signal: Signal, manner: Manner, width: int
) -> None:
    """What a pane's map has more than the reference, and less."""
    look = Look(manner.look.dark, "signed")
    last = manner.end or end(values, signal)
    alt = f"{pane.name} minus {reference.name}: from {values.min():.2g} to {values.max():+.2g}"
    if signal.modality == "sound":
        figure = time_curves.difference(values, seconds(reference), look, last)
    elif signal.modality == "image":
        figure = places.figure(values, look, last, width=width)
    else:
        sheet = _sheet(reference, values, signal, orthographic.extreme)
        figure = places.figure(sheet, look, last, width=width)
    chart(figure, f"difference-{pane.letter}", alt)


def seconds(pane: Pane) -> float:
    """How long what the network hears is."""
    return float(pane.order.x.shape[-1] / pane.order.net.frontend.rate)


def _sheet(pane: Pane, values: Map, signal: Signal, ray: orthographic.Ray) -> Map:
    """A volume seen through from three sides."""
    ends = signal.frame.ends if signal.frame else ()
    spacing = pane.order.net.frontend.spacing(signal)
    return orthographic.sheet(
        values.astype(np.float32), planes(ends), ray, spacing, side=_SHARPER * 2 * max(values.shape)
    )


def _raster(pane: Pane, ranked: Ranked, look: Look) -> None:
    """Time × frequency, as the ranking has it; its colours are its own."""
    row = _row(pane.order.key, look.dark, pane, ranked)
    if row is None:
        st.caption("Ranked: the samples of the waveform, which have no frequency.")
        return
    palette = np.array([list(bytes.fromhex(c[1:])) for c in row.palette], np.uint8)
    tall = max(1, round(_FLAT * row.codes.shape[1] / len(row.codes)))
    st.image(
        palette[row.codes].repeat(tall, axis=0),
        width="stretch",
        caption=f"{row.rows[0]} on top to {row.rows[-1]} below; colours of its own",
        alt=f"{pane.name}. {row.alt}",
    )


@st.cache_data(scope="session", max_entries=16, show_spinner=False)
def _row(key: str, dark: bool, _pane: Pane, _ranked: Ranked) -> timeline.Raster | None:
    net, look, z = _pane.order.net, Look(dark), pyramid(_ranked)
    if z is not None:
        assert isinstance(_ranked.domain, Wavelet)  # it has a pyramid
        transform: Transform = _ranked.domain.transform
        return timeline.scalogram(z, transform, _ranked.size, net.frontend.rate, look)
    if net.representation is None:
        return None
    values = strengths(_ranked).unflatten(2, _ranked.size)[0, 0].numpy()
    mel = net.representation
    return timeline.mel(
        values, np.asarray(mel.frequencies), seconds(_pane), look, hop=mel.hop / net.frontend.rate
    )


def _strongest(values: Map) -> str:
    place = np.unravel_index(int(values.argmax()), values.shape)
    where = ", ".join(str(int(index)) for index in place)
    return f"{float(values.max()):.3g} times an even spread at ({where}) of {values.shape}"
