"""Networks in memory: loaded once, within a budget; settings of a server, from environment and file."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from torch import nn

from app.model_cache import ModelCache, bytes_of
from app.server import Server, server
from wam_core import Classifier
from wam_core.errors import ModelError, SettingsError


def made(name="net", inputs=256):
    return Classifier(nn.Sequential(nn.Flatten(), nn.Linear(inputs, 1, bias=False)), ndim=1)


KIB = bytes_of(made())


def test_the_least_recently_used_leaves_and_nobody_else():
    released = []
    shelf = ModelCache(3 * KIB, made, lambda: released.append(1))
    for name in "abc":
        shelf.take(name)
    shelf.take("a")
    assert not released
    shelf.take("d")
    assert [kept.name for kept in shelf.kept()] == ["c", "a", "d"] and released == [1]
    assert all(kept.bytes == KIB == 1024 for kept in shelf.kept())


def test_one_that_is_larger_than_the_budget_is_kept_alone():
    shelf = ModelCache(1, made, lambda: None)
    first = shelf.take("a")
    assert shelf.take("a") is first
    shelf.take("b")
    assert [kept.name for kept in shelf.kept()] == ["b"]


def test_many_who_ask_at_once_wait_for_one_loading():
    calls = []

    def slow(name):
        calls.append(name)
        time.sleep(0.05)
        return made()

    shelf = ModelCache(10 * KIB, slow, lambda: None)
    with ThreadPoolExecutor(8) as pool:
        nets = set(pool.map(shelf.take, ["a"] * 8))
    assert len(nets) == 1 and calls == ["a"]


def test_loading_one_does_not_hold_up_another():
    gate = threading.Event()

    def load(name):
        assert name != "slow" or gate.wait(10)
        return made()

    shelf = ModelCache(10 * KIB, load, lambda: None)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(shelf.take, "slow")
        shelf.take("quick")
        assert not slow.done() and not shelf.has("slow")
        gate.set()


def test_a_failure_is_not_kept():
    answers = [ModelError("not there"), made()]

    def load(name):
        if isinstance(answer := answers.pop(0), Exception):
            raise answer
        return answer

    shelf = ModelCache(10 * KIB, load, lambda: None)
    with pytest.raises(ModelError):
        shelf.take("a")
    assert shelf.take("a")


def test_the_environment_goes_before_the_file(monkeypatch, tmp_path):
    file = tmp_path / "wam.toml"
    file.write_text('lanes = 3\nqueue = 5\n[limits]\nimage_side = 7\n"sound_rates" = [1, 2]\n')
    monkeypatch.setenv("WAM_SETTINGS", str(file))
    monkeypatch.setenv("WAM_QUEUE", "6")
    monkeypatch.setenv("WAM_LIMITS__IMAGE_PIXELS", "1000")
    found = server()
    assert (found.lanes, found.queue) == (3, 6)
    assert (found.limits.image_side, found.limits.image_pixels) == (7, 1000)
    assert found.limits.sound_rates == (1, 2) and found.limits.npz_members == 16


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WAM_LANES", "0", "the setting lanes is '0'"),
        ("WAM_QUEUE", "many", "the setting queue is 'many'"),
        ("WAM_SETTINGS", "/nowhere.toml", "is not a file"),
    ],
)
def test_a_setting_that_cannot_be_is_named(monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=said):
        server()


def test_lanes_and_threads_divide_the_cores():
    lanes, threads = Server().lanes_on("cpu")
    assert lanes >= 1 and threads >= 1
    assert Server(lanes=3, threads=2).lanes_on("cuda") == (3, 2)
    assert Server().lanes_on("cuda:0")[0] == 1
