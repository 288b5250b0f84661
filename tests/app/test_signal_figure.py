"""An image under a map: every value is sent once, and lies where it belongs."""

import numpy as np
import pytest

from app.figures import image_maps
from app.figures.theme import Look

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("size", "block"), [((224, 224), 8), ((225, 230), 4), ((30, 31), 1), ((64, 48), 16)]
)
def test_a_coarse_map_is_sent_at_its_own_resolution(size: tuple[int, int], block: int) -> None:
    own = RNG.normal(size=(-(-size[0] // block), -(-size[1] // block))).astype(np.float32)
    heat = own.repeat(block, 0).repeat(block, 1)[: size[0], : size[1]]
    figure = image_maps.overlay_figure(np.zeros((*size, 3), np.uint8), Look(), heat)
    (trace,) = figure.select_traces(selector={"type": "heatmap"})
    np.testing.assert_array_equal(trace.z, own)
    # the first block covers the pixels 0 to block − 1, whose edges are at −½ and block − ½
    assert (trace.dx, trace.dy) == (block, block)
    assert trace.x0 - trace.dx / 2 == trace.y0 - trace.dy / 2 == -0.5


def test_the_strongest_share_is_one_of_pixels() -> None:
    heat = np.arange(16, dtype=np.float32).reshape(4, 4).repeat(2, 0).repeat(2, 1)
    figure = image_maps.overlay_figure(np.zeros((8, 8, 3), np.uint8), Look(), heat, share=0.25)
    (trace,) = figure.select_traces(selector={"type": "heatmap"})
    assert np.isfinite(trace.z).sum() == 4 and np.nanmin(trace.z) == 12
