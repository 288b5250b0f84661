"""Who is let in at any address of the server: by host and origin, websockets included."""

import asyncio

import pytest
from streamlit import config

from app.origin_check import OriginCheck

HOSTS = ["localhost", "127.0.0.1", "wam.example.org"]


@pytest.fixture(autouse=True)
def hosts():
    before = {
        name: config.get_option(name) for name in ("server.allowedHosts", "server.enableCORS")
    }
    config.set_option("server.allowedHosts", HOSTS)
    yield
    for name, value in before.items():
        config.set_option(name, value)


def told(kind, **headers):
    """What the first message of the answer says; "in" where the request was passed on."""
    sent = []

    async def inside(scope, receive, send):
        sent.append("in")

    async def send(message):
        sent.append(message.get("status", message.get("code")))

    async def receive():
        return {"type": "http.disconnect"}

    given = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "method": "GET", "path": "/", "headers": given}
    asyncio.run(OriginCheck(inside)(scope, receive, send))
    return sent[0]


@pytest.mark.parametrize(("kind", "no"), [("http", 403), ("websocket", 1008)])
@pytest.mark.parametrize(
    ("host", "origin", "welcome"),
    [
        ("localhost:8501", "", True),
        ("localhost:8501", "http://localhost:8501", True),
        ("wam.example.org", "https://wam.example.org", True),  # a proxy speaks https, we do not
        ("evil.example", "", False),
        ("", "", False),
        ("evil.example", "http://evil.example", False),
        ("localhost:8501", "http://evil.example", False),
        ("localhost:8501", "http://localhost:3000", False),
        ("localhost:8501", "null", False),
        ("localhost:8501", "http://localhost:8501.evil.example", False),
        ("localhost:8501", "http://[", False),
    ],
)
def test_hosts_and_origins(kind, no, host, origin, welcome):
    headers = {name: value for name, value in (("host", host), ("origin", origin)) if value}
    assert told(kind, **headers) == ("in" if welcome else no)


def test_an_operator_may_let_others_in():
    config.set_option("server.enableCORS", False)
    assert told("websocket", host="localhost", origin="http://other.example") == "in"
    assert told("websocket", host="evil.example", origin="http://other.example") == 1008


def test_what_is_no_request_passes():
    assert told("lifespan") == "in"
