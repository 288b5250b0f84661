"""Rows 20 to 22, 28, 29, 37 and 38: a running dashboard, visitors that speak its protocol."""

import http.client
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.browser.serving import ROOT
from wam_core.signals.image import encode_png

from .conftest import dashboard, resident


def status(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as a:
            return a.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def handshake(address, host, origin):
    """The status that a websocket gets which says it came to ``host``, from a page of ``origin``."""
    line = http.client.HTTPConnection(address, timeout=5)
    line.putrequest("GET", "/_stcore/stream", skip_host=True)
    given = {"Host": host, "Upgrade": "websocket", "Connection": "Upgrade", "Origin": origin}
    given |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    for name, value in given.items():
        if value is not None:
            line.putheader(name, value)
    line.endheaders()
    try:
        return line.getresponse().status
    finally:
        line.close()


def running(visitor):
    return any("Pass" in bar.text for bar in visitor.all("progress"))


def start_long(served):
    """A visitor in the middle of a job that takes a while."""
    visitor = served.visit()
    visitor.rerun()
    visitor.until(lambda v: v.settled() and v.shown(), 90)
    visitor.slide("Samples", 200)
    visitor.press("Explain")
    visitor.until(running, 60)
    return visitor


def test_row_20_markup_in_names(served, record_property):
    import numpy as np

    name = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) **b**.png"
    picture = encode_png(np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8))
    with served.visit() as visitor:
        visitor.rerun()
        visitor.until(lambda v: v.settled(), 90)
        visitor.drop("Drop an image", name, b"no picture")
        visitor.until(lambda v: "javascript" in v.texts(), 20)
        for element in visitor.all("markdown"):
            assert not element.allow_html
        said = next(a.body for a in visitor.all("alert") if "javascript" in a.body)
        assert "<img" not in said.replace("\\<", "") and "[a](" not in said
        visitor.drop("Drop an image", name, picture)
        visitor.until(lambda v: v.settled(), 60)
        assert not visitor.all("html") and not visitor.all("iframe")
    record_property("measured", "escaped in every element, no HTML element on the page")


def test_row_21_foreign_hosts_and_origins(served, record_property):
    assert status(f"{served.url}/_stcore/health") == 200
    here = served.url.removeprefix("http://")
    assert handshake(here, here, served.url) == 101
    assert handshake(here, "evil.example", None) == 403
    assert handshake(here, here, "http://evil.example") == 403
    with served.visit() as visitor:
        visitor.rerun()
        visitor.until(lambda v: v.session and not v.running, 60)
        assert visitor.upload("a.png", b"x", token=False) == 403
        assert visitor.upload("a.png", b"x") == 204
    record_property("measured", "403, 403, 403")


def test_settings_hold_on_a_running_server(record_property):
    """What Streamlit itself says after reading our file and our flags."""
    told = subprocess.run(
        [sys.executable, "-m", "streamlit", "config", "show"], cwd=ROOT,
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    lines = {line.partition(" = ")[0]: line.partition(" = ")[2] for line in told.splitlines()}
    assert lines["address"] == '"127.0.0.1"' and lines["enableCORS"] == "true"
    assert lines["enableXsrfProtection"] == "true" and lines["gatherUsageStats"] == "false"
    assert lines["showErrorDetails"] == '"none"' and lines["fileWatcherType"] == '"none"'
    assert lines["maxUploadSize"] == "512" and lines["maxCacheDataSize"] == '"512mb"'
    hosts = told.partition("\nallowedHosts = [")[2].partition("]")[0]
    assert sorted(re.findall(r'"(.+?)"', hosts)) == ["127.0.0.1", "::1", "localhost"]
    assert lines["enableStaticServing"] == "false"


def test_row_22_uploads_beyond_the_quota(record_property):
    quota = {"WAM_UPLOADS_MB": 16, "WAM_UPLOADS_TOTAL_MB": 24}
    with dashboard(**quota, STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL=1) as served:
        with served.visit() as one, served.visit() as two:
            for visitor in (one, two):
                visitor.rerun()
                visitor.until(lambda v: v.settled(), 120)
            before = resident(served.process.pid)
            first = [one.upload("a", bytes(2**20)) for _ in range(60)]
            second = [two.upload("a", bytes(2**20)) for _ in range(20)]
            grown = resident(served.process.pid) - before
        assert first == [204] * 16 + [507] * 44
        assert second == [204] * 8 + [507] * 12
        assert grown < 100
        deadline = time.monotonic() + 15
        with served.visit() as three:
            three.rerun()
            three.until(lambda v: v.session and not v.running, 60)
            while three.upload("a", bytes(15 * 2**20)) != 204:
                assert time.monotonic() < deadline, "uploads did not leave with their session"
                time.sleep(0.5)
        assert served.healthy
    record_property("measured", f"16 and 8 of 80 taken, +{grown:.0f} MB; gone with the session")


def test_row_28_a_closed_tab_frees_the_lane(served, record_property):
    with served.visit(page="about") as observer:
        visitor = start_long(served)
        assert served.load(observer)[0] >= 1
        visitor.close()
        began = time.monotonic()
        while sum(served.load(observer)):
            assert time.monotonic() - began < 10
        seconds = time.monotonic() - began
    assert seconds < 2
    record_property("measured", f"{seconds:.1f} s")


def test_row_29_thirty_reruns(served, record_property):
    with served.visit(page="about") as observer, start_long(served) as visitor:
        most = 0
        for _ in range(10):
            for _ in range(3):
                visitor.press("Explain")
                visitor.listen(0.05)
            most = max(most, sum(served.load(observer)))
        assert 1 <= most <= 2
    record_property("measured", f"{most} at most")


def test_row_37_a_full_server_says_so(record_property):
    with dashboard(WAM_QUEUE=1) as served, start_long(served), served.visit() as late:
        late.rerun()
        seconds = late.until(lambda v: "the server is busy" in v.texts(), 60)
        assert "number 2" in late.texts()
        began = time.monotonic()
        late.rerun()
        late.until(lambda v: not v.running, 10)
        seconds = time.monotonic() - began
    assert seconds < 1
    record_property("measured", f"“you would be number 2” after {seconds:.2f} s")


def test_row_38_sigterm_under_load(record_property):
    with dashboard() as served:
        visitors = [start_long(served), start_long(served)]
        task = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children")
        children = [int(pid) for file in task.parents[1].glob("*/children")
                    for pid in file.read_text().split()]  # fmt: skip
        assert children, "the process that decodes is a child"
        began = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        code = served.process.wait(20)
        seconds = time.monotonic() - began
        for visitor in visitors:
            visitor.close()
        time.sleep(0.5)
        left = [pid for pid in children if Path(f"/proc/{pid}").exists()]
    assert code == 0 and seconds < 10 and left == []
    with socket.create_server(("127.0.0.1", int(served.url.rpartition(":")[2]))):
        pass  # the port is free
    record_property("measured", f"{seconds:.1f} s, exit {code}, {len(left)} orphans")


def test_a_control_of_the_views_draws_nothing_of_the_summary(served):
    with served.visit("modality=Image") as visitor:
        visitor.rerun()
        visitor.until(lambda v: v.settled() and v.shown(), 120)
        before, runs = dict(visitor.elements), visitor.finished
        visitor.change("slider", "Show the strongest", "5 %")
        visitor.until(lambda v: v.finished > runs, 60)
        kept = [p for p, e in before.items() if visitor.elements.get(p) is e]
        charts = [p for p, e in before.items() if e.WhichOneof("type") == "plotly_chart"]
        assert charts[:2] == [p for p in charts if p in kept], "predictions and profile stay"
        assert {p for p, e in before.items() if e.WhichOneof("type") == "imgs"} <= set(kept)
