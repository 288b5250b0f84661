"""The check-up of a visitor's own network, shown where it was given."""

from collections.abc import Generator

import streamlit as st

from app.kinds import Kind
from app.runtime import ask
from app.session import plain, session
from models import samples
from wam_core import Classifier
from wam_core.checkup import CheckUp, check_classifier
from wam_core.errors import WamError

_MARKS = {"ok": ":material/check:", "warning": ":material/warning:", "failed": ":material/error:"}
_PAGE = "docs/bring-your-own-network.md"


def show_check(net: Classifier, kind: Kind) -> None:
    """A line for each check, of a sample of the kind; what is wrong first says so outside."""
    try:
        found = _checked(net.fingerprint, net, kind.name)
    except WamError as error:
        st.warning(plain(str(error)))
        return
    for one in found.findings:
        text = f"**{one.check}** {plain(one.text)} {plain(one.remedy)}"
        st.markdown(f"{_MARKS[one.state]} {text}")
    st.caption(f"What the checks mean: {_PAGE}, “The check-up”.")


@st.cache_resource(show_spinner="Checking your network …", max_entries=4, scope="session")
def _checked(fingerprint: str, _net: Classifier, kind: str) -> CheckUp:
    """Once for each network; ``fingerprint`` is what it is known by."""
    return ask(_steps(_net, kind), owner=f"{session().id}/check", uses={_net.module_fingerprint})


def _steps(net: Classifier, kind: str) -> Generator[None, None, CheckUp]:
    """The check-up as a job of one step."""
    found = check_classifier(net, net.prepare(samples.load(samples.names(kind)[0])))
    yield
    return found
