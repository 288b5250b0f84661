"""Surfaces of volumes, and the still picture of one: triangles about what they should enclose."""

import numpy as np
import pytest

from app.figures import isometric
from app.figures.surfaces import reduced, smooth, surface_level

OBJECT = (("left", "right"), ("front", "back"), ("bottom", "top"))


def enclosed(mesh):
    """The volume inside, by the divergence theorem: positive where triangles face outwards."""
    a, b, c = (mesh.vertices[mesh.faces[:, corner]].astype(float) for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c))) / 6


def ball(size=20, radius=6):
    places = np.indices((size,) * 3) - (size - 1) / 2
    return np.sqrt((places**2).sum(0)) <= radius


@pytest.mark.parametrize("low", [0.0, -1000.0])
def test_a_smooth_surface_encloses_its_object_and_faces_outwards(low):
    inside = ball()
    mesh = smooth(np.where(inside, 1000.0, low), 500 + low / 2)
    assert enclosed(mesh) == pytest.approx(inside.sum(), rel=0.1)
    filled = smooth(np.ones((4, 5, 6)), 0.5)
    assert filled.vertices.max(0).tolist() == [3.5, 4.5, 5.5]
    assert not len(smooth(np.zeros((4, 4, 4)), 0.5).faces)


def test_the_surface_of_a_scan_is_between_its_two_tissues():
    noise = np.random.default_rng(0).normal(size=(20, 20, 20))
    assert 0.12 < surface_level(np.where(ball(), 0.4, 0.1) + 0.01 * noise) < 0.38
    assert surface_level(ball().astype(float)) == 0.5


def test_reducing_takes_the_mean_and_leaves_no_edge_behind():
    assert reduced(np.ones((5, 4, 4)), (2, 2, 2)).min() == 1
    assert reduced(np.arange(8.0).reshape(2, 2, 2), (2, 2, 2)).tolist() == [[[3.5]]]


def test_a_still_picture_shows_right_back_and_top_where_they_are():
    """Seen from the front right: right is to the right, the back to the right of the front, top up."""

    def middle(*voxel):
        values = np.zeros((9, 9, 9), np.float32)
        values[voxel] = 1
        shown = isometric.picture(values, 0.5, OBJECT, side=180)
        rows, columns = np.nonzero(shown[..., 3])
        return columns.mean(), rows.mean()

    x, y = middle(4, 4, 4)
    assert (x, y) == (pytest.approx(90, abs=2), pytest.approx(90, abs=2))
    assert middle(8, 4, 4)[0] > x + 20 and middle(4, 8, 4)[0] > x + 20
    assert middle(4, 4, 8)[1] < y - 20
    turned = np.zeros((9, 9, 9), np.float32)
    turned[0, 4, 4] = 1
    ends = (("top", "bottom"), ("left", "right"), ("front", "back"))
    rows, _ = np.nonzero(isometric.picture(turned, 0.5, ends, side=180)[..., 3])
    assert rows.mean() < 70, "the low end of the first axis is the top"


def test_marked_voxels_are_in_colour_and_are_seen_through_the_object():
    marked = np.full((20, 20, 20), np.nan)
    marked[10, 10, 10] = 0.7
    plain, coloured = (isometric.picture(ball(), 0.5, OBJECT, marked=m) for m in (None, marked))
    assert np.ptp(plain[..., :3].astype(int), axis=2).max() < 20
    warm = (coloured[..., 0].astype(int) > coloured[..., 2] + 60).sum()
    assert 20 < warm < 2000
    assert (plain[..., 3] == coloured[..., 3]).all()
