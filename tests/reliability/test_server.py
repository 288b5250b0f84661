"""Rows 20 to 22, 28, 29, 33, 37 and 38: a running dashboard, visitors that speak its protocol."""

import http.client
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.browser.serving import ROOT
from wam_core.signals.image import encode_png

from .conftest import dashboard, resident

TOKEN = "X-Xsrftoken"
SOCKET = {
    "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}  # fmt: skip


def knock(served, method, path, headers, body=None):
    """The answer's status and headers; what is None in the headers is not sent."""
    here = served.url.removeprefix("http://")
    line = http.client.HTTPConnection(here, timeout=10)
    given = {"Host": here, "Content-Length": str(len(body or b""))} | headers
    line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in given.items():
        if value is not None:
            line.putheader(name, value)
    line.endheaders(body)
    try:
        answer = line.getresponse()
        return answer.status, dict(answer.headers)
    finally:
        line.close()


def running(visitor):
    return any("Pass" in bar.text for bar in visitor.all("progress"))


def ask_for(visitor, steps):
    """Choose a number of steps; what takes little time is explained by itself."""
    visitor.slide("Steps", steps)
    visitor.rerun()


def start_long(served):
    """A visitor in the middle of a job that takes a while."""
    visitor = served.visit()
    visitor.rerun()
    visitor.until(lambda v: v.settled() and v.shown(), 90)
    press_for_many(visitor)
    return visitor


def press_for_many(visitor):
    """Ask for what takes so long that it wants a press of the button."""
    ask_for(visitor, 200)
    visitor.until(lambda v: any(b.label.startswith("Explain") for b in v.all("button")), 60)
    visitor.press("Explain")
    visitor.until(running, 60)


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
        ours = re.compile(r"(<style>[^<]*</style>)?(<span hidden></span>)?")
        assert all(ours.fullmatch(one.body) for one in visitor.all("html")), "styles alone"
        assert not visitor.all("iframe")
    record_property("measured", "escaped in every element, no HTML element on the page")


def test_row_21_foreign_hosts_and_origins(served, record_property):
    """At every door, with and without the token that Streamlit gives its own pages."""
    with served.visit() as visitor:
        visitor.rerun()
        visitor.until(lambda v: v.settled() and v.all("imgs"), 90)
        media = visitor.all("imgs")[0].imgs[0].url
        line, body = uuid.uuid4().hex, b""
        for name, value in (("file", b"x"), ("settings", b"{}")):
            body += f'--{line}\r\nContent-Disposition: form-data; name="{name}"'.encode()
            body += b'; filename="a.png"' * (name == "file") + b"\r\n\r\n" + value + b"\r\n"
        body += f"--{line}--\r\n".encode()
        form = {"Content-Type": f"multipart/form-data; boundary={line}"}
        place = f"/_stcore/upload_file/{visitor.session}/{uuid.uuid4()}"
        token = {TOKEN: visitor.xsrf, "Cookie": visitor.cookies}
        doors = [
            ("GET", "/_stcore/stream", SOCKET, None, 101), ("GET", media, {}, None, 200),
            ("PUT", place, form, body, 204), ("DELETE", place, {}, None, 204),
            ("GET", "/api/v1/models", {}, None, 200), ("POST", "/api/v1/explain", form, body, 422),
            ("GET", "/", {}, None, 200), ("GET", "/_stcore/health", {}, None, 200),
            ("GET", "/_stcore/host-config", {}, None, 200),
        ]  # fmt: skip
        foreign = [
            {"Host": "evil.example"}, {"Host": None}, {"Origin": "http://evil.example"},
            {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"},
            {"Host": "evil.example", "Origin": "http://evil.example"},  # a name that points here
        ]  # fmt: skip
        refused = 0
        for method, path, headers, sent, own in doors:
            for known in (token, {}):
                for told in foreign:
                    status, answer = knock(served, method, path, headers | known | told, sent)
                    without = told == {"Host": None}  # HTTP itself asks for one: 400 is no door
                    assert status == 403 or (without and status == 400), (method, path, told)
                    assert "set-cookie" not in {name.lower() for name in answer}
                    refused += 1
            told = headers | token | {"Origin": served.url}
            assert knock(served, method, path, told, sent)[0] == own, (method, path)
        forged = {TOKEN: "2|00000000|00|1", "Cookie": visitor.cookies}
        for known in ({}, forged, {"Cookie": visitor.cookies}, {TOKEN: visitor.xsrf}):
            for method, sent in (("PUT", body), ("DELETE", None)):
                assert knock(served, method, place, form | known, sent)[0] == 403, known
                refused += 1
    assert served.healthy
    record_property("measured", f"{refused} of {refused} at {len(doors)} doors")


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


def test_row_22_uploads_beyond_the_quota(narrow, record_property):
    with narrow.visit() as one, narrow.visit() as two:
        for visitor in (one, two):
            visitor.rerun()
            visitor.until(lambda v: v.settled() and v.shown(), 120)
        before = resident(narrow.process.pid)
        first = [one.upload("a", bytes(2**20)) for _ in range(60)]
        second = [two.upload("a", bytes(2**20)) for _ in range(20)]
        grown = resident(narrow.process.pid) - before
    assert first == [204] * 16 + [507] * 44
    assert second == [204] * 8 + [507] * 12
    assert grown < 100
    deadline = time.monotonic() + 15
    with narrow.visit() as three:
        three.rerun()
        three.until(lambda v: v.session and not v.running, 60)
        while three.upload("a", bytes(15 * 2**20)) != 204:
            assert time.monotonic() < deadline, "uploads did not leave with their session"
            time.sleep(0.5)
    assert narrow.healthy
    record_property("measured", f"16 and 8 of 80 taken, +{grown:.0f} MB; gone with the session")


def test_row_28_a_closed_tab_frees_the_lane(served, record_property):
    """By the server's own log, as a page that shows the lanes takes its time to draw."""
    visitor = start_long(served)
    began = time.monotonic()
    visitor.close()
    while not (ended := served.ended("cancelled", began)):
        assert time.monotonic() - began < 10 and not served.ended("done", began)
        time.sleep(0.02)
    seconds = ended[0] - began
    with served.visit(page="about") as observer:
        assert served.load(observer) == (0, 0)
    assert seconds < 2
    record_property("measured", f"{seconds:.1f} s")


def test_row_29_thirty_reruns(served, record_property):
    """Changes of one visitor, ten a second, each of which asks for another explanation."""
    seen, over = [], threading.Event()
    with served.visit(page="about") as observer, served.visit() as visitor:
        visitor.rerun()
        visitor.until(lambda v: v.settled() and v.shown(), 90)
        before = visitor.shown()
        ask_for(visitor, 3)  # over so soon that nobody need see it run
        visitor.until(lambda v: v.settled() and v.shown() not in ("", before), 60)
        wanted = visitor.shown()

        def observe():
            while not over.is_set():
                seen.append(sum(served.load(observer)))

        press_for_many(visitor)  # from now on, other settings take its place by themselves
        with ThreadPoolExecutor(1) as pool:
            observing = pool.submit(observe)
            began = time.monotonic()
            for number in range(30):
                ask_for(visitor, 3 if number == 29 else 150 + number)
                while (left := began + (number + 1) / 10 - time.monotonic()) > 0:
                    visitor.listen(left)
            seconds = time.monotonic() - began
            over.set()
            observing.result()
        visitor.until(lambda v: v.settled() and v.shown(), 60)
        assert visitor.shown() == wanted, "the last one wins"
    superseded = len(served.ended("cancelled", began))
    assert seconds < 6 and len(seen) >= 3 and superseded >= 5, "else nothing was tried"
    assert 1 <= max(seen) <= 2
    record_property(
        "measured",
        f"{max(seen)} at most in {len(seen)} looks; {superseded} superseded in {seconds:.1f} s, "
        "the last result shown",
    )


@pytest.mark.parametrize("kind", ["image", "sound", "volume"])
def test_row_33_a_full_disk(narrow, kind, record_property):
    """Nothing can be written, not even the log: results are shown, and what needs a file says so."""
    with narrow.visit(query=f"modality={kind}") as visitor:
        visitor.rerun()
        visitor.until(lambda v: v.settled() and v.shown(), 120)
        assert not visitor.all("alert"), visitor.texts()
        shown = visitor.shown()
        visitor.drop("Weights", "own.safetensors", b"weights" * 1000)
        visitor.until(lambda v: v.settled() and v.all("alert"), 60)
        [alert] = visitor.all("alert")
        assert "no room for these weights" in alert.body and "\n" not in alert.body
        assert visitor.shown() == shown
    assert narrow.healthy
    record_property(
        "measured", "3 kinds of result shown; one sentence for own weights, or the hub's"
    )


def test_row_37_a_full_server_says_so(narrow, record_property):
    """To a visitor with a result, who changes a setting, and to one who has just come."""
    busy = []
    with narrow.visit() as late:
        late.rerun()
        late.until(lambda v: v.settled() and v.shown(), 120)
        shown = late.shown()
        with start_long(narrow), narrow.visit() as newcomer:
            for visitor, ask in ((late, lambda: ask_for(late, 30)), (newcomer, newcomer.rerun)):
                assert "busy" not in visitor.texts()
                began = time.monotonic()
                ask()
                visitor.until(lambda v: "the server is busy" in v.texts(), 20)
                busy.append(time.monotonic() - began)
                assert "would be number 2" in visitor.texts()
            late.until(lambda v: v.settled(), 20)
            assert late.shown() == shown, "what is there stays"
    assert max(busy) < 1
    record_property(
        "measured", f"“you would be number 2” after {busy[0]:.2f} s; to a newcomer, {busy[1]:.2f} s"
    )


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


def test_a_control_of_a_tab_draws_nothing_of_the_main_picture(served):
    with served.visit("modality=Image&tab=Bands") as visitor:
        visitor.rerun()
        visitor.until(lambda v: v.settled() and v.shown(), 120)
        before, runs = dict(visitor.elements), visitor.finished
        visitor.change("button_group", "Colours", "common")
        visitor.until(lambda v: v.finished > runs, 60)
        kept = [p for p, e in before.items() if visitor.elements.get(p) is e]
        drawn = [p for p, e in before.items() if e.WhichOneof("type") == "bidi_component"]
        assert drawn and set(drawn) <= set(kept), "the viewer stays as it is"
        assert len(kept) < len(before), "the bands are drawn with other colours"
