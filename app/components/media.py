"""Bytes that the browser fetches once by their address, so that reruns send the address only."""

import streamlit as st
from streamlit import runtime


def address(data: bytes, mime: str, place: str) -> str:
    """Where the browser finds the bytes, as long as the session draws them; empty without a server.

    Args:
        data: of one visitor: what others may not see begins with what they do not know.
        mime: the kind of file.
        place: on the page; what was there before goes.
    """
    if not runtime.exists():
        return ""
    url = runtime.get_instance().media_file_mgr.add(data, mime, place)
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}{url}" if base else url
