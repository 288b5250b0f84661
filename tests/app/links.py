"""Links as tests open them and read them off a page."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from streamlit.testing.v1 import AppTest

from tests.app.pages import run

Query = dict[str, list[str]]


def opened(app: AppTest, query: Mapping[str, list[str] | str]) -> AppTest:
    """A page that is not drawn yet, at an address."""
    for name, value in query.items():
        app.query_params[name] = value
    return app


def shared(app: AppTest) -> Query:
    """What stands in the link that the page offers."""
    app.session_state["share-link"] = True
    run(app)
    (code,) = [code.value for code in app.get("code") if "?" in code.value]
    return parse_qs(urlsplit(code).query, keep_blank_values=True)


def key_of(widgets, begin: str) -> str:  # type: ignore[no-untyped-def]
    """The key of the widget that begins so."""
    return next(w.key for w in widgets if w.key and w.key.startswith(begin))
