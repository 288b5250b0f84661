"""The API of a running server: the command line's numbers, its defences, and no word of its inside."""

import http.client
import io
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import numpy as np
import pytest

from models import samples
from tests.browser.serving import ROOT
from wam_core.signals.image import encode_png

from .conftest import dashboard


@pytest.fixture(scope="module")
def chelsea(tmp_path_factory):
    file = tmp_path_factory.mktemp("input") / "chelsea.png"
    pixels = samples.load("chelsea").values.transpose(1, 2, 0)
    file.write_bytes(encode_png(np.ascontiguousarray(pixels)))
    return file


def ask(url, method="GET", body=None, **headers):
    """(status, headers, body) of an answer, whatever it is."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, given, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def post(served, file, settings, **headers):
    """A form as curl sends it."""
    line = uuid.uuid4().hex
    body = (
        f'--{line}\r\nContent-Disposition: form-data; name="settings"\r\n\r\n{json.dumps(settings)}'
        f'\r\n--{line}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"'
        "\r\n\r\n"
    ).encode() + file.read_bytes()
    body += f"\r\n--{line}--\r\n".encode()
    kind = f"multipart/form-data; boundary={line}"
    return ask(f"{served.url}/api/v1/explain", "POST", body, Content_Type=kind, **headers)


def status(served, id):
    return json.loads(ask(f"{served.url}/api/v1/jobs/{id}")[2])


def test_a_program_gets_the_numbers_of_the_command_line(served, chelsea, tmp_path):
    settings = {"samples": 10, "seed": 7, "wavelet": "db2", "levels": 2}
    code, headers, body = post(served, chelsea, settings)
    assert code == 202, body
    told, deadline = json.loads(body), time.monotonic() + 120
    assert headers["Location"] == f"/api/v1/jobs/{told['id']}"
    while told["state"] != "done":
        assert told["state"] in ("waiting", "running") and time.monotonic() < deadline, told
        time.sleep(0.1)
        told = status(served, told["id"])
    got = ask(f"{served.url}{told['result']}?format=npz")[2]
    options = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    subprocess.run(
        [sys.executable, "-m", "app.cli", "explain", chelsea, *options, "--out", tmp_path],
        cwd=ROOT, check=True, capture_output=True, timeout=200,
    )  # fmt: skip
    with np.load(io.BytesIO(got)) as ours, np.load(tmp_path / "attribution.npz") as wanted:
        assert set(ours.files) == set(wanted.files)
        for name in set(ours.files) - {"meta"}:
            assert np.array_equal(ours[name], wanted[name]), name
    written = json.loads((tmp_path / "manifest.json").read_text())
    manifest = json.loads(ask(f"{served.url}{told['result']}")[2])
    for noted in (written, manifest):
        del noted["seconds"]
    assert manifest == written


def test_a_cancelled_job_frees_the_lane(served, chelsea):
    with served.visit(page="about") as observer:
        told = json.loads(post(served, chelsea, {"samples": 200})[2])
        while status(served, told["id"])["done"] == 0:
            time.sleep(0.05)
        assert ask(f"{served.url}/api/v1/jobs/{told['id']}", "DELETE")[0] == 204
        began = time.monotonic()
        while sum(served.load(observer)):
            assert time.monotonic() - began < 10
    assert ask(f"{served.url}/api/v1/jobs/{told['id']}")[0] == 404


def test_foreign_hosts_and_origins_may_not_use_it(served, chelsea):
    for headers in (
        {"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"}, {"Sec_Fetch_Site": "cross-site"},
    ):  # fmt: skip
        assert post(served, chelsea, {}, **headers)[0] == 403, headers
    assert ask(f"{served.url}/api/v1/models", Origin=served.url)[0] == 200


def test_a_file_beyond_the_limit_is_refused_before_it_is_sent(served):
    line = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=10)
    line.putrequest("POST", "/api/v1/explain")
    line.putheader("Content-Type", "multipart/form-data; boundary=a")
    line.putheader("Content-Length", str(570 * 2**20))
    line.endheaders()
    answer = line.getresponse()
    assert answer.status == 413 and b"at most 564 MiB" in answer.read()  # a file and a network
    line.close()


def test_nothing_is_written_to_disk_while_a_file_arrives(served):
    line = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=10)
    before = deleted(served)  # where its output goes
    line.putrequest("POST", "/api/v1/explain")
    line.putheader("Content-Type", "multipart/form-data; boundary=a")
    line.putheader("Content-Length", str(4 * 2**20))
    line.endheaders()
    line.send(b'--a\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n')
    line.send(bytes(3 * 2**20))
    time.sleep(1)
    during = deleted(served)
    line.close()
    assert during == before


def deleted(served):
    """Files that a server holds and nobody else sees, as Starlette's for long uploads are."""
    links = [os.readlink(fd) for fd in Path(f"/proc/{served.process.pid}/fd").iterdir()]
    assert any("socket" in link for link in links)
    return {link for link in links if "(deleted)" in link}


def test_a_full_server_says_so_within_a_second(narrow, chelsea):
    told = json.loads(post(narrow, chelsea, {"samples": 200}, X_WAM_Client="one")[2])
    while status(narrow, told["id"])["state"] != "running":
        time.sleep(0.05)
    began = time.monotonic()
    code, headers, body = post(narrow, chelsea, {}, X_WAM_Client="two")
    seconds = time.monotonic() - began
    assert ask(f"{narrow.url}/api/v1/jobs/{told['id']}", "DELETE")[0] == 204
    assert code == 503 and int(headers["Retry-After"]) and b"number 2" in body
    assert seconds < 1


def test_there_is_none_where_others_than_this_machine_are_known():
    with dashboard(STREAMLIT_SERVER_ALLOWED_HOSTS="127.0.0.1 example.org") as served:
        for path in ("models", "docs", "openapi.json"):
            assert ask(f"{served.url}/api/v1/{path}")[0] == 404
        assert served.healthy


ODD = [
    ("GET", "/api/v1/nothing"), ("GET", "/api/nothing"), ("GET", "/api/v1/docs-files/../../x"),
    ("PUT", "/api/v1/models"), ("POST", "/api/v1/explain"), ("GET", "/media/nothing.png"),
    ("GET", "/component/nothing/index.html"), ("GET", "/static/nothing.js"),
    ("GET", "/app/static/nothing"), ("GET", "/_stcore/bidi-components/nothing/a.js"),
    ("GET", "/_stcore/nothing"), ("PUT", "/_stcore/upload_file/a/b"), ("POST", "/_stcore/health"),
    ("GET", "/%2e%2e/%2e%2e/etc/passwd"), ("GET", "/nothing"), ("GET", "/component/%00"),
    ("GET", "//nothing"), ("GET", "/_stcore/stream"), ("POST", "/"), ("GET", "/oauth2callback"),
]  # fmt: skip


def test_no_error_page_holds_a_path_of_the_server(served):
    found = {}
    inside = (str(ROOT), str(Path(sys.prefix)), "site-packages", "Traceback", '.py"', "/etc/")
    for method, path in ODD:
        line = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=10)
        line.request(method, path, b"x" if method != "GET" else None)
        answer = line.getresponse()
        text = answer.read().decode(errors="replace")
        line.close()
        if answer.status >= 400:
            found[path] = [word for word in inside if word in text]
    assert len(found) >= 8, found
    assert not any(found.values()), found
    assert served.healthy
