"""Rows on one time axis: everything stands at its time, at its frequency, and in its colour."""

import numpy as np
import pytest
import torch

from app.figures import time_axis, time_figures, timeline
from app.figures.theme import Look
from wam_core.bands import Band, Bands
from wam_core.naming import band_label
from wam_core.plot.colour import lut
from wam_core.transforms import build
from wam_core.transforms.dwt import DiscreteWaveletTransform

RATE = 1000
SIZE = (2 * time_axis.COLUMNS,)  # two samples a column
SIGNED = Look(sign="signed")


def silent(transform: DiscreteWaveletTransform, channels: int = 1) -> Bands:
    return transform.analyse(torch.zeros(1, channels, *SIZE))


def with_one(z: Bands, which: Band, at: int, value: float) -> Bands:
    def put(band: Band, values: torch.Tensor) -> torch.Tensor:
        values = values.clone()
        if band == which:
            values[0, 0, at] = value
        return values

    return z.map_bands(put)


@pytest.mark.parametrize("wavelet", ["haar", "db4"])
@pytest.mark.parametrize("level", [1, 2, 3, 5])
def test_a_coefficient_lies_over_its_samples_in_the_stripe_of_its_band(
    wavelet: str, level: int
) -> None:
    transform = DiscreteWaveletTransform(wavelet, 5, ndim=1)
    at = 40
    z = with_one(silent(transform), Band(level, "d"), at, 1.0)
    row = timeline.scalogram(z, transform, SIZE, RATE, Look())
    (samples,) = transform.layout(SIZE)[Band(level, "d")].footprint([at])
    columns = {sample // 2 for sample in range(samples.start, samples.stop)}
    expected = np.zeros((6, time_axis.COLUMNS), np.uint8)
    expected[level - 1, sorted(columns)] = 255
    np.testing.assert_array_equal(row.codes, expected)


@pytest.mark.parametrize("wavelet", ["haar", "db4"])
def test_a_click_is_found_at_its_time(wavelet: str) -> None:
    transform = DiscreteWaveletTransform(wavelet, 4, ndim=1)
    x = torch.zeros(1, 1, *SIZE)
    x[..., 1301] = 1.0
    row = timeline.scalogram(transform.analyse(x), transform, SIZE, RATE, Look(common=False))
    for level in range(1, 5):
        places = np.flatnonzero(row.codes[level - 1] > 180)  # half of the maximum of its band
        assert np.abs(places - 1301 / 2).max() <= 2**level * 2
    assert "at 250–500 Hz, 1.3 s" in row.alt


def test_lanes_are_labelled_in_hertz_finest_on_top() -> None:
    transform = DiscreteWaveletTransform("haar", 6, ndim=1)
    row = timeline.scalogram(silent(transform), transform, SIZE, 44100, Look())
    labels = ["11–22 kHz", "5.5–11 kHz", "2.8–5.5 kHz", "1.4–2.8 kHz", "0.69–1.4 kHz",
              "340–690 Hz", "0–340 Hz"]  # fmt: skip
    assert list(row.rows) == labels
    assert [text for _, text in row.ticks] == labels
    assert [place for place, _ in row.ticks] == pytest.approx((np.arange(7) + 0.5) / 7)


def test_a_lane_has_the_share_of_its_band_and_the_share_expected_by_count() -> None:
    transform = DiscreteWaveletTransform("haar", 2, ndim=1)
    z = with_one(silent(transform), Band(1, "d"), 5, 3.0)
    lanes = timeline.band_heat(with_one(z, Band(2, "d"), 5, -1.0), transform, SIZE, RATE).lanes
    assert [lane.track for lane in lanes] == ["L1.d", "L2.d", "approx"]
    assert [lane.share for lane in lanes] == pytest.approx([0.75, 0.25, 0])
    assert [lane.expected for lane in lanes] == pytest.approx([0.5, 0.25, 0.25])
    assert len({lane.colour for lane in lanes}) == 3


def test_nothing_short_is_lost_in_a_long_sound() -> None:
    transform = DiscreteWaveletTransform("haar", 1, ndim=1)
    z = transform.analyse(torch.zeros(1, 1, 300_000))
    z = with_one(z, Band(1, "d"), 77_777, 1.0)
    row = timeline.scalogram(z, transform, (300_000,), RATE, Look())
    assert row.codes.shape == (2, time_axis.COLUMNS)
    (places,) = np.nonzero(row.codes[0])
    assert places.tolist() == [2 * 77_777 // 300]


def test_signed_shows_the_value_of_largest_magnitude_about_a_middle_of_zero() -> None:
    transform = DiscreteWaveletTransform("haar", 3, ndim=1)
    z = with_one(silent(transform), Band(1, "d"), 10, -3.0)
    z = with_one(z, Band(2, "d"), 20, 1.5)
    z = with_one(z, Band(1, "d"), 200, 3.0)
    row = timeline.scalogram(z, transform, SIZE, RATE, SIGNED)
    assert (row.low, row.high, row.first) == (-100.0, 100.0, 1)
    assert "maximum γ = 3" in row.caption
    assert row.codes[0, 10] == 1 and row.codes[0, 200] == 255
    assert row.codes[1, 40] == 128 + round(127 * 0.5**0.5)
    assert row.decoded(row.codes[:2, [10, 40, 200]]).ravel() == pytest.approx(
        [-100, 0, 100, 0, 50, 0], abs=0.5
    )
    assert row.codes[2].tolist() == [128] * time_axis.COLUMNS
    vik = [f"#{bytes(colour).hex()}" for colour in lut("vik")]
    assert (row.palette[1], row.palette[128], row.palette[255]) == (vik[0], vik[128], vik[255])


def test_channels_are_summed() -> None:
    transform = DiscreteWaveletTransform("haar", 2, ndim=1)
    z = silent(transform, channels=2).map(lambda v: v + torch.tensor([[[1.0], [-1.0]]]))
    both = timeline.scalogram(z, transform, SIZE, RATE, Look())
    assert "maximum |γ| = 2" in both.caption and (both.codes == 255).all()
    assert (timeline.scalogram(z, transform, SIZE, RATE, SIGNED).codes == 128).all()


def test_colours_end_at_the_maximum_and_their_scale_is_the_square_root() -> None:
    transform = DiscreteWaveletTransform("haar", 2, ndim=1)
    z = with_one(silent(transform).map(lambda v: v + 1), Band(1, "d"), 5, 100.0)
    row = timeline.scalogram(z, transform, SIZE, RATE, Look())
    assert (row.low, row.high, row.codes.max()) == (0.0, 100.0, 255)
    assert row.codes[0, 50] == round(255 * 0.1)
    assert row.decoded(row.codes[0, [5, 50]]) == pytest.approx([100, 1], abs=0.1)
    assert "square-root" in row.quantity and "of the maximum" in row.unit


def test_own_scales_bring_every_band_up() -> None:
    transform = DiscreteWaveletTransform("haar", 2, ndim=1)
    z = with_one(silent(transform), Band(1, "d"), 5, 1e-6)
    z = with_one(z, Band(2, "d"), 5, 1.0)
    assert timeline.scalogram(z, transform, SIZE, RATE, Look()).codes[0].max() == 0
    own = timeline.scalogram(z, transform, SIZE, RATE, Look(common=False))
    assert own.codes.max(1).tolist() == [255, 255, 0]
    assert "maximum of each row" in own.caption
    assert timeline.band_heat(z, transform, SIZE, RATE).peaks("signed") == pytest.approx(
        [1e-6, 1, 0]
    )


def test_a_network_without_a_spectrogram_has_the_values_of_its_bands_on_the_mel_rows() -> None:
    transform = DiscreteWaveletTransform("haar", 2, ndim=1)
    z = with_one(silent(transform), Band(1, "d"), 5, 1.0)  # 250 … 500 Hz
    bands = timeline.band_heat(with_one(z, Band(2, "a"), 7, -2.0), transform, SIZE, RATE)
    centres = np.array([60.0, 130.0, 240.0, 260.0, 499.0])
    tint = timeline.on_frequencies(bands, transform.layout(SIZE), RATE, centres)
    assert tint.rows == ("499 Hz", "260 Hz", "240 Hz", "130 Hz", "60 Hz") and not tint.lanes
    lane = {name: bands.values["signed"][i] for i, name in enumerate(["L1", "L2", "approx"])}
    for row, name in zip(tint.values["signed"], ["L1", "L1", "L2", "L2", "approx"], strict=True):
        np.testing.assert_array_equal(row, lane[name])


def test_a_part_is_drawn_on_the_scale_of_the_whole() -> None:
    x = np.full(100, 0.5)
    wave = timeline.waveform(x, RATE)
    part = wave.with_part(0.5 * x, "Kept")
    assert part.part_high is not None
    assert part.limit == wave.limit and part.part_high[0] == round(wave.high[0] / 2)
    assert "kept drawn over it" in part.alt
    louder = wave.with_part(2 * x, "Kept")
    assert louder.limit == 1.0 and louder.part_high is not None
    assert (louder.high[0], louder.part_high[0]) == (round(32767 / 2), 32767)


@pytest.mark.parametrize("look", [Look(), SIGNED])
def test_the_figure_of_a_report_has_the_same_colours(look: Look) -> None:
    transform = DiscreteWaveletTransform("haar", 2, ndim=1)
    z = with_one(silent(transform), Band(1, "d"), 5, 1.0)
    bands = timeline.band_heat(with_one(z, Band(2, "d"), 5, -0.25), transform, SIZE, RATE)
    figure = time_figures.rows_figure(time_axis.Timeline(2.0, (bands,)), look)
    raster, drawn = bands.painted(look), figure.data[0]
    places, colours = zip(*drawn.colorscale, strict=True)
    for code in (raster.first, int(raster.codes.max()), 255):
        place = (raster.decoded(np.array([code]))[0] - drawn.zmin) / (drawn.zmax - drawn.zmin)
        nearest = int(np.abs(np.array(places) - place).argmin())
        assert colours[nearest] in raster.palette[max(0, code - 3) : code + 4]
    assert float(np.abs(drawn.z).max()) == pytest.approx(100)


def test_a_spectrogram_is_relative_to_its_loudest_place_low_frequencies_below() -> None:
    decibels = np.full((4, 10), -130.0)
    decibels[0, 3], decibels[3, 7] = -20.0, -60.0
    centres = np.array([100.0, 500.0, 1000.0, 4000.0])
    row = timeline.spectrogram(decibels, centres, 1.0)
    assert row.codes[3, 3] == 255  # the lowest frequency is the last row
    assert row.codes[0, 7] == round(255 * 40 / 80)
    assert row.codes[1, 0] == 0 and row.open_low
    assert (row.low, row.high, row.unit) == (-80.0, 0.0, "dB")
    assert row.rows == ("4 kHz", "1 kHz", "500 Hz", "100 Hz")
    assert dict((text, place) for place, text in row.ticks)["1 kHz"] == pytest.approx(1.5 / 4)
    assert "loudest at 100 Hz, 0.35 s" in row.alt


def test_silence_is_drawn_as_silence() -> None:
    row = timeline.spectrogram(np.full((3, 5), -np.inf), np.array([100.0, 200.0, 300.0]), 1.0)
    assert not row.codes.any()
    flat = timeline.waveform(np.zeros(10), RATE)
    assert not flat.low.any() and not flat.high.any()


def test_centred_frames_stand_at_multiples_of_the_hop() -> None:
    values = np.zeros((2, 101))  # of a sound of 1 s with a hop of 10 ms
    values[1, 50] = 1.0
    row = timeline.mel_attribution(values, np.array([100.0, 200.0]), 1.0, Look(), hop=0.01)
    places = np.flatnonzero(row.codes[0]) / row.codes.shape[1]
    assert places.min() <= 0.5 <= places.max() + 0.01
    assert not row.codes[1].any()
    even = timeline.mel_attribution(values, np.array([100.0, 200.0]), 1.0, Look())
    assert np.flatnonzero(even.codes[0]).tolist() == [50]


def test_a_mel_attribution_keeps_its_sign_or_loses_it() -> None:
    values = np.zeros((2, 10))
    values[0, 2], values[1, 4] = -1.0, 1.0
    centres = np.array([100.0, 200.0])
    signed = timeline.mel_attribution(values, centres, 1.0, SIGNED)
    assert (signed.codes[1, 2], signed.codes[0, 4]) == (1, 255)
    magnitude = timeline.mel_attribution(values, centres, 1.0, Look())
    assert (magnitude.codes[1, 2], magnitude.codes[0, 4]) == (255, 255)


def test_an_envelope_holds_every_extreme() -> None:
    x = np.zeros(50_000)
    x[12_345], x[40_000] = 0.3, -0.45
    row = timeline.waveform(x, RATE)
    assert row.limit == pytest.approx(0.5)
    assert row.high.size == row.low.size <= 1200
    per_column = 50_000 / row.high.size
    assert np.flatnonzero(row.high).tolist() == [int(12_345 / per_column)]
    assert row.low[int(40_000 / per_column)] == pytest.approx(-32767 * 0.9, abs=1)
    assert "peak 0.45 of full scale, at 40 s" in row.alt


@pytest.mark.parametrize(
    ("level", "word", "rate", "label"),
    [
        (1, "d", 16000, "4–8 kHz"),
        (4, "d", 16000, "0.5–1 kHz"),
        (6, "d", 16000, "125–250 Hz"),
        (6, "a", 16000, "0–125 Hz"),
        (2, "d", 22050, "2.8–5.5 kHz"),
    ],
)
def test_band_labels(level: int, word: str, rate: int, label: str) -> None:
    assert band_label(build(ndim=1, levels=level).layout([256])[Band(level, word)], rate) == label


def test_bands_divide_all_frequencies_between_them() -> None:
    layout = build(ndim=1, levels=5).layout([256])
    edges = [info.hertz(RATE) for info in layout.values()][::-1]
    assert edges[0][1] == RATE / 2 and edges[-1][0] == 0
    assert all(upper[0] == lower[1] for upper, lower in zip(edges, edges[1:], strict=False))


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="duration is 0"):
        time_axis.Timeline(0.0, ())
    with pytest.raises(ValueError, match="one row of samples"):
        timeline.waveform(np.zeros((2, 5)), RATE)
