"""The Experiments screen: what is mixed, what is counted, and that controls stand beside it."""

import math

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from app.components import explanation
from tests.app.pages import is_pale, mine, texts, until_quiet
from wam_core import DiscreteWaveletTransform, Gradient
from wam_core.signals.audio import encode_wav
from wam_core.views import Selection

pytestmark = pytest.mark.slow


def page() -> None:
    from app.screens import experiments

    experiments.screen()


@pytest.fixture(scope="module")
def noisy() -> AppTest:
    app = AppTest.from_function(page, default_timeout=90)
    app.query_params["sound-method"] = "Gradient"
    return until_quiet(app)


def shown(app: AppTest):  # type: ignore[no-untyped-def]
    return mine(app).explained["experiment"]


def test_noise_at_0_db_is_what_is_explained(noisy: AppTest) -> None:
    mixture = shown(noisy).subject.mixture
    assert mixture.ratio == pytest.approx(0, abs=1e-3)
    torch.testing.assert_close(shown(noisy).result.input, mixture.wanted + mixture.other)
    assert isinstance(shown(noisy).result.path, Gradient)
    assert "white noise at 0 dB, seed 42" in texts(noisy)


def test_what_is_kept_of_each_is_counted_beside_controls(noisy: AppTest) -> None:
    table = noisy.dataframe[0].value
    assert table.groupby("Ranking", sort=False).size().to_dict() == {
        "The explanation": 2, "Loudest first, |z|": 2, "At random": 2,
    }  # fmt: skip
    result, mixture = shown(noisy).result, shown(noisy).subject.mixture
    ours = table[(table["Ranking"] == "The explanation") & (table["Way"] == "Hard")].iloc[0]
    mask = Selection(0.1).mask(result.attribution)
    kept = mixture.kept(result.transform, mask)
    assert ours["Target : other"] == pytest.approx(kept.ratio, abs=0.051)
    random = table[(table["Ranking"] == "At random") & (table["Way"] == "Hard")].iloc[0]
    # a random tenth of the coefficients holds about a tenth of either
    assert math.isclose(random["Other kept"], 10, abs_tol=1)


def test_it_is_said_plainly_when_loudness_does_as_well(noisy: AppTest) -> None:
    table = noisy.dataframe[0].value.set_index(["Ranking", "Way"])["Target : other"]
    leads = [
        table["The explanation", way] - table["Loudest first, |z|", way] for way in ("Soft", "Hard")
    ]
    assert all(abs(lead - 0.5) > 0.1 for lead in leads), "too close to call from rounded numbers"
    losses = sum(lead <= 0.5 for lead in leads)
    assert losses, "a plain gradient does not beat loudness in white noise"
    assert texts(noisy).count("does not beat") == losses


def test_another_share_is_counted_without_a_run() -> None:
    app = AppTest.from_function(page, default_timeout=90)
    app.query_params["sound-method"] = "Gradient"
    until_quiet(app)
    before, table = shown(app), app.dataframe[0].value
    app.session_state["share"] = 50.0
    app.run()
    assert not app.exception
    assert shown(app) is before
    assert app.dataframe[0].value["Target kept"][1] > table["Target kept"][1]

    app.session_state["experiment"] = "overlap"
    until_quiet(app)
    mixed = shown(app).subject
    assert "helicopter at 0.2 × the peak" in mixed.mixed
    peaks = [float(part.abs().max()) for part in (mixed.mixture.wanted, mixed.mixture.other)]
    assert peaks == pytest.approx([1.0, 0.2])


def test_what_takes_long_waits_for_the_button_and_the_old_result_is_pale(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = AppTest.from_function(page, default_timeout=90)
    app.query_params["sound-method"] = "Gradient"
    monkeypatch.setattr(explanation, "AUTOMATIC_S", 0.0)
    until_quiet(app)
    before = shown(app)
    assert "run" not in [button.key for button in app.button] and not is_pale(app)
    app.session_state["snr"] = 6
    until_quiet(app)
    assert shown(app) is before and is_pale(app)
    app.button(key="run").click()
    until_quiet(app)
    assert "white noise at 6 dB" in shown(app).subject.mixed
    assert "run" not in [button.key for button in app.button] and not is_pale(app)


def test_the_transform_is_that_of_the_settings(noisy: AppTest) -> None:
    assert shown(noisy).result.transform == DiscreteWaveletTransform("db4", 8, ndim=1)


def test_the_second_sound_is_made_as_long_as_the_first() -> None:
    app = AppTest.from_function(page, default_timeout=90)
    app.query_params["sound-method"] = "Gradient"
    app.query_params["sound-model"] = "ESC-10, raw waveform"  # takes sounds of any length
    until_quiet(app)
    click = np.zeros((1, 2 * 20_000), np.float32)
    click[:, 9_000:9_100] = click[:, 30_000:30_100] = 0.5
    app.file_uploader(key="upload").set_value(("click.wav", encode_wav(click, 20_000), ""))
    app.session_state["experiment"] = "overlap"
    until_quiet(app)
    assert not app.error, [e.value for e in app.error]
    mixture = shown(app).subject.mixture
    assert mixture.wanted.shape == mixture.other.shape
    assert mixture.wanted.shape[2] < 2 * 20_000, "silence around the clicks is cut off"
