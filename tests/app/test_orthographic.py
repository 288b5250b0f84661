"""Three views of a volume in one picture: what stands where, and in which proportions."""

import numpy as np
import pytest

from app.figures import orthographic
from wam_core.plot.planes import planes

FURNITURE = (("left", "right"), ("front", "back"), ("bottom", "top"))
PATIENT = (("L", "R"), ("P", "A"), ("I", "S"))


def lit(
    place: tuple[int, int, int],
    ends=(),
    spacing=(1.0, 1.0, 1.0),
    ray=orthographic.maximum_intensity,
):  # type: ignore[no-untyped-def]
    """The rows and columns of what is white, of one filled voxel of 10 × 20 × 30; and the picture."""
    values = np.zeros((10, 20, 30), np.float32)
    values[place] = 1
    drawn = orthographic.picture(values, planes(ends), ray=ray, spacing=spacing, side=504)
    return {tuple(at) for at in np.argwhere(drawn[..., 0] == 255) // 10}, drawn


def test_a_corner_of_furniture_is_found_in_all_three_views() -> None:
    found, drawn = lit((0, 0, 29), FURNITURE)  # left, front, top
    # from above 20 × 10 cells of 10 px, a gap of 4 px, then from the front 30 × 10, beside it 30 × 20
    assert drawn.shape == (504, 304, 4)
    assert {(19, 0), (20, 0), (20, 10)} <= found
    found, _ = lit((9, 19, 0), FURNITURE)  # right, back, bottom
    assert {(0, 9), (50, 9), (50, 30)} <= found


def test_patients_are_seen_in_the_radiological_convention() -> None:
    found, _ = lit((9, 0, 29), PATIENT)  # right, posterior, superior
    assert {(19, 0), (20, 0)} <= found, "the patient’s right is on the left, the back at the bottom"
    assert any(row == 20 and column >= 29 for row, column in found), "seen from the left"


def test_an_array_without_directions_is_drawn_as_an_array() -> None:
    found, drawn = lit((0, 0, 0))
    assert drawn.shape == (304, 504, 4)  # axis 1 above axis 0, axis 2 beside axis 1
    assert {(0, 0), (20, 0)} <= found


def test_the_views_have_true_proportions_and_are_clear_between() -> None:
    _, drawn = lit((0, 0, 0), FURNITURE, spacing=(2.0, 1.0, 1.0))
    assert drawn.shape == (504, 404, 4)
    assert not drawn[:200, 204:, 3].any() and not drawn[200:204, :, 3].any()
    assert drawn[:200, :200, 3].all() and drawn[204:, 204:, 3].all()


@pytest.mark.parametrize("fill", [0.0, -1000.0])
def test_nothing_is_black_and_a_mean_is_grey(fill: float) -> None:
    values = np.full((4, 4, 4), fill, np.float32)
    drawn = orthographic.picture(values, planes(()))
    assert not drawn[..., :3].any()
    values[:2] = 1.0
    drawn = orthographic.picture(values, planes(FURNITURE))
    assert set(np.unique(drawn[..., 0])) == {0, 128, 255}
