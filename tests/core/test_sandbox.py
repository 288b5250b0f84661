"""The door decodes elsewhere: the same signal comes back, and nothing that happens there happens here."""

import io
import json
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sounds import FORMATS as SOUNDS
from sounds import tones, written
from volumes import FORMATS

from wam_core.errors import InputError
from wam_core.signals import Limits, read, sandbox
from wam_core.signals.intake import decode

pytestmark = pytest.mark.slow

QUICK = Limits(decode_seconds=2)


def png(side=16):
    out = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def box():
    made = sandbox.Sandbox()
    yield made
    made.close()


def children():
    pid = sandbox.SANDBOX._process.pid
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


FILES = {"png": png(), **FORMATS, **{name: written(name, tones(16_000), 16_000) for name in SOUNDS}}


@pytest.mark.parametrize("name", FILES)
def test_what_comes_back_is_what_decoding_here_gives(name):
    data = FILES[name]
    there, here = read(data, f"a/{name}"), decode(data, f"a/{name}")
    assert there.values.dtype == here.values.dtype and (there.values == here.values).all()
    assert not there.values.flags.writeable
    for field in (
        "modality",
        "name",
        "sha256",
        "notes",
        "rate",
        "start",
        "frame",
        "series",
        "item",
    ):
        assert getattr(there, field) == getattr(here, field), field
    assert there.key == here.key


def test_a_refusal_is_the_same_sentence():
    for data in (b"", b"%PDF-1.7", png()[:40], b"\x93NUMPY\1\0v\0{"):
        with pytest.raises(InputError) as here:
            decode(data, "file")
        with pytest.raises(InputError) as there:
            read(data, "file")
        assert str(here.value) == str(there.value)


def broken(what):
    """The program, whose children do ``what`` in place of decoding."""
    program = sandbox._PROGRAM.read_text().replace(
        'importlib.import_module("wam_core.signals.intake")',
        'importlib.import_module("wam_core.signals.intake").decode = ' + what,
    )
    return program.replace("Path(__file__).parents[1]", repr(str(sandbox._PROGRAM.parents[1])))


@pytest.mark.parametrize(
    ("what", "said", "within"),
    [
        ("lambda *given: time.sleep(60)", "was given up after 2 s", 8),
        ("lambda *given: [0 for _ in iter(int, 1)]", "was given up after 2 s", 12),
        ("lambda *given: os.kill(os.getpid(), 9)", "ended before its time", 1),
        ("lambda *given: os._exit(0)", "ended before its time", 1),
        ("lambda *given: bytearray(2**34)", "needs more memory than the 2,048 MiB", 1),
        ("lambda *given: open('WRITTEN', 'wb').write(b'x')", "ended before its time", 1),
    ],
)
def test_a_decoder_that_misbehaves_is_one_sentence(tmp_path, monkeypatch, box, what, said, within):
    program = tmp_path / "decoder.py"
    written = tmp_path / "written"
    program.write_text(broken(what.replace("WRITTEN", str(written))))
    monkeypatch.setattr(sandbox, "_PROGRAM", program)
    box.start()
    time.sleep(1.5)  # the decoders are imported
    began = time.monotonic()
    with pytest.raises(InputError, match=said) as caught:
        box.read(png(), "file", QUICK)
    assert time.monotonic() - began < within + 1
    assert "\n" not in str(caught.value)
    assert not written.exists() or not written.stat().st_size


def test_the_process_is_replaced_when_it_ends(box):
    box.read(png(), "file", Limits())
    os.kill(box._process.pid, signal.SIGKILL)
    box._process.wait()
    assert box.read(png(), "file", Limits()).size == (16, 16)


def test_many_at_once():
    with ThreadPoolExecutor(12) as pool:
        sizes = list(pool.map(lambda side: read(png(side), "p").size, range(1, 41)))
    assert sizes == [(side, side) for side in range(1, 41)]
    deadline = time.monotonic() + 3
    while children() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert children() == []


def test_the_child_has_no_pytorch_and_no_secrets(monkeypatch, box):
    monkeypatch.setenv("HF_TOKEN", "secret")
    box.read(png(), "file", Limits())
    process = Path(f"/proc/{box._process.pid}")
    assert "libtorch" not in (process / "maps").read_text()
    assert b"secret" not in (process / "environ").read_bytes()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no json\n",
        b"[1]\n",
        {"type": "|O"},
        {"shape": [1, 10**9, 10**9]},
        {"shape": [-1, -16, 3]},
        {"modality": "volume"},
        {"shape": [3, 17, 16]},
        {"notes": 5},
        {"item": "x"},
    ],
)
def test_an_answer_that_cannot_be_is_refused(box, monkeypatch, answer):
    """As if the child were in the hands of whoever made the file."""
    good = {"type": "|u1", "shape": [3, 16, 16], "modality": "image", "notes": [], "rate": 0}
    good |= {"frame": None, "series": [], "item": None}
    if isinstance(answer, dict):
        answer = json.dumps(good | answer).encode() + b"\n" + bytes(3 * 16 * 16)
    ours, theirs = socket.socketpair()

    def hostile():
        with theirs, theirs.makefile("rb") as asked:
            asked.read(json.loads(asked.readline())["length"])
            theirs.sendall(answer)

    monkeypatch.setattr(box, "_child", lambda limits: ours)
    thread = threading.Thread(target=hostile)
    thread.start()
    with pytest.raises(InputError, match="decoder ended before its time"):
        box.read(png(), "file", QUICK)
    thread.join()


def test_numbers_are_those_of_the_file():
    values = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    out = io.BytesIO()
    np.save(out, values)
    assert (read(out.getvalue(), "v.npy").values[0] == values).all()
