"""The one resampler and the one conversion to pixels, against plain loops and against PyTorch."""

import math

import numpy as np
import pytest
import torch

from wam_core.plot.colour import colour_limit, grey, overlay, paint, to_bytes, to_pixels
from wam_core.plot.raster import (
    Cells,
    blocks,
    divided,
    envelope,
    frequency_ticks,
    peak,
    reduced,
    reduced_blocks,
    round_down,
    round_up,
    touched,
)


def looped(values, start, step, columns, signed):
    """Column by column: the largest of all cells that it touches, or that of largest magnitude."""
    count, out = values.shape[1], []
    for column in range(columns):
        begin = start + column * step
        first = min(max(math.floor(begin + 1e-6), 0), count - 1)
        last = max(math.ceil(begin + step - 1e-6), first + 1)
        part = values[:, first:last]
        most, least = part.max(1), part.min(1)
        out.append(np.where(most >= -least, most, least) if signed else most)
    return np.stack(out, axis=1)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(
    ("count", "columns", "start", "step"),
    [(1000, 100, 0.0, 10.0), (1003, 97, 0.0, 1003 / 97), (40, 100, 0.0, 0.4), (101, 100, 0.5, 1.0)]
    + [(101, 50, -3.0, 2.5), (7, 1, 0.0, 7.0)],
)
def test_columns_hold_the_extremes_of_all_cells_that_they_touch(
    count, columns, start, step, signed
):
    values = np.random.default_rng(count).standard_normal((3, count))
    cells = Cells(values, 0.0, 1.0).on(start, step, columns, "signed" if signed else "magnitude")
    np.testing.assert_array_equal(cells.values, looped(values, start, step, columns, signed))
    assert (cells.start, cells.step, cells.stop) == (start, step, start + step * columns)


def test_gathering_loses_no_click_and_keeps_its_sign():
    values = np.zeros((1, 10_000))
    values[0, 1234] = -3.0
    values[0, 1230] = 2.0
    cells = Cells(values, 0.0, 1e-3)
    columns = cells.gathered(10.0, 100, "signed").values[0]
    assert (columns.argmin(), columns.min()) == (12, -3.0)
    assert cells.gathered(10.0, 100).values[0].max() == 2.0
    assert cells.gathered(10.0, 10_000) is cells


def test_the_envelope_holds_every_extreme():
    x = np.random.default_rng(0).normal(size=1003)
    low, high = envelope(x, 10)
    assert (low.min(), high.max()) == (x.min(), x.max())
    assert len(low) == len(high) == 10


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("how", ["max", "min", "sum", "mean", "strongest"])
@pytest.mark.parametrize("ranges", [blocks(11, 4), divided(11, 3), touched(11, 4, 2.75)])
def test_every_reduction_is_that_of_its_range_along_any_axis(ranges, how, axis):
    values = np.random.default_rng(2).standard_normal((11, 11, 11))
    small = np.moveaxis(reduced(values, ranges, how, axis), axis, 0)
    functions = {"max": np.max, "min": np.min, "sum": np.sum, "mean": np.mean}
    for row, (first, last) in zip(small, ranges, strict=True):
        part = np.moveaxis(values, axis, 0)[first:last]
        if how == "strongest":
            expected = np.where(part.max(0) >= -part.min(0), part.max(0), part.min(0))
        else:
            expected = functions[how](part, axis=0)
        np.testing.assert_allclose(row, expected, atol=1e-12)


def test_blocks_of_a_volume_keep_its_mean_and_its_peaks():
    values = np.random.default_rng(1).standard_normal((12, 9, 10))
    values[11, 8, 9] = -9
    assert reduced_blocks(values, (2, 3, 5), "mean").mean() == pytest.approx(values.mean())
    assert reduced_blocks(values, (5, 1, 1), "mean")[2] == pytest.approx(values[10:].mean(0))
    few = reduced_blocks(values, (5, 4, 3), "strongest")
    assert few.shape == (3, 3, 4)
    assert few[2, 2, 3] == -9
    block = values[:5, 4:8, 3:6].ravel()
    assert few[0, 1, 1] == block[np.abs(block).argmax()]
    assert reduced_blocks(values, (1, 1, 1), "mean") is values


def test_the_peak_is_amid_the_places_that_are_equal():
    heat = np.zeros((8, 8, 8))
    heat[2:6, 2:6, 2:6] = 1
    assert all(2 <= index < 6 for index in peak(heat))
    assert peak(heat) != (2, 2, 2)


@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_are_those_of_the_display_rounded_and_clipped(channels):
    image = torch.rand(channels, 40, 30, generator=torch.Generator().manual_seed(0)) * 1.4 - 0.2
    expected = image.clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).numpy()
    pixels = to_pixels(image)
    assert pixels.shape == (40, 30, 3) and pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, np.broadcast_to(expected, (40, 30, 3)))


def test_grey_runs_between_its_limits():
    values = np.array([[-1.0, 0.0], [1.0, 3.0]])
    assert grey(values)[..., 0].tolist() == [[0, 64], [128, 255]]
    assert grey(values, (0.0, 2.0))[..., 1].tolist() == [[0, 0], [128, 255]]
    assert not grey(np.zeros((2, 2))).any()


def test_an_overlay_shows_the_picture_where_nothing_is_and_the_colour_where_most_is():
    under = np.full((1, 3, 1), 80.0)
    heat = np.array([[0.0, 1.0, 2.0]])
    blended = overlay(under, heat, 2.0, 1.0)
    assert blended[0, 0].tolist() == [80, 80, 80]
    assert blended[0, 2].tolist() == paint(np.array([2.0]), 2.0)[0].tolist()
    middle = 0.5 * 80 + 0.5 * paint(np.array([1.0]), 2.0)[0].astype(float)
    np.testing.assert_array_equal(blended[0, 1], np.rint(middle))
    assert (overlay(under, np.zeros((1, 3)), 0.0) == 80).all()


def test_colours_end_at_a_percentile_or_at_the_maximum():
    values = np.zeros(1000)
    values[0] = -5.0
    assert colour_limit(values) == 5.0
    assert colour_limit(np.arange(1001.0)) == 995.0
    assert colour_limit(np.zeros(4)) == colour_limit(np.zeros(0)) == 0.0
    assert to_bytes(np.array([np.inf, -np.inf])).tolist() == [255, 0]


def test_ticks_are_round_frequencies_at_their_rows_and_do_not_touch():
    centres = np.geomspace(60, 18_000, 64)
    ticks = frequency_ticks(centres)
    assert {100.0, 1000.0, 10_000.0} <= {frequency for frequency, _ in ticks}
    for frequency, place in ticks:
        assert np.interp(place - 0.5, np.arange(64), centres) == pytest.approx(frequency)
    assert min(np.diff([place for _, place in ticks])) >= 0.09 * 64


@pytest.mark.parametrize("value", [0.003, 0.19, 1.0, 4.99, 7.0, 1234.5])
def test_round_numbers_enclose_a_value(value):
    assert round_down(value) <= value <= round_up(value) * (1 + 1e-9)
    assert round_up(value) / round_down(value) <= 2.5
