"""Maps in units of an even spread: where the colours end, and differences about zero."""

import numpy as np
import pytest

from app.figures import orthographic, relative_maps
from app.figures.theme import Look
from wam_core.plot.planes import planes

MAP = np.arange(12.0).reshape(3, 4)
SIGNED = Look(sign="signed")


def test_a_map_starts_at_zero_and_a_difference_is_centred_there() -> None:
    (heat,) = relative_maps.map_figure(MAP, Look(), 8.0).data
    assert (heat.zmin, heat.zmax) == (0, 8)
    (heat,) = relative_maps.map_figure(MAP - 6, SIGNED, 5.0).data
    assert (heat.zmin, heat.zmax) == (-5, 5)
    assert list(heat.colorbar.tickvals) == [-5, 0, 5]


def test_it_is_said_when_colours_end_before_the_values_do() -> None:
    (cut,) = relative_maps.map_figure(MAP, Look(), 8.0).data
    (whole,) = relative_maps.map_figure(MAP, Look(), 11.0).data
    assert "colours end" in cut.colorbar.title.text
    assert "colours end" not in whole.colorbar.title.text


def test_what_is_no_place_has_no_say_in_where_colours_end() -> None:
    gaps = np.where(MAP > 5, np.nan, MAP)
    assert relative_maps.map_limit(gaps) == pytest.approx(np.percentile(MAP[MAP <= 5], 99.5))
    assert relative_maps.map_figure(gaps, Look(), 5.0).data[0].hoverongaps is False


def test_a_picture_lies_under_the_map() -> None:
    under = np.zeros((3, 4, 3), np.uint8)
    figure = relative_maps.map_figure(MAP, Look(), 8.0, under=under, opacity=0.5)
    assert [trace.type for trace in figure.data] == ["image", "heatmap"]
    assert figure.data[1].opacity == 0.5


def test_moments_share_an_axis_and_differences_stand_about_zero() -> None:
    values = np.array([1.0, -2.0, 0.5])
    line = relative_maps.curve_figure(np.abs(values), 3.0, Look(), 4.0)
    assert line.layout.yaxis.range == (0, 4.2)
    assert list(line.data[0].x) == [0.5, 1.5, 2.5]
    bars = relative_maps.difference_figure(values, 3.0, SIGNED, 2.0)
    assert bars.layout.yaxis.range == (-2.1, 2.1)
    first, second, _ = bars.data[0].marker.color
    assert int(first[1:3], 16) > int(first[5:7], 16), "more than the reference is red"
    assert int(second[1:3], 16) < int(second[5:7], 16), "less is blue"


def test_the_sheet_of_a_volume_holds_its_numbers_and_nothing_between_the_views() -> None:
    values = np.zeros((4, 4, 4), np.float32)
    values[0, 0, 0] = -3
    sheet = orthographic.sheet(values, planes(()), orthographic.extreme, side=20)
    assert np.nanmin(sheet) == -3 and np.nanmax(sheet) == 0
    assert np.isnan(sheet).any() and np.isnan(sheet[0, -1])
    assert (
        np.nanmax(orthographic.sheet(values, planes(()), orthographic.maximum_intensity, side=20))
        == 3
    )
