"""Furniture and digits built here: repeatable, in the data's scale, and their parts are known."""

import numpy as np
import pytest

from models import digits, samples, solids
from wam_core.errors import InputError


@pytest.mark.parametrize("name", solids.NAMES)
def test_parts_make_up_the_whole_without_overlap(name):
    for fine in (1, 3):
        solid = solids.build(name, fine)
        assert solid.grid.shape == (30 * fine,) * 3 and solid.grid.dtype == np.uint8
        total = sum(mask.astype(int) for mask in solid.parts.values())
        assert np.array_equal(total, solid.grid) and all(m.any() for m in solid.parts.values())


@pytest.mark.parametrize("name", solids.NAMES)
def test_an_object_is_in_the_scale_of_the_data(name):
    filled = np.argwhere(solids.build(name).grid)
    low, high = filled.min(0), filled.max(0) + 1
    assert (high - low).max() == solids.EXTENT
    assert np.abs((low + high) / 2 - 15).max() <= 0.5


def test_parts_lie_where_their_names_say():
    def middle(name, part):
        return np.argwhere(solids.build(name).parts[part]).mean(0)

    # axis 2 is up, the front is the low end of axis 1
    assert middle("chair", "legs")[2] < middle("chair", "seat")[2] < middle("chair", "back")[2]
    for name, behind, front in (
        ("chair", "back", "seat"), ("bed", "headboard", "mattress"),
        ("sofa", "back", "seat"), ("toilet", "tank", "bowl"),
    ):  # fmt: skip
        assert middle(name, behind)[1] > middle(name, front)[1] + 3
    assert (
        middle("monitor", "foot")[2] < middle("monitor", "neck")[2] < middle("monitor", "screen")[2]
    )
    assert middle("table", "legs")[2] < middle("table", "top")[2]


def test_legs_are_four_and_apart():
    from scipy import ndimage

    for name in ("chair", "table", "bed"):
        assert ndimage.label(solids.build(name).parts["legs"])[1] == 4


def test_what_cannot_be_built():
    with pytest.raises(InputError, match="'lamp' cannot be built; chair, table"):
        solids.build("lamp")
    for name in ("digit_3", "chelsea", "rain"):
        with pytest.raises(InputError, match=f"{name} is not built of parts"):
            samples.solid(name)


def test_a_digit_stands_upright_and_is_read_from_the_front():
    picture = np.zeros((8, 8))
    picture[0, 1:7] = picture[:, 1] = 1  # the bar of an L turned over: above, and at the left
    grid = digits.grow(picture)
    front = grid.any(1)
    assert front[:, 27].sum() > 12 > front[:, 6].sum() > 0
    assert front[front.any(1)][0].sum() > 15 > front[front.any(1)][-1].sum()
    assert grid.shape == (32, 32, 32) and set(np.unique(grid)) == {0, 1}


def test_growth_does_as_it_is_told():
    picture = digits.pictures()[0][0]
    depths = []
    for thickness in (3.0, 6.0, 9.0):
        growth = digits.Growth(thickness=thickness, rounding=0.3, level=0.5)
        filled = np.argwhere(digits.grow(picture, growth))
        extent = filled.max(0) - filled.min(0) + 1
        assert abs(extent[2] - 24) <= 1 and np.abs(filled.mean(0) - 15.5).max() <= 2
        depths.append(int(extent[1]))
    assert 2 <= depths[0] < depths[1] - 1 < depths[2] - 2
    still = digits.grow(picture)
    moved = digits.grow(picture, digits.Growth(shift=(2, -1, 1)))
    assert np.array_equal(np.roll(still, (2, -1, 1), (0, 1, 2)), moved)
    lying = np.argwhere(digits.grow(picture, digits.Growth(angles=(90, 0, 0))))
    assert np.ptp(lying, axis=0)[1] > 20 > np.ptp(lying, axis=0)[2]


def test_a_growth_is_drawn_by_its_generator():
    picture = digits.pictures()[0][7]

    def grown(seed):
        return digits.grow(picture, digits.Growth.random(np.random.default_rng(seed)))

    assert np.array_equal(grown(1), grown(1)) and not np.array_equal(grown(1), grown(2))
    assert all(grown(seed).sum() > 200 for seed in range(5))


def test_pictures_are_split_before_they_are_grown():
    from training import digits3d

    images, target = digits.pictures()
    train, choose, report = (set(part) for part in digits3d.split())
    assert not (train & choose or train & report or choose & report)
    assert len(train | choose | report) == 1797 and len(report) == 269
    for name in samples.names("volume"):
        if samples.network(name) == "digits3d":
            grid = samples.load(name).values[0]
            (number,) = (k for k in sorted(report) if np.array_equal(digits.grow(images[k]), grid))
            assert str(target[number]) == samples.label(name)
