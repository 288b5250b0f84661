"""Everything that belongs to one visitor, typed, in one place."""

import uuid
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from torch import Tensor

from wam_core import Classifier, Signal, WaveletAttribution, WaveletTransform
from wam_core.scheduling import Ticket
from wam_core.target import Wanted

SAMPLE, MODEL, METHOD, WAVELET, LEVELS = "sample", "model", "method", "wavelet", "levels"
BANDS, SHARE = "bands", "share"
"""Keys of widgets that callbacks or links write to."""


@dataclass(frozen=True)
class Request:
    """What is asked of the core; two equal requests give the same result."""

    signal: str
    model: str
    target: Wanted
    transform: WaveletTransform
    path: str


@dataclass
class Session:
    """One visitor's input, job and result; gone with the browser tab."""

    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    signal: Signal | None = None
    input_error: str | None = None
    job: Ticket[WaveletAttribution] | None = None
    job_request: Request | None = None
    result: WaveletAttribution | None = None
    result_request: Request | None = None
    pending: tuple[Signal, Classifier, str] | None = None
    pending_size: tuple[int, ...] = ()
    result_signal: Signal | None = None
    result_net: Classifier | None = None
    result_model: str = ""
    job_error: str | None = None
    welcomed: bool = False
    predictions: dict[tuple[str, str], tuple[Tensor, Tensor]] = field(default_factory=dict)


def session() -> Session:
    """This visitor's state."""
    if "wam" not in st.session_state:
        st.session_state["wam"] = Session()
    current: Session = st.session_state["wam"]
    return current


def put(key: str, value: Any) -> None:
    """Set a widget's value; to be called from a callback, before the widget is drawn."""
    st.session_state[key] = value


def plain(text: str) -> str:
    """Text of a file, a class or an error, so that Markdown shows it as it is."""
    for sign in "\\`*_{}[]<>()#+-.!|~$:":
        text = text.replace(sign, "\\" + sign)
    return text
