"""What to do on a page that has nothing to show yet."""

import streamlit as st


def invite(what: str, button: str) -> None:
    """Say what to choose in the sidebar, which a narrow screen hides, and what to press then."""
    st.info(
        f"Choose {what} on the left (behind **»** on a narrow screen), then press **{button}**."
    )
