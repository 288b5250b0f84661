"""Build-ups of each kind: what is made of an explanation, kept with it, and taken away as files."""

import io
from functools import cache

import av
import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from app import kinds
from app.components import build_up
from app.figures.build_up import COLUMNS, MOST_BYTES, Slides, animation, pack_sheet, payload
from app.figures.build_up import script as browser_part
from app.kinds.received import sound_samples
from app.screens.export_menu import build_up_files
from app.session import Explained
from tests import reports
from tests.app.pages import mine
from tests.browser import build_up_page
from wam_core.evaluation.build_up import STOPS
from wam_core.signals.animation import decode_flac
from wam_core.steps import run_to_end

pytestmark = pytest.mark.slow

KINDS = ("image", "sound", "volume")


@cache
def made(kind: str) -> Slides:
    return run_to_end(build_up.slides_steps(reports.explained(kind)))


def whole(explained: Explained) -> np.ndarray:
    """The picture of all of the input, (rows, columns, 3 or 4)."""
    kind, x = kinds.of(explained.subject.signal), explained.result.input
    return kind.part_painter(explained.subject, x)(x)


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_frame_is_the_input_and_the_frames_are_few_bytes(kind: str) -> None:
    slides, expected = made(kind), whole(reports.explained(kind))
    assert len(slides.frames) == STOPS and len(slides.sheet) <= MOST_BYTES
    assert {frame.shape[:2] for frame in slides.frames} == {slides.size} == {expected.shape[:2]}
    error = slides.frames[-1][..., :3].astype(float) - expected[..., :3]
    covered = expected[..., -1:] > 0 if expected.shape[2] == 4 else np.ones((1, 1, 1), bool)
    assert np.abs(error * covered).mean() < 6, "as far as WebP keeps it"
    first = slides.frames[0][..., :3].astype(float) - expected[..., :3]
    assert np.abs(first * covered).mean() > 2 * np.abs(error * covered).mean()


@pytest.mark.parametrize("kind", KINDS)
def test_every_stop_of_a_sound_is_heard_at_one_gain(kind: str) -> None:
    slides, result = made(kind), reports.explained(kind).result
    assert len(slides.sounds) == (STOPS if kind == "sound" else 0)
    if not slides.sounds:
        return
    loud = [np.abs(decode_flac(file)).astype(float).sum() for file in slides.sounds]
    assert loud[0] < loud[-1]
    heard, x = decode_flac(slides.sounds[-1]).astype(float), sound_samples(result.input)
    gain = float(heard @ x / (x @ x))
    assert np.abs(heard - gain * x).max() <= 0.51 + 1e-4 * gain
    assert slides.seconds == pytest.approx(result.size[0] / slides.rate)


@pytest.mark.parametrize("kind", KINDS)
def test_the_animations_have_every_stop(kind: str) -> None:
    files = {name: make() for name, make in build_up_files(made(kind)).items()}
    assert set(files) == {"build-up.webp", "build-up.mp4"}
    with Image.open(io.BytesIO(files["build-up.webp"])) as picture:
        assert picture.n_frames == STOPS
        lasting = []
        for stop in range(STOPS):
            picture.seek(stop)
            picture.load()
            lasting.append(picture.info["duration"])
    assert sum(lasting) == pytest.approx(12_000, abs=30)
    with av.open(io.BytesIO(files["build-up.mp4"])) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert len(frames) == 5 * STOPS + 24
        assert bool(film.streams.audio) == (kind == "sound")
    assert np.abs(frames[0].astype(float) - frames[-1]).mean() > 1
    if kind == "sound":
        with av.open(io.BytesIO(files["build-up.mp4"])) as film:
            samples = sum(frame.samples for frame in film.decode(audio=0))
        assert samples / 48_000 == pytest.approx(12, abs=0.1)


def test_sounds_are_joined_without_a_click_and_at_their_own_time() -> None:
    tone = np.arange(4000, dtype=np.int16)
    heard = animation.joined([tone, tone, tone], [1.0, 1.0, 2.5], 1000)
    assert heard.shape == (4500,)
    assert np.abs(heard - np.arange(4500) % 4000).max() <= 1, "the same sound goes on, then again"
    loud, silent = np.full(4000, 8000, np.int16), np.zeros(4000, np.int16)
    steps = np.abs(np.diff(animation.joined([loud, silent], [1.0, 1.0], 1000).astype(int)))
    assert 0 < steps.max() < 1000


def test_a_sheet_of_many_large_frames_still_fits() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (STOPS, 300, 500, 3)).astype(np.uint8)
    data, (rows, columns) = pack_sheet(list(noise))
    assert len(data) <= MOST_BYTES
    with Image.open(io.BytesIO(data)) as sheet:
        assert sheet.size == (COLUMNS * columns, -(-STOPS // COLUMNS) * rows)


def test_the_browser_gets_the_curves_as_they_are() -> None:
    slides = made("image")
    numbers = slides.numbers
    data = payload(slides, lambda file, kind, name: f"{kind} {name} {len(file)}")
    assert data["shares"] == numbers.shares.tolist()
    assert data["p"] == pytest.approx(numbers.attribution.of(numbers.index), rel=1e-5)
    assert data["z"] == pytest.approx(numbers.baseline.of(numbers.index), rel=1e-5)
    assert data["first"] == [
        numbers.first(curve) for curve in (numbers.attribution, numbers.baseline)
    ]
    assert data["sheet"] == f"image/webp sheet {len(slides.sheet)}"
    assert "setTriggerValue" in browser_part()


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(build_up_page.__file__, default_timeout=120)


def test_it_is_made_in_the_background_once_and_kept(app: AppTest) -> None:
    app.run()
    assert not app.exception
    job = mine(app).jobs[build_up.NAME]
    first = job.ticket
    assert first is not None and first.wait(120)
    app.run()
    app.run()
    assert job.ticket is first, "it is not started again"
    explained = reports.explained("image")
    kept = mine(app).measured.get((build_up.NAME, explained.key))
    assert isinstance(kept, Slides)
    p = float(explained.result.probabilities[0, kept.numbers.index])
    assert kept.numbers.attribution.of(kept.numbers.index)[-1] == pytest.approx(p, abs=1e-4)


def test_another_explanation_supersedes_it_and_a_cancelled_one_waits(app: AppTest) -> None:
    app.run()
    job = mine(app).jobs[build_up.NAME]
    first, asked = job.ticket, job.request
    app.toggle(key="other").set_value(True).run()
    assert job.ticket is not first and job.request != asked
    assert first is not None and first.wait(120)
    job.cancel()
    assert job.ticket is not None and job.ticket.wait(120)
    ended = job.ticket
    app.run()
    assert job.ticket is ended, "what was cancelled is made again only when it is asked for"
    assert mine(app).measured.get((build_up.NAME, job.request)) is None or job.result is not None


def test_a_result_that_is_zero_has_none(app: AppTest) -> None:
    app.query_params["kind"] = "zero"
    app.run()
    assert not app.exception and build_up.NAME not in mine(app).jobs
    assert reports.explained("zero").result.is_zero
    assert torch.equal(
        reports.explained("zero").result.input, reports.explained("image").result.input
    )
