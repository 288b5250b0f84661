"""The first seconds of a server: pages can be asked for before the libraries of the networks are there."""

import threading
import time
from collections.abc import Callable

import streamlit as st

_HEAD_START_S = 4.0
_WORDS_S = 0.15

_greeted = threading.Event()
_loaded = threading.Event()
_loaded.set()  # where nobody loads them, as in a test of a page, the page itself does


def load_in_background(libraries: Callable[[], None], then: Callable[[], None]) -> None:
    """Import in a thread of its own what pages need, and then do what they need not wait for.

    Not before somebody has been told what is waited for, or some seconds have passed: while large
    libraries are opened no other thread of Python runs, and the first words took twice as long.
    """
    _loaded.clear()

    def run() -> None:
        _greeted.wait(_HEAD_START_S)
        try:
            libraries()
        finally:  # else pages would wait for ever; the page's own import says what is wrong
            _loaded.set()
        then()

    threading.Thread(target=run, name="warm-up", daemon=True).start()


def wait() -> None:
    """Return at once, or say what is waited for; the page is drawn when it is there."""
    place = st.empty()  # always there, so that what follows keeps its place on the page
    if _loaded.is_set():
        return
    with place.container():
        st.title("WAM Explorer", anchor=False)
        st.markdown(
            "See what a classifier used: which scales, which orientations, which frequency bands."
        )
        with st.spinner("The server has just been started; the networks are being loaded …"):
            time.sleep(_WORDS_S)  # until they are on their way
            _greeted.set()
            _loaded.wait()
    place.empty()  # and on with this run: another would have forgotten which page was asked for
