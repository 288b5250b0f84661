"""Rows on one time axis with a playhead, and the sounds that can be heard along it.

The browser's part is one ES module without dependencies: ``player.js`` with ``rows.js`` after it.
Sounds travel as WAV files of Streamlit's media store, each fetched when it is first heard; reruns
send their addresses only.
"""

import base64
import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from streamlit import runtime

from app.components.player.sounds import Clip, Sounds, Track, amplified, largest_sum, one_gain, wav
from app.figures.timeline import Raster, Timeline, Wave
from app.session import session

__all__ = [
    "Clip",
    "PlayerState",
    "Sounds",
    "Track",
    "amplified",
    "largest_sum",
    "one_gain",
    "player",
]

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "wam_player",
    html='<div class="player"></div>',
    css=(_HERE / "player.css").read_text("utf-8"),
    js="\n".join((_HERE / name).read_text("utf-8") for name in ("player.js", "rows.js")),
)


@dataclass(frozen=True)
class PlayerState:
    """What a visitor last chose to hear, where the player was asked to tell.

    Attributes:
        source: the name of a track, or ``bands``; None before any choice.
        bands: the names of the bands that are neither muted nor beside a soloed one.
        region: the looped part in s, if there is one.
    """

    source: str | None = None
    bands: tuple[str, ...] | None = None
    region: tuple[float, float] | None = None


def player(
    timeline: Timeline,
    sounds: Sounds | None = None,
    *,
    key: str,
    active: Collection[str] | None = None,
    tell: bool = False,
) -> PlayerState:
    """Draw a timeline and offer its sounds.

    Reruns with the same arguments leave a playing sound alone. With other sounds of the same names,
    the one that is heard is exchanged at the same position.

    Args:
        timeline: the rows.
        sounds: what can be heard; as long as the timeline. None: there is nothing to play.
        key: one per player on the page; what was chosen in it comes back with it.
        active: the names of the bands to be heard. It is followed when it changes; in between, the
            player's own switches hold. None: all.
        tell: rerun when another source, other bands or another region are chosen, and return them.

    Raises:
        ValueError: the sounds are not as long as the timeline.
    """
    if sounds is not None and abs(sounds.duration - timeline.duration) > 0.01:
        raise ValueError(
            f"sounds of {sounds.duration:.3f} s beside a timeline of {timeline.duration:.3f} s"
        )
    rows = [_described(row) for row in timeline.rows]
    data = {
        "key": key,
        "duration": timeline.duration,
        "rows": rows,
        "version": hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16],
        "gain": None if sounds is None else sounds.gain_db,
        "tracks": [] if sounds is None else _addresses(sounds, key),
        "active": None if active is None else sorted(active),
        "tell": tell,
    }
    state = (
        _mount(key=key, data=data, on_heard_change=lambda: None)
        if tell
        else _mount(key=key, data=data)
    )
    chosen = state.get("heard") if tell else None
    if not chosen:
        return PlayerState()
    region = chosen["region"]
    return PlayerState(chosen["source"], tuple(chosen["bands"]), tuple(region) if region else None)


def _addresses(sounds: Sounds, key: str) -> list[dict[str, str]]:
    """Every track with where the browser finds it; the files leave with the session."""
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
                "colour": track.colour,
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
    return {
        "kind": "wave",
        "low": _base64(row.low),
        "high": _base64(row.high),
        "limit": row.limit,
        **_common(row),
    }


@_described.register
def _(row: Raster) -> dict[str, Any]:
    return {
        "kind": "raster",
        "codes": _base64(row.codes),
        "columns": row.codes.shape[1],
        "palette": "".join(colour[1:] for colour in row.palette),
        "first": row.first,
        "low": row.low,
        "high": row.high,
        "openLow": row.open_low,
        "openHigh": row.open_high,
        "quantity": row.quantity,
        "names": row.rows,
        "ticks": row.ticks,
        "bands": row.bands,
        "sign": row.sign,
        **_common(row),
    }


def _common(row: Wave | Raster) -> dict[str, Any]:
    return {
        "title": row.title,
        "caption": row.caption,
        "alt": row.alt,
        "unit": row.unit,
        "height": row.height,
    }


def _base64(values: np.ndarray) -> str:
    little = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    return base64.b64encode(little.tobytes()).decode()
