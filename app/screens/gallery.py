"""Gallery: prepared cases, one click each."""

from itertools import groupby

import streamlit as st

import models
from app import kinds
from app.components.settings import METHODS, field_key, put_scales
from app.kinds.received import Picture
from app.runtime import classifier
from app.screens import explain
from app.screens.cases import CASES, Case
from app.session import (
    AGAINST,
    CLASS,
    CONTRAST,
    INPUT_MENU,
    METHOD_MENU,
    MODALITY,
    MODEL,
    NETWORK_MENU,
    SAMPLE,
    forget,
    plain,
    put,
    session,
)
from models import samples
from wam_core.defaults import POINTS
from wam_core.errors import WamError

_HEIGHT, _WIDTH = 150, 300  # px


def explain_page() -> st.Page:
    """The page that a case opens on."""
    return st.Page(explain.screen, title="Explain", icon=":material/image_search:", default=True)


def screen() -> None:
    """The page, from top to bottom."""
    st.title("Gallery", anchor=False)
    st.caption("Open explains the sample with the settings of the case.")
    st.button(
        "Present", icon=":material/slideshow:", key="present", on_click=_present,
        help="Large type, one case at a time. Keys: → and ← change the case, 1 to 9 open tabs, "
        "Escape leaves. Link: ?present=true.",
    )  # fmt: skip
    for kind, cases in groupby(CASES, key=lambda case: case.kind):
        st.subheader(kind.plural.capitalize(), anchor=False)
        with st.container(horizontal=True, gap="medium"):
            for case in cases:
                _card(case)


def _present() -> None:
    session().presenting = True


def _card(case: Case) -> None:
    with st.container(border=True, width=_WIDTH + 34):
        st.image(
            thumbnail(case.sample),
            width=_WIDTH,
            alt=f"{samples.title(case.sample)}, the input of this case",
        )
        st.markdown(f"**{plain(case.title)}**")
        st.caption(plain(case.look))
        if st.button("Open", key=f"open-{case.key}", icon=":material/play_arrow:", width="stretch"):
            try:
                with st.spinner("Opening …"):
                    words = open_case(case)
            except WamError as error:
                st.error(plain(f"{error}."), icon=":material/error:")
                return
            st.switch_page(explain_page(), query_params=words)


@st.cache_data(show_spinner=False)
def thumbnail(name: str) -> Picture:
    """A sample in a small picture of one size for all; samples are no uploads, so all may share it."""
    signal = samples.load(name)
    return kinds.of(signal).thumbnail(signal, _HEIGHT, _WIDTH)


def open_case(case: Case) -> dict[str, str]:
    """To be called before the widgets of Explain are drawn.

    Returns:
        What stands in the link to the case, in the words of the controls.

    Raises:
        WamError: the network or the sample cannot be had.
    """
    kind, mine = case.kind, session()
    name = samples.network(case.sample) or models.default(kind.name)
    net, signal = classifier(name), samples.load(case.sample)
    size = tuple(net.prepare(signal).shape[2:])
    mine.take(signal, case.sample)
    mine.switch = None
    for where, value, menu in (
        (MODALITY, kind.name, None),
        (kind.key(SAMPLE), case.sample, INPUT_MENU),
        (kind.key(MODEL), name, NETWORK_MENU),
        (field_key("method", kind), case.method, METHOD_MENU),
        (kind.key("tab"), case.tab, None),
        (field_key("padding", kind), kind.defaults.padding, METHOD_MENU),
        (field_key("steps", kind), POINTS, METHOD_MENU),
    ):
        put(where, value, menu)
        if where in mine.chosen:
            mine.chosen[where] = value
    words = {
        MODALITY: kind.title,
        kind.key(SAMPLE): samples.title(case.sample),
        kind.key(MODEL): models.spec(name).title,
        field_key("method", kind): METHODS[case.method],
        kind.key("tab"): case.tab,
        **put_scales(kind, case.wavelet, case.levels, size),
    }
    for where in (CLASS, CONTRAST, AGAINST):
        forget(where)
    mine.subject = None  # else the class would be the one chosen before
    if case.label:
        put(CLASS, net.index(case.label))
        words[CLASS] = net.label(net.index(case.label))
    mine.again, mine.case = True, case.key
    return words


def neighbour(step: int) -> Case:
    """The case that many places after the one that is open, in a circle; the first where none is."""
    keys = [case.key for case in CASES]
    current = session().case
    at = keys.index(current) + step if current in keys else 0
    return CASES[at % len(CASES)]
