"""Rows on one time axis with a playhead, and the sounds that can be heard along it.

The browser's part is one ES module without dependencies, of the scripts of this folder. Sounds
travel as WAV files of Streamlit's media store. Each is fetched when it is first heard; reruns send
addresses only. What is chosen in a player acts in the browser, without a message to the server.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from streamlit import runtime

from app.components.player.sounds import Clip, Sounds, Track, amplified, largest_sum, one_gain, wav
from app.figures.elements import ELEMENTS
from app.figures.time_axis import SIGNS, Heat, Raster, Timeline, Wave
from app.figures.view_state import VIEW_STATE
from app.session import session

__all__ = ["Clip", "Evidence", "Sounds", "Track", "amplified", "largest_sum", "one_gain", "player"]

_HERE = Path(__file__).parent
_SCRIPTS = (
    *("player.js", "keys.js", "output.js", "transport.js"),
    *("stage.js", "rows.js", "lanes.js", "parts.js"),
)
_STYLES = ("player.css", "rows.css", "lanes.css", "narrow.css")
_mount = st.components.v2.component(
    "wam_player",
    html='<div class="player"></div>',
    css="\n".join((_HERE / name).read_text("utf-8") for name in _STYLES),
    js="\n".join([VIEW_STATE, ELEMENTS, *((_HERE / name).read_text("utf-8") for name in _SCRIPTS)]),
)


@dataclass(frozen=True)
class Evidence:
    """A part that is heard as long as a key or a button is held, and what is predicted of it.

    Attributes:
        track: the name of the part's track.
        predictions: by the name of a track, the prediction for that sound, such as
            ``clock tick 76 %``; a track whose prediction is not known yet is missing.
    """

    track: str
    predictions: Mapping[str, str]


def player(
    timeline: Timeline,
    sounds: Sounds | None = None,
    *,
    key: str,
    evidence: Evidence | None = None,
    view: str = "",
) -> None:
    """Draw a timeline and offer its sounds.

    Reruns with the same arguments leave a playing sound alone. With other sounds of the same names,
    the current one is exchanged at the same position.

    Args:
        timeline: the rows. A band of a :class:`Heat` is muted and soloed by the label of its lane.
        sounds: what can be heard; as long as the timeline. None: there is nothing to play.
        key: one per player on the page; what was chosen in it comes back with it.
        evidence: what is heard while a key is held.
        view: under which name the choices are kept in the page's address; empty: they are not.

    Raises:
        ValueError: the sounds are not as long as the timeline, or a band has no lane.
    """
    rows = [_described(row) for row in timeline.rows]
    if sounds is not None:
        if abs(sounds.duration - timeline.duration) > 0.01:
            raise ValueError(
                f"sounds of {sounds.duration:.3f} s beside a timeline of {timeline.duration:.3f} s"
            )
        lanes = {lane.track for row in timeline.rows if isinstance(row, Heat) for lane in row.lanes}
        bands = {track.name for track in sounds.tracks if track.group == "band"}
        if lost := sorted(bands - lanes):
            raise ValueError(f"no lane for {', '.join(lost)}; each band needs one")
    data = {
        "key": key,
        "duration": timeline.duration,
        "rows": [
            {"version": hashlib.sha256(json.dumps(row).encode()).hexdigest()[:16], **row}
            for row in rows
        ],
        "gain": None if sounds is None else sounds.gain_db,
        "tracks": [] if sounds is None else _addresses(sounds, key),
        "hold": evidence.track if evidence else None,
        "predictions": dict(evidence.predictions) if evidence else {},
        "view": view,
    }
    _mount(key=key, data=data)


def _addresses(sounds: Sounds, key: str) -> list[dict[str, str]]:
    """Every track with its address in the browser; the files leave with the session."""
    nonce, base = session().id, st.get_option("server.baseUrlPath").strip("/")
    described = []
    for track in sounds.tracks:
        url = ""
        if runtime.exists():
            url = runtime.get_instance().media_file_mgr.add(
                wav(track, sounds.rate, nonce), "audio/wav", f"{key}/{track.name}"
            )
        described.append(
            {
                "name": track.name,
                "label": track.label,
                "group": track.group,
                "url": f"/{base}{url}" if base else url,
            }
        )
    return described


@singledispatch
def _described(row: Any) -> dict[str, Any]:
    """A row as JSON, its numbers in base64."""
    raise TypeError(f"{type(row).__name__} is no row of a timeline")


@_described.register
def _(row: Wave) -> dict[str, Any]:
    part = None
    if row.part_low is not None and row.part_high is not None:
        part = {"name": row.part, "low": _base64(row.part_low), "high": _base64(row.part_high)}
    return {
        "kind": "wave",
        "low": _base64(row.low),
        "high": _base64(row.high),
        "part": part,
        "limit": row.limit,
        **_common(row),
    }


@_described.register
def _(row: Raster) -> dict[str, Any]:
    return {
        "kind": "raster",
        "map": _map(row),
        "tint": None if row.tint is None else _described(row.tint),
        "ticks": row.ticks,
        **_common(row),
    }


@_described.register
def _(row: Heat) -> dict[str, Any]:
    """Its maps relative to the maximum of each row; the browser applies the common scale."""
    return {
        "kind": "heat",
        "maps": {
            sign: {
                "peaks": [float(peak) for peak in row.peaks(sign)],
                **_map(row.by_row(sign)),
            }
            for sign in SIGNS
        },
        "lanes": [lane._asdict() for lane in row.lanes],
        "ticks": row.ticks,
        **_common(row),
    }


def _map(row: Raster) -> dict[str, Any]:
    return {
        "codes": _base64(row.codes),
        "columns": row.codes.shape[1],
        "palette": "".join(colour[1:] for colour in row.palette),
        "first": row.first,
        "low": row.low,
        "high": row.high,
        "open": row.open_low,
        "unit": row.unit,
        "power": row.power,
        "sign": row.sign,
        "names": row.rows,
        "quantity": row.quantity,
    }


def _common(row: Wave | Raster | Heat) -> dict[str, Any]:
    return {"title": row.title, "alt": row.alt, "height": row.height}


def _base64(values: np.ndarray) -> str:
    little = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    return base64.b64encode(little.tobytes()).decode()
