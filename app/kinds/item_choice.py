"""Which reading of a file that has several is explained."""

import streamlit as st

from app.server import server
from app.session import plain, put, recall, session
from wam_core import Signal
from wam_core.errors import InputError
from wam_core.signals import read


def choose_item(signal: Signal) -> Signal:
    """One of the readings of a file that has several: a volume, a frame, a way to read NaN.

    The file is read again when another one is chosen.
    """
    if not signal.holds_several:
        return signal
    mine, counts = session(), dict(signal.series)
    part, number = signal.item or (next(iter(counts)), 0)
    where = f"item/{signal.sha256[:12]}"
    left, right = st.columns([3, 2])
    if len(counts) > 1:
        with left:
            part = st.selectbox(
                "Part of the file",
                list(counts),
                key=_first(f"{where}/part", part),
                bind="query-params",
                format_func=lambda name: f"{name} ({counts[name]:,})",
            )
    if counts[part] == 1:
        number = 0
    else:
        with right if len(counts) > 1 else left:
            number = int(
                st.number_input(
                    "Number",
                    0,
                    counts[part] - 1,
                    key=_first(f"{where}/number/{part}", min(number, counts[part] - 1)),
                    bind="query-params",
                    help=f"This part of the file has {counts[part]:,}, counted from 0.",
                )
            )
    data = mine.several.get(signal.modality)
    if (part, number) == signal.item or data is None:
        return signal
    try:
        signal = read(data, signal.name, server().limits, (part, number))
    except InputError as error:
        st.error(plain(f"{error}. The previous input stays."), icon=":material/broken_image:")
        return signal
    mine.take(signal, several=data)
    return signal


def _first(where: str, value: str | int) -> str:
    """The key of a widget that starts at a value."""
    if recall(where) not in st.session_state:
        put(where, value)
    return where
