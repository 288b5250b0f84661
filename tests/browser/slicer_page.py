"""A page with nothing but the slice viewer, on volumes made up for it: ``streamlit run`` this file.

``?kind=`` scan (CT-like, 2.5 mm slices), head (the same with a scene), chair (occupancy), space (the
same in bands, with a scene), corner (an array of one marked voxel), marked (the same in RAS+) or
large (to be reduced).
"""

import numpy as np
import streamlit as st
import torch

from app.components.page import Heat, Slices, slicer, windows
from app.figures.units import Voxels, thirds
from wam_core import transforms

RAS = (("L", "R"), ("P", "A"), ("I", "S"))
OBJECT = (("left", "right"), ("front", "back"), ("bottom", "top"))


def scan(seed: int = 0) -> np.ndarray:
    """Something like a head in HU, (40, 48, 20): bone around soft tissue, air, a dense spot."""
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, n) for n in (40, 48, 20)), indexing="ij")
    radius = np.sqrt((x / 0.8) ** 2 + (y / 0.9) ** 2 + (z / 1.3) ** 2)
    noise = np.random.default_rng(seed).standard_normal(x.shape)
    hounsfield = np.where(radius < 1, 900.0, -1000.0)
    hounsfield = np.where(radius < 0.88, 40 + 12 * noise, hounsfield)
    hounsfield[((x - 0.3) ** 2 + (y - 0.2) ** 2 + z**2) < 0.02] = 78
    hounsfield[((x + 0.25) ** 2 + (y + 0.1) ** 2 / 3 + z**2 / 4) < 0.015] = 5
    hounsfield[(np.abs(x) < 0.1) & (y > 0.72) & (radius < 1)] = -700  # the nose is at the front
    return hounsfield.astype(np.float32)


def chair() -> np.ndarray:
    """Occupancy, (30, 30, 30), axis 2 up."""
    grid = np.zeros((30, 30, 30), np.float32)
    grid[7:23, 7:23, 13:15] = 1
    grid[7:23, 21:23, 15:26] = 1
    for x in (7, 21):
        for y in (7, 21):
            grid[x : x + 2, y : y + 2, 4:13] = 1
    return grid


def marked() -> np.ndarray:
    """A corner that can be told from all others: at the high ends of all three axes, (6, 8, 10)."""
    values = np.zeros((6, 8, 10), np.float32)
    values[5, 7, 9] = 1
    return values


def heat(shown: np.ndarray, seed: int = 0) -> np.ndarray:
    """Two soft spots of opposite sign where there is something, and blocks as of a Haar wavelet."""
    places = np.meshgrid(*(np.linspace(-1, 1, n) for n in shown.shape), indexing="ij")

    def spot(centre: tuple[float, float, float], width: float) -> np.ndarray:
        distance = sum((p - c) ** 2 for p, c in zip(places, centre, strict=True))
        return np.exp(-distance / width)

    made = spot((0.3, 0.25, 0), 0.08) - 0.6 * spot((-0.4, 0.45, 0.3), 0.05)
    coarse = np.random.default_rng(seed).standard_normal([-(-n // 2) for n in shown.shape])
    blocks = coarse.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    blocks = blocks[tuple(map(slice, shown.shape))]
    return (2e-3 * (made + 0.06 * blocks)).astype(np.float32)


def bands(shown: np.ndarray, seed: int = 0) -> Heat:
    """Bands of two levels of a made-up attribution."""
    transform = transforms.build("dwt", ndim=3, wavelet="haar", levels=2)
    x = torch.from_numpy(heat(shown, seed))[None, None]
    analysed = transform.analyse(x)
    return Heat.of_bands(
        analysed, Voxels(transform.layout(shown.shape), ends=OBJECT), thirds(analysed)
    )


def volume(kind: str, seed: int = 0) -> Slices:
    """What the page shows."""
    if kind in ("chair", "space"):
        shown = chair()
        made = Heat.of_map(heat(shown, seed)) if kind == "chair" else bands(shown, seed)
        return Slices(shown, made, ends=OBJECT, spatial=kind == "space")
    if kind in ("corner", "marked"):
        shown = marked()
        ends = RAS if kind == "marked" else ()
        return Slices(shown, window=(0.0, 1.0), ends=ends)
    shown = scan() if kind != "large" else scan().repeat(4, 0).repeat(3, 1)
    presets = windows(shown, "HU")
    return Slices(
        shown, Heat.of_map(heat(shown, seed)), presets["Soft tissue"], presets, "HU",
        spacing=(1.0, 1.0, 2.5), spacing_unit="mm", ends=RAS, spatial=kind == "head",
    )  # fmt: skip


def page() -> None:
    st.set_page_config(layout="wide")
    asked = st.query_params
    other = st.toggle("Another attribution")
    kind = "chair" if st.toggle("Another volume") else asked.get("kind", "scan")
    if st.toggle("Show", True):
        slicer(volume(kind, int(other)), key="slicer")


if __name__ == "__main__":
    page()
