"""The player without a browser: one gain, files that cannot be mixed up, small reruns."""

import io
import itertools
import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.components.player import Clip, Sounds, Track, player
from app.components.player.sounds import MOST_GAIN_DB, wav
from app.figures.time_axis import Timeline

PAGE = Path(__file__).parents[1] / "browser" / "player_page.py"


def noise(seed: int, scale: float) -> np.ndarray:
    return scale * np.random.default_rng(seed).standard_normal(500)


def test_one_gain_for_all_and_no_sum_of_bands_is_cut_off() -> None:
    bands = [Clip(f"L{i}.d", f"L{i}", noise(i, 0.05), "band") for i in range(4)]
    whole = Clip("original", "Original", np.sum([b.samples for b in bands], axis=0))
    sounds = Sounds.with_one_gain([whole, *bands], 16000)
    gain = 32767 * 10 ** (sounds.gain_db / 20)
    for clip, track in zip([whole, *bands], sounds.tracks, strict=True):
        assert np.abs(track.pcm - clip.samples * gain).max() <= 0.5 + 1e-6
    mixed = [t.pcm.astype(int) for t in sounds.tracks if t.group == "band"]
    peaks = [
        np.abs(np.sum(some, axis=0)).max()
        for n in range(1, 5)
        for some in itertools.combinations(mixed, n)
    ]
    assert 0.85 * 32767 < max(peaks) < 0.9 * 32767
    assert np.abs(np.sum(mixed, axis=0) - sounds.tracks[0].pcm).max() <= 3


def test_near_silence_is_not_made_into_noise() -> None:
    assert Sounds.with_one_gain([Clip("a", "A", np.zeros(5))], 8000).gain_db == pytest.approx(
        0, abs=0.1
    )
    faint = Sounds.with_one_gain([Clip("a", "A", np.full(5, 1e-6))], 8000)
    assert faint.gain_db <= MOST_GAIN_DB


def test_tracks_have_to_fit_each_other() -> None:
    short, long = np.zeros(3, np.int16), np.zeros(4, np.int16)
    with pytest.raises(ValueError, match="one length"):
        Sounds(8000, 0.0, (Track("a", "A", short), Track("b", "B", long)))
    with pytest.raises(ValueError, match="stands twice"):
        Sounds(8000, 0.0, (Track("a", "A", short), Track("a", "B", short)))


def test_a_file_holds_the_samples_and_names_them_in_its_head() -> None:
    pcm = np.arange(-500, 500, dtype=np.int16)
    data = wav(Track("a", "A", pcm), 22050, "visitor")
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22050)
        np.testing.assert_array_equal(np.frombuffer(file.readframes(2000), "<i2"), pcm)
    other = pcm.copy()
    other[300] += 1  # Streamlit would not look here in a long file
    head = slice(0, 128)
    assert wav(Track("a", "A", other), 22050, "visitor")[head] != data[head]
    assert wav(Track("a", "A", pcm), 22050, "someone else")[head] != data[head]
    assert wav(Track("b", "B", pcm), 22050, "visitor") == data


def described(app: AppTest) -> dict[str, Any]:
    element = app.get("bidi_component")[0]
    data: dict[str, Any] = json.loads(element.proto.json or element.proto.mixed.json)
    return data


@pytest.fixture
def app() -> AppTest:
    app = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def test_only_addresses_travel_and_reruns_do_not_change_them(app: AppTest) -> None:
    first = described(app)
    names = ["original", "kept", "rest", "L1.d", "L2.d", "L3.d", "L4.d", "L5.d", "approx"]
    assert [track["name"] for track in first["tracks"]] == names
    assert all("/media/" in track["url"] for track in first["tracks"])
    assert len({track["url"] for track in first["tracks"]}) == len(names)
    assert len(json.dumps(first)) < 300_000
    assert described(app.run()) == first


def test_another_visitor_has_other_addresses(app: AppTest) -> None:
    other = AppTest.from_file(str(PAGE), default_timeout=60).run()
    urls = [{track["url"] for track in described(each)["tracks"]} for each in (app, other)]
    assert not urls[0] & urls[1]


def test_every_row_has_words_for_those_who_do_not_see_it(app: AppTest) -> None:
    rows = described(app)["rows"]
    assert [row["title"] for row in rows] == [
        "Waveform", "Mel spectrogram", "Attribution by band",
    ]  # fmt: skip
    rows.append(rows[1]["tint"])
    assert all(" s" in row["alt"] and row["title"] in row["alt"] for row in rows)


def test_sounds_have_to_be_as_long_as_the_timeline() -> None:
    sounds = Sounds.with_one_gain([Clip("a", "A", np.zeros(8))], 8)
    with pytest.raises(ValueError, match="sounds of 1.000 s beside a timeline of 2.000 s"):
        player(Timeline(2.0, ()), sounds, key="p")


def test_a_band_without_a_lane_could_not_be_muted() -> None:
    sounds = Sounds.with_one_gain([Clip("L1.d", "4–8 kHz", np.zeros(8), "band")], 8)
    with pytest.raises(ValueError, match="no lane for L1.d"):
        player(Timeline(1.0, ()), sounds, key="p")
