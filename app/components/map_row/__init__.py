"""Maps of one input side by side, with one threshold, one opacity and one scale for all of them.

The browser's part is one ES module without dependencies, with the controls of the viewer and its
rule of what is shown. What is chosen in it acts there, and is kept in the page's address.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from app.components import viewer
from app.components.media import address
from app.figures.elements import ELEMENTS, ELEMENTS_STYLE
from app.figures.view_state import VIEW_STATE
from app.session import session
from wam_core.plot.colour import PERCENTILE, colour_limit, scale
from wam_core.signals.image import encode_webp

STRONGEST = (1, 2, 5, 10, 20, 50, 100)
"""The shares of the places that can be shown, in %; choices.js has the same."""

_HERE, _VIEWER = Path(__file__).parent, Path(viewer.__file__).parent
_mount = st.components.v2.component(
    "wam_map_row",
    html='<div class="maps"></div>',
    css="\n".join(
        [
            ELEMENTS_STYLE,
            (_VIEWER / "choices.css").read_text("utf-8"),
            (_HERE / "map_row.css").read_text("utf-8"),
        ]
    ),
    js="\n".join(
        [
            VIEW_STATE,
            ELEMENTS,
            *((_VIEWER / name).read_text("utf-8") for name in ("choices.js", "numbers.js")),
            (_HERE / "map_row.js").read_text("utf-8"),
        ]
    ),
)

Values = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class ShownMap:
    """One map.

    Attributes:
        name: above it, where it is one of several panels that are swiped.
        values: 0 or more, over all axes; the threshold is a percentile of them.
        sheet: the same as a picture of numbers, (rows, columns); NaN where there is no place.
        difference: another map subtracted, as a sheet of the same kind; None for the reference.
        under: a picture below it, uint8 (rows, columns, 3 or 4); None: there is none.
        alt: the text for screen readers.
    """

    name: str
    values: Values
    sheet: Values
    difference: Values | None
    under: npt.NDArray[np.uint8] | None
    alt: str


def map_row(maps: Sequence[ShownMap], key: str, version: str) -> None:
    """Draw them; nothing chosen in it causes a rerun.

    Args:
        maps: from left to right.
        key: one on the page, of letters and digits: the view in the page's address.
        version: tells these maps apart from others.
    """
    data = _packed(version, key, session().id, maps)
    _mount(key=key, data={"url": address(data, "application/octet-stream", key)})


@st.cache_data(scope="session", max_entries=8, show_spinner=False)
def _packed(version: str, key: str, nonce: str, _maps: Sequence[ShownMap]) -> bytes:
    return packed(_maps, key, nonce)


def packed(maps: Sequence[ShownMap], key: str, nonce: str = "") -> bytes:
    """The length of the header in four bytes, the header as JSON, then what each map has.

    That is its picture, the float32 numbers of its sheet, and those of its difference.

    Args:
        maps: from left to right.
        key: under which the view is kept in the page's address.
        nonce: makes the bytes those of one visitor.
    """
    described, contents = [], []
    for one in maps:
        under = b"" if one.under is None else encode_webp(one.under)
        parts = [under, _numbers(one.sheet)]
        head: dict[str, Any] = {
            "name": one.name,
            "alt": one.alt,
            "size": one.sheet.shape,
            "picture": len(under),
            "thresholds": [
                float(np.quantile(one.values, 1 - share / 100)) if share < 100 else 0.0
                for share in STRONGEST
            ],
            "limit": _limit(one.values),
            "difference": None,
        }
        if one.difference is not None:
            parts.append(_numbers(one.difference))
            known = one.difference[np.isfinite(one.difference)]
            head["difference"] = {"size": one.difference.shape, "limit": _limit(known)}
        described.append(head)
        contents += parts
    header = {
        "key": key,
        "nonce": nonce,
        "maps": described,
        "percentile": PERCENTILE,
        "palettes": {sign: scale(sign).tobytes().hex() for sign in ("magnitude", "signed")},
    }
    digest = hashlib.sha256(json.dumps(header).encode())
    for content in contents:
        digest.update(content)
    text = json.dumps(header | {"version": digest.hexdigest()[:16]}).encode()
    text += b" " * (-(4 + len(text)) % 4)
    return b"".join([len(text).to_bytes(4, "little"), text, *contents])


def _numbers(sheet: Values) -> bytes:
    return np.ascontiguousarray(sheet, "<f4").tobytes()


def _limit(values: Values) -> float:
    """Where the colours end: at a percentile of the magnitudes."""
    return float(colour_limit(values, PERCENTILE)) or 1.0
