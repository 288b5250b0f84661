"""The tab behind every result: settings, provenance, and what is to be trusted of the sum."""

import streamlit as st

from app import reproduction
from app.components.downloads import offer
from app.screens import completeness
from app.session import Explained, plain


def details(explained: Explained) -> None:
    """Settings, provenance, and everything to take away."""
    result, source = explained.result, explained.result.provenance
    completeness.told(explained)
    st.table(
        {
            "variant": plain(str(result.path)),
            "wavelet": f"{result.transform.wavelet}, {result.transform.levels} levels, {result.transform.boundary}",
            "target": plain(str(result.target)),
            "network": plain(source.model),
            "fingerprint": source.fingerprint[:16],
            "input SHA-256": explained.subject.signal.sha256[:16],
            "device": reproduction.ran(source),
            "passed": source.layout,
            "time": f"{source.seconds:.2f} s",
            "versions": ", ".join(f"{k} {v}" for k, v in source.versions.items()),
        }
    )
    offer(explained)
    _reproduce(explained)


def _reproduce(explained: Explained) -> None:
    """The program and the command that give the same numbers, to be copied."""
    st.subheader("Reproduce", anchor=False)
    again = reproduction.both(
        explained.result, explained.subject.net, explained.subject.signal, explained.subject.origin
    )
    python, shell = st.tabs(["Python", "Command line"])
    python.code(again["python"], language="python", wrap_lines=True)
    shell.code(again["command"], language="bash", wrap_lines=True)
    st.caption(plain(reproduction.EXACT))
