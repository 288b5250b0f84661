"""A page with nothing but the linked viewer, on a result made up for it: ``streamlit run`` this file.

``?transform=`` haar (the default), sym4 or toy; switches give another result and take it away.
"""

from typing import Any

import numpy as np
import streamlit as st
import torch

from app.components.viewer import Plane, viewer
from app.figures.units import Pixels, halves
from tests.toy_transform import BlockCosine
from wam_core import Bands, transforms
from wam_core.transforms import Transform

SIZE = (96, 128)
KEY = "plane"


def transform(name: str) -> Transform:
    """What takes the picture apart."""
    if name == "toy":
        return BlockCosine(2, 2)
    return transforms.build("dwt", ndim=2, wavelet=name, levels=3)


def picture(seed: int = 0) -> np.ndarray[Any, Any]:
    """A bright disc on grey, uint8 (*SIZE, 3)."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    disc = (rows - 40) ** 2 + (columns - 70 + 20 * seed) ** 2 < 25**2
    channels = [np.where(disc, value, 90) for value in (230, 180, 60)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def attribution(name: str = "haar", seed: int = 0) -> Bands:
    """Three channels, heavy tails, stronger where the picture has an edge; (1, 3, *band) each."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.from_numpy(picture(seed).transpose(2, 0, 1).copy())[None].float() / 255
    z = transform(name).analyse(x)
    return z.map(lambda band: band * torch.randn(band.shape, generator=generator) ** 3 + 1e-3)


def plane(name: str = "haar", seed: int = 0) -> Plane:
    """What the page shows."""
    z, layout = attribution(name, seed), transform(name).layout(SIZE)
    units = Pixels(layout)
    return Plane(picture(seed), z, layout, {band: units.words(band) for band in layout}, halves(z))


def page() -> None:
    st.set_page_config(layout="wide")
    name = st.query_params.get("transform", "haar")
    other = st.toggle("Another result", key="other", bind="query-params")
    if st.toggle("Show", True):
        viewer(plane(name, int(other)), KEY, f"result {int(other)}")
    st.caption(f"{st.session_state.setdefault('runs', 0)} runs before")
    st.session_state["runs"] += 1


if __name__ == "__main__":
    page()
