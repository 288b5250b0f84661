"""Opening a prepared case: every widget of Explain gets what the case says, and a run is asked for."""

import streamlit as st

import models
from app.components.model_picker import class_key
from app.components.settings import METHODS, put_scales
from app.components.tabs import tab_key
from app.components.upload import TITLES
from app.runtime import classifier
from app.screens.cases import CASES, Case
from app.session import METHOD, MODALITY, MODEL, SAMPLE, STEPS, key, put, session
from models import samples
from wam_core.defaults import DEFAULTS, POINTS


def open_case(case: Case) -> dict[str, str]:
    """To be called before the widgets of Explain are drawn.

    Returns:
        What stands in the link to the case, in the words of the controls.

    Raises:
        WamError: the network or the sample cannot be had.
    """
    kind, mine = case.modality, session()
    name = samples.network(case.sample) or models.default(kind)
    net, signal = classifier(name), samples.load(case.sample)
    size = tuple(net.prepare(signal).shape[2:])
    mine.take(signal, case.sample)
    mine.switch = None
    for where, value in (
        (MODALITY, kind),
        (key(SAMPLE, kind), case.sample),
        (key(MODEL, kind), name),
        (key(METHOD, kind), case.method),
        (tab_key(kind), case.tab),
        (key("padding", kind), DEFAULTS[kind].padding),
        (STEPS, POINTS),
    ):
        put(where, value)
        if where in mine.chosen:
            mine.chosen[where] = value
    words = {
        MODALITY: TITLES[kind],
        key(SAMPLE, kind): samples.title(case.sample),
        key(MODEL, kind): models.spec(name).title,
        key(METHOD, kind): METHODS[case.method],
        tab_key(kind): case.tab,
        **put_scales(kind, case.wavelet, case.levels, size),
    }
    where = class_key(net, signal.key)
    if case.label:
        put(where, net.index(case.label))
        words[where] = net.label(net.index(case.label))
    else:
        st.session_state.pop(where, None)
    mine.again, mine.case = True, case.key
    return words


def beside(step: int) -> Case:
    """The case that many places after the one that is open, in a circle; the first where none is."""
    keys = [case.key for case in CASES]
    current = session().case
    at = keys.index(current) + step if current in keys else 0
    return CASES[at % len(CASES)]
