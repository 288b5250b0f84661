"""A volume in space: triangles that enclose what they should, and controls that change no other."""

import base64

import numpy as np
import pytest

from app.figures import scene
from app.figures.scene import SHARES, Heat, magnitude_threshold, surface_level
from app.figures.surfaces import cubes, reduced, smooth
from app.figures.theme import Look

ENDS = (("left", "right"), ("front", "back"), ("bottom", "top"))
HEAD = (("L", "R"), ("P", "A"), ("I", "S"))


def enclosed(mesh):
    """The volume inside, by the divergence theorem: positive where triangles face outwards."""
    a, b, c = (mesh.vertices[mesh.faces[:, corner]].astype(float) for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c))) / 6


def ball(size=20, radius=6):
    places = np.indices((size,) * 3) - (size - 1) / 2
    return np.sqrt((places**2).sum(0)) <= radius


def numbers(given):
    """What a trace holds, as the browser reads it."""
    if not isinstance(given, dict):
        return np.asarray(given)
    kind = {"f4": np.float32, "u2": np.uint16, "u4": np.uint32}[given["dtype"]]
    return np.frombuffer(base64.b64decode(given["bdata"]), kind)


def noise(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_cubes_show_only_faces_without_a_neighbour_and_enclose_their_voxels():
    box = np.zeros((5, 6, 7), bool)
    box[1:3, 2:4, 1:5] = True
    mesh = cubes(box)
    assert len(mesh.faces) == 2 * 2 * (2 * 2 + 2 * 4 + 2 * 4)
    assert enclosed(mesh) == 16
    assert mesh.vertices.min(0).tolist() == [0.5, 1.5, 0.5]
    assert box[tuple(mesh.voxels.T)].all()
    assert enclosed(cubes(np.ones((2, 3, 4), bool))) == 24  # closed at the borders
    assert not len(cubes(np.zeros((2, 2, 2), bool)).faces)


def test_a_smooth_surface_lies_about_its_object_and_faces_outwards():
    inside = ball()
    mesh = smooth(inside.astype(float), 0.5)
    assert enclosed(mesh) == pytest.approx(inside.sum(), rel=0.1)
    assert inside[tuple(mesh.voxels.T)].all()
    assert enclosed(mesh.grown(0.1)) > enclosed(mesh)
    filled = smooth(np.ones((4, 5, 6)), 0.5)
    assert filled.vertices.max(0).tolist() == [3.5, 4.5, 5.5]
    assert not len(smooth(np.zeros((4, 4, 4)), 0.5).faces)


def test_reducing_keeps_the_strongest_with_its_sign_and_the_mean_of_the_object():
    values = np.zeros((5, 4, 4))
    values[1, 2, 2], values[4, 0, 0] = -3, 2
    small = reduced(values, (2, 2, 2), extreme=True)
    assert small.shape == (3, 2, 2)
    assert (small[0, 1, 1], small[2, 0, 0]) == (-3, 2)
    assert reduced(np.ones((5, 4, 4)), (2, 2, 2), extreme=False).min() == 1


def test_a_threshold_parts_the_strongest_from_the_rest_though_many_are_equal():
    heat = np.repeat([5.0, 3.0, 3.0, 1.0], 10).reshape(4, 2, 5)
    assert magnitude_threshold(heat, 0.25) == 4
    assert (np.abs(heat) > magnitude_threshold(heat, 0.3)).sum() == 30
    assert (
        magnitude_threshold(heat, 0)
        == magnitude_threshold(np.zeros((2, 2, 2)), 0.5)
        == float("inf")
    )


def test_the_surface_of_a_scan_is_between_its_two_tissues():
    scan = np.where(ball(), 0.4, 0.1) + 0.01 * noise((20, 20, 20))
    assert 0.12 < surface_level(scan) < 0.38
    assert surface_level(ball().astype(float)) == 0.5


@pytest.mark.parametrize("voxels", [False, True])
@pytest.mark.parametrize("sign", ["magnitude", "signed"])
def test_one_scene_holds_all_thresholds_and_groups(voxels, sign):
    shown = ball().astype(np.float32)
    heat = shown * noise(shown.shape)
    heat = heat if sign == "signed" else np.abs(heat)
    figure = scene.figure(
        shown, Heat(heat), Look(sign=sign), ends=ENDS, voxels=voxels,
        groups={"Coarse": Heat(heat / 2), "Fine": Heat(heat / 3)},
    )  # fmt: skip
    glass, *surfaces = figure.data
    assert glass.opacity < 0.5
    assert len(surfaces) == 3 * len(SHARES)
    assert {trace.scene for trace in figure.data} == {None}  # one scene, one context of WebGL
    assert sum(bool(trace.visible) for trace in surfaces) == 3
    assert sum(bool(trace.visible) and trace.opacity == 1 for trace in surfaces) == 1
    assert len(figure.to_json()) < 2_000_000
    sizes = [len(numbers(trace.i)) for trace in surfaces[: len(SHARES)]]
    assert sizes[0] == 0
    assert sizes[1] < sizes[2] < sizes[3]
    shares = [(numbers(trace.intensity) > 0).mean() for trace in surfaces[3 : len(SHARES)]]
    assert all(0.1 < share < 0.9 if sign == "signed" else share == 1 for share in shares)


def test_the_slider_and_the_buttons_change_different_things():
    heat = np.abs(noise((12, 12, 12)))
    figure = scene.figure(heat, Heat(heat), Look(), ends=ENDS, groups={"Fine": Heat(heat)})
    (slider,), (cameras, levels) = figure.layout.sliders, figure.layout.updatemenus
    count = 2 * len(SHARES)
    assert [step.label for step in slider.steps] == [f"{100 * share:g} %" for share in SHARES]
    for nth, step in enumerate(slider.steps):
        changes, traces = step.args
        assert step.method == "restyle"
        assert set(changes) == {"visible"}
        assert list(traces) == list(range(1, count + 1))
        assert [i % len(SHARES) for i, on in enumerate(changes["visible"]) if on] == [nth, nth]
    assert [button.label for button in levels.buttons] == ["Together", "Fine"]
    assert all(set(button.args[0]) == {"opacity"} for button in levels.buttons)
    assert levels.buttons[1].args[0]["opacity"] == [0.0] * len(SHARES) + [1.0] * len(SHARES)
    assert [button.label for button in cameras.buttons] == ["Front", "Top", "Side", "Iso"]
    assert all(button.method == "relayout" for button in cameras.buttons)
    assert all("scene.camera" in button.args[0] for button in cameras.buttons)


@pytest.mark.parametrize(("ends", "eye"), [(ENDS, -1), (HEAD, 1), ((), -1)])
def test_the_front_is_where_the_front_is(ends, eye):
    heat = np.abs(noise((8, 8, 8)))
    figure = scene.figure(heat, Heat(heat), Look(), ends=ends)
    front = figure.layout.updatemenus[0].buttons[0].args[0]["scene.camera"]["eye"]
    assert np.sign(front["y"]) == eye


def test_axes_have_true_proportions_their_unit_and_what_lies_at_their_ends():
    heat = np.abs(noise((10, 20, 8)))
    full = np.ones_like(heat)
    figure = scene.figure(full, Heat(heat), Look(), spacing=(1.0, 0.5, 2.5), unit="mm", ends=HEAD)
    aspect = figure.layout.scene.aspectratio
    assert (aspect.y / aspect.x, aspect.z / aspect.x) == (1, 2)
    z = figure.layout.scene.zaxis
    assert z.title.text == "I–S, mm"
    assert z.ticktext[-1] == "S"
    x = figure.layout.scene.xaxis
    assert (x.ticktext[0], x.ticktext[-1]) == ("L", "R")
    assert z.range == (-1.25, 18.75)
    assert max(numbers(trace.z).max(initial=0) for trace in figure.data) <= 18.75 + 0.1
    unknown = scene.figure(heat, Heat(heat), Look())
    assert unknown.layout.scene.xaxis.title.text == "axis 0, voxels"


def test_what_is_reduced_for_the_browser_is_said_and_lies_in_its_place():
    shown = np.zeros((100, 30, 30), np.float32)
    shown[40:80, 10:20, 10:20] = 1
    figure = scene.figure(shown, Heat(shown * 0.5), Look(), voxels=True)
    said = " ".join(note.text for note in figure.layout.annotations)
    assert "34 × 30 × 30 cells for 100 × 30 × 30 voxels" in said
    x = numbers(figure.data[0].x)
    assert (x.min(), x.max()) == (pytest.approx(38.5, abs=1.6), pytest.approx(79.5, abs=1.6))
    whole = scene.figure(shown[:40], Heat(shown[:40]), Look(), voxels=True)
    assert "cells for" not in " ".join(note.text for note in whole.layout.annotations)


def test_groups_keep_their_surfaces_when_the_chosen_bands_change(monkeypatch):
    made = []
    monkeypatch.setattr(
        scene,
        "magnitude_threshold",
        lambda heat, share: made.append(share) or magnitude_threshold(heat, share),
    )
    shown = ball().astype(np.float32)
    groups = {name: Heat(shown * np.abs(noise(shown.shape, n))) for n, name in enumerate("ab")}
    for seed in (2, 3):
        made.clear()
        scene.figure(shown, Heat(shown * np.abs(noise(shown.shape, seed))), Look(), groups=groups)
    assert made == list(SHARES)


def test_an_empty_object_is_said_and_no_attribution_draws_nothing():
    nothing = np.zeros((6, 6, 6), np.float32)
    figure = scene.figure(nothing, Heat(nothing), Look())
    assert "no surface" in figure.layout.annotations[0].text
    assert not any(len(numbers(trace.i)) for trace in figure.data)


def test_dense_noise_stays_below_two_megabytes():
    heat = noise((64, 64, 64))
    groups = {
        name: Heat(noise((64, 64, 64), seed)) for seed, name in enumerate(("Fine", "Middle"), 1)
    }
    figure = scene.figure(
        np.abs(heat) / 5, Heat(heat), Look(sign="signed"), groups=groups, voxels=True
    )
    assert len(figure.to_json()) < 2_000_000
    assert "cells for 64 × 64 × 64 voxels" in figure.layout.annotations[0].text
