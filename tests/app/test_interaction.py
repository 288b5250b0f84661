"""Moving a control works out what it changes, and nothing else."""

import time
from collections import Counter
from collections.abc import Callable, Generator
from threading import Event
from typing import Any

import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor, nn

from app import runtime
from app.components import jobs, predictions
from app.figures import timeline
from app.kinds import sound_tracks
from app.session import Session
from tests.app.pages import MAIN, mine, texts, until_quiet
from wam_core import Classifier, masks
from wam_core.steps import run_to_end

pytestmark = pytest.mark.slow

Count = Callable[[Any, str], None]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> tuple[Counter[str], Count]:
    """How often functions were called since they were put under watch."""
    counted: Counter[str] = Counter()

    def watch(module: Any, name: str) -> None:
        given = getattr(module, name)

        def counting(*args: Any, **options: Any) -> Any:
            counted[f"{module.__name__}.{name}"] += 1
            return given(*args, **options)

        monkeypatch.setattr(module, name, counting)

    return counted, watch


def visited(kind: str, tab: str) -> AppTest:
    """A tab with its first result, drawn by this visit: all tests of a process are one session."""
    st.cache_data.clear()
    app = AppTest.from_file(str(MAIN), default_timeout=90)
    app.query_params["modality"] = kind
    app.query_params["tab" if kind == "Image" else f"{kind.lower()}-tab"] = tab
    return until_quiet(app)


def test_another_share_of_a_sound_smooths_and_draws_nothing_again(
    calls: tuple[Counter[str], Count],
) -> None:
    app = visited("Sound", "Input")
    result = mine(app).explained["sound"].result
    counted, watch = calls
    for module, name in (
        (timeline, "sound_rows"),
        (masks, "_envelope"),
        (sound_tracks, "largest_sum"),
        (masks, "_gain"),
    ):
        watch(module, name)
    next(s for s in app.select_slider if s.label == "Share kept").set_value(20.0).run()
    assert not app.exception
    assert mine(app).explained["sound"].result is result
    # the mask alone, and that once
    assert counted == {"wam_core.masks._gain": 1}


def test_what_is_judged_of_another_share_is_not_smoothed_again(
    calls: tuple[Counter[str], Count],
) -> None:
    app = visited("Sound", "Reconstruct")
    until_quiet(app)
    counted, watch = calls
    watch(masks, "_envelope")
    next(s for s in app.select_slider if s.label == "Share kept").set_value(20.0).run()
    until_quiet(app)
    assert not counted


def test_many_moves_of_a_slider_drive_out_their_own_kind_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = Session()
    monkeypatch.setattr(jobs, "session", lambda: one)
    jobs.keep("trial", "of an explanation", "curves")
    for number in range(100):
        jobs.keep("ways to keep", str(number), number)
    assert jobs.found("trial", "of an explanation") == "curves"
    assert jobs.found("ways to keep", "99") == 99
    assert jobs.found("ways to keep", "0") is None
    assert len(one.measured) <= 32


def test_a_band_of_a_sound_smooths_nothing_again(calls: tuple[Counter[str], Count]) -> None:
    app = visited("Sound", "Reconstruct")
    until_quiet(app)
    counted, watch = calls
    watch(masks, "_envelope")
    bands = next(g for g in app.button_group if g.label == "Bands")
    bands.set_value(bands.value[1:]).run()
    assert not app.exception
    until_quiet(app)
    assert not counted


@pytest.mark.parametrize("kind", ["Image", "Volume"])
def test_a_slow_network_does_not_hold_up_the_page(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, at_once = Event(), predictions.predict_steps

    def slow(net: Classifier, x: Tensor) -> Generator[None, None, Tensor]:
        answers.wait(60)
        return (yield from at_once(net, x))

    app = visited(kind, "Overview")
    with monkeypatch.context() as patched:
        patched.setattr(predictions, "predict_steps", slow)
        app.session_state["tab" if kind == "Image" else "volume-tab"] = "Reconstruct"
        app.run()
        assert "of the coefficients in" in str([image.proto for image in app.get("image")])
        assert "The network now says" not in texts(app)
        assert any(button.label == "Cancel" for button in app.button)
        answers.set()
        until_quiet(app)
    assert "The network now says" in texts(app)


def test_the_first_pass_of_a_network_does_not_count_for_estimates() -> None:
    class Slow(nn.Module):
        first = True

        def forward(self, x: Tensor) -> Tensor:
            time.sleep(0.5 * self.first)
            self.first = False
            return x.flatten(1)

    net = Classifier(Slow(), ndim=2, name="slow at first")
    x = torch.ones(1, 1, 2, 2)
    for _ in range(2):
        assert run_to_end(runtime.predict_steps(net, x)).shape == (1, 4)
        assert runtime.pass_seconds(net) < 0.3
