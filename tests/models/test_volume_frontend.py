"""What becomes of a volume: nothing thin is lost, proportions hold, and every cell has its place."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from models.frontends import VolumeFrontend
from models.frontends.resampling import averaged, interpolated
from wam_core.errors import InputError, ModelError
from wam_core.signals import Signal
from wam_core.signals.frame import Frame

OBJECTS = VolumeFrontend((30, 30, 30), extent=24)
SCANS = VolumeFrontend((28, 28, 28), "intensity")


def volume(values, spacing=(1.0, 1.0, 1.0), unit=""):
    signal = Signal.from_values(np.asarray(values)[None], "volume", "thing")
    return replace(signal, frame=Frame(spacing, unit))


def solid(shape, *boxes):
    grid = np.zeros(shape, np.uint8)
    for low, high in boxes:
        grid[tuple(map(slice, low, high))] = 1
    return grid


def extent(x):
    return tuple((np.ptp(np.argwhere(x[0, 0].numpy()), axis=0) + 1).tolist())


def test_an_object_of_the_networks_size_passes_as_it_is():
    grid = np.random.default_rng(0).integers(0, 2, (30, 30, 30)).astype(np.uint8)
    assert torch.equal(OBJECTS.prepare(volume(grid))[0, 0], torch.from_numpy(grid).float())
    assert np.array_equal(OBJECTS.placement(volume(grid)), np.eye(4))
    assert OBJECTS.describe(volume(grid)) == "30 × 30 × 30 voxels, as they are"


def test_an_object_of_the_right_extent_is_only_moved():
    grid = np.zeros((50, 40, 33), np.uint8)
    inner = np.random.default_rng(0).integers(0, 2, (24, 15, 10)).astype(np.uint8)
    inner[0, 0, 0] = inner[-1, -1, -1] = 1
    grid[5:29, 20:35, 1:11] = inner
    x = OBJECTS.prepare(volume(grid))[0, 0].numpy()
    assert np.array_equal(x[3:27, 7:22, 10:20], inner) and x.sum() == inner.sum()


@pytest.mark.parametrize("scale", [0.37, 1, 2, 3.7, 8])
def test_an_object_is_scaled_to_its_extent_and_stands_in_the_middle(scale):
    high = np.round(np.array([48, 24, 12]) * scale / 2).astype(int)
    x = OBJECTS.prepare(volume(solid(high + 9, ((4, 4, 4), high + 4))))
    wanted = high / high[0] * 24
    assert extent(x)[0] == 24 and np.abs(np.array(extent(x)) - wanted).max() <= 1
    middle = np.argwhere(x[0, 0].numpy()).mean(0)
    assert np.abs(middle - 14.5).max() <= 1 and set(x.unique().tolist()) == {0.0, 1.0}


def test_spacing_is_respected():
    thick = volume(solid((40, 40, 20), ((10, 10, 5), (30, 30, 15))), (1.0, 1.0, 2.0), "mm")
    assert extent(OBJECTS.prepare(thick)) == (24, 24, 24)
    assert OBJECTS.spacing(thick) == pytest.approx((20 / 24,) * 3)
    assert "of 1 × 1 × 2 mm, cropped to 20 × 20 × 10, scaled to 24 cells" in OBJECTS.describe(thick)
    same = volume(np.ones((30, 30, 30), np.uint8), (1.0, 1.0, 2.0))
    assert extent(OBJECTS.prepare(same)) == (12, 12, 24)


@pytest.mark.parametrize("offset", range(6))
@pytest.mark.parametrize("longest", [30, 61, 94, 250])
def test_a_wall_one_voxel_thick_survives(longest, offset):
    wall = ((0, longest // 2 + offset, 0), (longest, longest // 2 + offset + 1, longest // 2))
    floor = ((0, 0, 0), (longest, longest, 1))
    x = OBJECTS.prepare(volume(solid((longest,) * 3, wall, floor)))[0, 0]
    above = x[3:27, :, 12:].sum((0, 2))  # the floor lies below
    assert above.max() == 24 * x[3, above.argmax(), 12:].sum() > 0
    assert (above > 0).sum() <= 2


def test_legs_survive_and_stay_apart():
    legs = [((a, b, 0), (a + 3, b + 3, 50)) for a in (0, 57) for b in (0, 57)]
    x = OBJECTS.prepare(volume(solid((60, 60, 94), *legs, ((0, 0, 50), (60, 60, 94)))))
    feet = x[0, 0, :, :, 4].numpy()
    rows = np.flatnonzero(feet.any(1))
    assert 2 <= len(rows) <= 4 and np.diff(rows).max() >= 12
    assert extent(x)[2] == 24


def test_brightness_counts_as_filled_above_half_of_its_range():
    grid = np.zeros((30, 30, 30), np.float32)
    grid[5:20] = 40
    grid[8:12] = 100
    x = OBJECTS.prepare(volume(grid))
    assert torch.equal(x[0, 0], torch.from_numpy(grid > 50).float())
    assert "filled above 50, half of the range" in OBJECTS.describe(volume(grid))


def found(frontend, signal):
    """Where the brightest cells lie in the signal, according to the placement."""
    x = frontend.prepare(signal)[0, 0].numpy()
    cell = np.argwhere(x == x.max()).mean(0)
    return (frontend.placement(signal) @ [*cell, 1])[:3]


@pytest.mark.parametrize("stretch", [False, True])
@pytest.mark.parametrize("shape", [(28, 28, 28), (60, 44, 91), (20, 9, 14)])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.7, 1.3, 2.5)])
def test_a_bright_voxel_lands_where_the_placement_says(stretch, shape, spacing):
    frontend = replace(SCANS, stretch=stretch)
    for at in ((3, 2, 4), (shape[0] - 4, 5, shape[2] - 3)):
        values = np.zeros(shape, np.float32)
        values[at] = 700.5
        signal = volume(values, spacing)
        step = np.diag(frontend.placement(signal))[:3]
        assert (np.abs(found(frontend, signal) - at) <= np.maximum(step, 1) / 2 + 1e-6).all()
        assert step * spacing == pytest.approx(np.array(frontend.spacing(signal)))


def test_a_small_object_lands_where_the_placement_says():
    # A frame in the corners fixes the crop; a cube of its own is looked for.
    grid = solid((96, 80, 70), ((8, 8, 8), (9, 9, 9)), ((89, 70, 60), (90, 71, 61)))
    cube = solid(grid.shape, ((40, 30, 20), (48, 38, 28)))
    signal = volume(grid | cube)
    x = OBJECTS.prepare(signal)[0, 0].numpy()
    places = np.argwhere(x) @ OBJECTS.placement(signal)[:3, :3] + OBJECTS.placement(signal)[:3, 3]
    cubes = places[np.abs(places - (43.5, 33.5, 23.5)).max(1) < 10]
    assert np.abs(cubes.mean(0) - (43.5, 33.5, 23.5)).max() <= 1 and len(cubes) >= 8


def test_averages_and_interpolation_add_up():
    shares = averaged(94, 30, 3, 94 / 24)
    assert shares.sum(1) == pytest.approx([0.0] * 3 + [1.0] * 24 + [0.0] * 3, abs=1e-5)
    for step in (0.3, 1.0, 2.7):
        weights = interpolated(50, round(50 / step), 0, step)
        assert weights.sum(1) == pytest.approx(1.0, abs=1e-5)
        ramp = weights @ np.arange(50)
        middle = (np.arange(len(ramp)) + 0.5) * step - 0.5
        inside = (middle > step) & (middle < 49 - step)
        assert ramp[inside] == pytest.approx(middle[inside], abs=0.05)


def test_what_is_finer_than_a_cell_is_averaged():
    stripes = np.zeros((112, 28, 28), np.float32)
    stripes[::2] = 1.0
    x = replace(SCANS, stretch=True).prepare(volume(stripes))
    assert float((x[0, 0, 1:-1] - 0.5).abs().max()) <= 0.05


def test_brightness_is_brought_to_one():
    values = np.arange(28**3, dtype=np.float32).reshape(28, 28, 28) % 201
    assert torch.equal(SCANS.prepare(volume(values))[0, 0], torch.from_numpy(values / 255))
    assert "divided by 255" in SCANS.describe(volume(values))
    x = SCANS.prepare(volume(values * 10 - 1000))
    assert x.min() == 0 and x.max() == 1
    assert "-1000 … 1000 brought to 0 … 1" in SCANS.describe(volume(values * 10 - 1000))
    binary = solid((28, 28, 28), ((1, 2, 3), (9, 9, 9)))
    assert torch.equal(SCANS.prepare(volume(binary))[0, 0], torch.from_numpy(binary).float())
    colour = replace(SCANS, channels=3).prepare(volume(values))
    assert colour.shape == (1, 3, 28, 28, 28) and torch.equal(colour[0, 0], colour[0, 2])


def test_the_words_of_a_scan():
    wide = volume(np.arange(56 * 40 * 20).reshape(56, 40, 20), (1.0, 1.0, 2.0), "mm")
    said = SCANS.describe(wide)
    assert said.startswith("56 × 40 × 20 voxels of 1 × 1 × 2 mm, ")
    assert said.endswith("scaled to 28 cells, in 28 × 28 × 28")
    assert replace(SCANS, stretch=True).describe(wide).endswith("resampled to 28 × 28 × 28")


def test_the_tensor_is_its_own():
    signal = volume(np.ones((30, 30, 30), np.uint8))
    OBJECTS.prepare(signal).zero_()
    assert signal.values.all()


def test_what_is_refused():
    picture = Signal.from_values(np.zeros((3, 4, 4), np.uint8), "image", "cat")
    for act in (OBJECTS.prepare, OBJECTS.placement, OBJECTS.spacing, SCANS.prepare, SCANS.describe):
        with pytest.raises(InputError, match="^cat is an image; a volume is expected$"):
            act(picture)
    for nothing in (np.zeros((30, 30, 30), np.uint8), np.zeros((5, 6, 7), np.float32)):
        with pytest.raises(InputError, match="thing is empty"):
            OBJECTS.prepare(volume(nothing))
    with pytest.raises(InputError, match=r"the same value \(7\) everywhere"):
        SCANS.prepare(volume(np.full((5, 6, 7), 7.0)))
    with pytest.raises(InputError, match=r"the same value \(0\) everywhere"):
        SCANS.prepare(volume(np.zeros((5, 6, 7), np.uint8)))


def test_settings():
    settings = OBJECTS.settings()
    assert json.loads(json.dumps(settings)) == settings and settings["kind"] == "volume"
    others = [
        replace(OBJECTS, size=(31, 30, 30)), replace(OBJECTS, extent=25), SCANS,
        replace(OBJECTS, channels=3), replace(SCANS, stretch=True),
    ]  # fmt: skip
    assert len({json.dumps(dict(each.settings())) for each in [OBJECTS, *others]}) == 6


@pytest.mark.parametrize(
    ("size", "rest", "words"),
    [((0, 3, 3), {}, "0, 3, 3"), ((30, 30, 30), {"extent": 31}, "objects of 31 cells"),
     ((30, 30), {"extent": 3}, "three sides"), ((9, 9, 9), {"extent": 9, "channels": 0}, "0 channels")],
)  # fmt: skip
def test_a_network_that_cannot_be(size, rest, words):
    with pytest.raises(ModelError, match=words):
        VolumeFrontend(size, **rest)
