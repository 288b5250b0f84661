"""Gallery: prepared cases, one click each."""

from itertools import groupby

import numpy as np
import numpy.typing as npt
import streamlit as st

from app.components import preview
from app.figures import orthographic, timeline
from app.screens import explain
from app.screens.cases import CASES, Case
from app.screens.opening import open_case
from app.session import plain, session
from models import samples
from wam_core.errors import WamError
from wam_core.plot.planes import planes

_TITLES = {"image": "Images", "sound": "Sounds", "volume": "Volumes"}
_HEIGHT, _WIDTH = 150, 300  # px


def explain_page():  # type: ignore[no-untyped-def]
    """The page that a case opens on."""
    return st.Page(explain.screen, title="Explain", icon=":material/image_search:", default=True)


def screen() -> None:
    """The page, from top to bottom."""
    st.title("Gallery", anchor=False)
    st.caption(
        "Prepared cases. One click explains the sample anew, with the settings of the case; what to "
        "look at stands on the card."
    )
    st.button(
        "Present", icon=":material/slideshow:", key="present", on_click=_present,
        help="Large type, one case after the other. Keys: → and ← turn cases, 1 to 9 open tabs, "
        "Escape leaves. A link with ?present=true begins so.",
    )  # fmt: skip
    for kind, cases in groupby(CASES, key=lambda case: case.modality):
        st.subheader(_TITLES[kind], anchor=False)
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
def thumbnail(name: str) -> npt.NDArray[np.uint8]:
    """A sample in a small picture of one size for all; samples are no uploads, so all may share it."""
    signal = samples.load(name)
    if signal.modality == "sound":
        row = timeline.waveform(signal.values.mean(0), signal.rate or 1.0)
        return preview.wave(row, _HEIGHT, _WIDTH)
    if signal.modality == "volume":
        ends = signal.frame.ends if signal.frame else ()
        drawn = orthographic.picture(
            signal.values[0].astype(np.float32), planes(ends), side=_HEIGHT
        )
        return _centred(drawn)
    rows, columns = signal.values.shape[1:]
    picture = signal.values.transpose(1, 2, 0)
    picture = picture.repeat(3, axis=2) if picture.shape[2] == 1 else picture
    height = min(rows, columns * _HEIGHT // _WIDTH)
    top = (rows - height) // 2
    cut = picture[top : top + height]
    return np.ascontiguousarray(cut[:: max(1, height // _HEIGHT), :: max(1, columns // _WIDTH)])


def _centred(drawn: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    picture = np.zeros((_HEIGHT, _WIDTH, 4), np.uint8)
    rows, columns = drawn.shape[:2]
    top, left = (_HEIGHT - rows) // 2, (_WIDTH - columns) // 2
    picture[top : top + rows, left : left + columns] = drawn
    return picture
