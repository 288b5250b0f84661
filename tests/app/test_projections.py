"""Bands of a volume looked through, and what they are called."""

import doctest

import numpy as np
import pytest
import torch

from app.figures import captions, projections, result_charts, units
from app.figures.theme import Look
from app.figures.units import Voxels
from wam_core import DiscreteWaveletTransform, transforms, views
from wam_core.bands import Band, orientations
from wam_core.plot import planes

ENDS = (("left", "right"), ("front", "back"), ("bottom", "top"))
SIZE = (20, 33, 28)


def attribution(wavelet="haar", levels=2):
    transform = DiscreteWaveletTransform(wavelet, levels, 3, "symmetric")
    x = torch.randn(1, 2, *SIZE, generator=torch.Generator().manual_seed(0))
    return transform.analyse(x), transform


def drawn(figure):
    return {trace.hovertemplate.partition("<br>")[0]: trace for trace in figure.data}


@pytest.mark.parametrize("module", [planes, units, captions])
def test_examples_are_true(module):
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("wavelet", ["haar", "db2"])
@pytest.mark.parametrize("sign", ["magnitude", "signed"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_every_tile_is_the_projection_of_its_band_on_the_inputs_grid(wavelet, sign, axis):
    z, transform = attribution(wavelet)
    figure = projections.figure(
        z, transform, SIZE, Look(sign=sign), Voxels(transform.layout(SIZE), ends=ENDS), axis
    )
    tiles = drawn(figure)
    assert len(tiles) == 1 + 2 * 7
    across, down = next((p.across, p.down) for p in planes.planes(ENDS) if p.axis == axis)
    for band, values in views.over_channels(z, sign).bands():
        whole = views.at_input_size(values, transform.layout(SIZE)[band], SIZE)
        expected = views.projection(whole, axis)[0, 0].numpy()
        expected = expected if down < across else expected.T
        tile = tiles[Voxels(transform.layout(SIZE), ends=ENDS).band(band)]
        rows, columns = (
            np.floor((np.arange(SIZE[k]) - start + step / 2) / step).astype(int)
            for k, start, step in ((down, tile.y0, tile.dy), (across, tile.x0, tile.dx))
        )
        np.testing.assert_array_equal(np.asarray(tile.z)[np.ix_(rows, columns)], expected)


def test_signed_projections_show_the_value_of_largest_magnitude():
    values = torch.zeros(1, 1, 2, 3, 4)
    values[0, 0, 1, :, 2] = torch.tensor([1.0, -3.0, 2.0])
    assert views.projection(values, 1)[0, 0, 1, 2] == -3
    assert views.projection(values.abs(), 1).max() == 3


def test_tiles_name_level_orientation_and_size_and_zoom_together():
    z, transform = attribution()
    figure = projections.figure(
        z, transform, SIZE, Look(), Voxels(transform.layout(SIZE), ends=ENDS), 1
    )
    titles = {note.text.replace("<br>", " ") for note in figure.layout.annotations}
    assert {"side faces", "vertical edges", "corners", "Approximation"} <= titles
    heads = [note for note in figure.layout.annotations if note.textangle == -90]
    assert [note.text for note in heads] == ["> 4 voxels", "4 voxels", "2 voxels"]
    assert heads[0].y > heads[1].y > heads[2].y
    assert any("left ← → right, top above, bottom below" in title for title in titles)
    assert all(note.font.size >= 12 for note in figure.layout.annotations)
    axes = [figure.layout[name] for name in figure.layout if name.startswith("xaxis")]
    assert {axis.matches for axis in axes} <= {None, "x", "x17"}
    assert sum(axis.matches is None for axis in axes) == 1
    assert any(trace.showscale for trace in figure.data)


def test_proportions_are_true_and_heads_are_seen_as_radiologists_do():
    z, transform = attribution()
    head = (("L", "R"), ("P", "A"), ("I", "S"))
    figure = projections.figure(
        z,
        transform,
        SIZE,
        Look(),
        Voxels(transform.layout(SIZE), (1.0, 1.0, 2.5), "mm", head),
        axis=1,
    )
    assert figure.layout.yaxis.scaleratio == 2.5
    assert figure.layout.xaxis.range == (SIZE[0] - 0.5, -0.5)  # the right side is on the left
    assert figure.layout.yaxis.range == (-0.5, SIZE[2] - 0.5)


def test_names_of_bands_differ_and_stay_short():
    layout = transforms.build("dwt", ndim=3, levels=3).layout((16, 16, 16))
    for voxels in (Voxels(layout), Voxels(layout, 1.5, "mm", ENDS)):
        names = {voxels.band(Band(1, word)) for word in orientations(3)}
        chips = {voxels.chip(Band(1, word)) for word in orientations(3)}
        assert len(names) == len(chips) == 7
        assert max(map(len, chips)) <= 34
    assert Voxels(layout).band(Band(3, "aaa")) == "Approximation"
    assert Voxels(layout, 2.0, "mm").level(Band(3, "aaa")) == "Approx > 8 voxels (16 mm)"
    assert Voxels(layout, (1.0, 1.0, 5.0), "mm").place(Band(2, "daa")) == (
        "in details of about 4 voxels (4–20 mm) at level 2"
    )


def test_captions_and_profile_know_seven_orientations():
    z, transform = attribution()
    shares = views.profile(z)
    said = captions.leading_orientation(shares, ENDS)
    assert said.startswith("Largest orientation: ")
    assert "left–right" in said or "front–back" in said or "bottom–top" in said
    figure = result_charts.profile_figure(shares, Look(), Voxels(transform.layout(SIZE)))
    bars = [trace for trace in figure.data if trace.type == "bar"]
    fine = [trace for trace in bars if trace.y[0].startswith("L1")]
    assert len({trace.marker.opacity for trace in fine}) == 7
    assert sum(trace.x[0] for trace in bars) == pytest.approx(100)


@pytest.mark.parametrize("levels", [1, 2])
def test_fine_middle_and_coarse_hold_every_band_once(levels):
    z, _ = attribution(levels=levels)
    groups = views.scale_groups(z)
    assert list(groups) == (["fine", "middle", "coarse"] if levels == 2 else ["fine", "coarse"])
    every = [band for bands in groups.values() for band in bands]
    assert sorted(map(str, every)) == sorted(str(band) for band, _ in z.bands())
    assert {band.level for band in groups["fine"]} == {1}
    assert any(band.is_approx for band in groups["coarse"])


def test_a_plane_is_laid_as_it_says():
    volume = np.arange(24).reshape(2, 3, 4)
    for ends in ((), ENDS, (("L", "R"), ("P", "A"), ("I", "S"))):
        for plane in planes.planes(ends):
            picture = plane.laid(volume.take(0, plane.axis))
            assert picture.shape == (volume.shape[plane.down], volume.shape[plane.across])
            corner = [0, 0, 0]
            corner[plane.across] = -1 if plane.mirrored[0] else 0
            corner[plane.down] = -1 if plane.mirrored[1] else 0
            assert picture[0, 0] == volume[tuple(corner)]
