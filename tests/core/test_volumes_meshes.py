"""Meshes and points → voxels in the right places."""

import builtins
import io
import os
import time
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from volumes import BOX, CLOUD, MESHES, meshed, npy, xyz

from wam_core.errors import InputError
from wam_core.signals import Limits
from wam_core.signals.intake import decode as read
from wam_core.signals.signal import Signal
from wam_core.signals.solids import filled, upright

pytestmark = pytest.mark.slow

SPHERE = trimesh.creation.icosphere(subdivisions=4)
TORUS = trimesh.creation.torus(2, 0.5)
LONGEST = Limits().mesh_cells


def refusal(data, name="part", limits=None):
    with pytest.raises(InputError) as caught:
        read(data, name, limits or Limits())
    message = str(caught.value)
    assert name in message and "\n" not in message and ". " not in message
    return message


def off(vertices, faces):
    rows = [f"{len(vertices)} {len(faces)} 0", *(" ".join(map(str, v)) for v in vertices)]
    rows += [" ".join(map(str, (len(face), *face))) for face in faces]
    return ("OFF\n" + "\n".join(rows) + "\n").encode()


@pytest.mark.parametrize("form", MESHES)
def test_a_box_fills_exactly_its_sides(form):
    signal = read(meshed(BOX, form), f"box.{form}")
    assert signal.modality == "volume" and signal.values.dtype == np.uint8
    assert signal.size == (34, 65, LONGEST)  # 1 : 2 : 3, and an empty voxel at either end
    inner = signal.values[0, 1:-1, 1:-1, 1:-1]
    assert inner.all() and signal.values.sum() == inner.size
    assert signal.frame.ends == (("left", "right"), ("front", "back"), ("bottom", "top"))
    assert signal.frame.isotropic and signal.frame.unit == "" and signal.frame.affine is None
    assert signal.notes == (
        "12 triangles became 34 × 65 × 96 voxels, each 0.0319 of the file's units wide.",
        "The mesh is watertight: what it encloses is filled.",
    )


@pytest.mark.parametrize("form", MESHES)
def test_a_sphere_has_its_volume(form):
    signal = read(meshed(SPHERE, form), "ball")
    pitch = 2 / (LONGEST - 2)
    # whatever the surface touches is filled: half a voxel more all around
    assert signal.values.sum() * pitch**3 == pytest.approx(4 / 3 * np.pi, rel=0.05)
    assert signal.values.sum() * pitch**3 == pytest.approx(
        4 / 3 * np.pi * (1 + pitch / 2) ** 3, rel=0.01
    )


@pytest.mark.parametrize("axis", range(3))
def test_axes_are_not_exchanged(axis):
    """A ring around an axis is flat along it, and a line through its middle meets nothing."""
    ring = TORUS.copy()
    ring.vertices = np.roll(ring.vertices, axis + 1, axis=1)  # z comes to stand at ``axis``
    voxels = read(meshed(ring, "stl"), "ring").values[0]
    assert voxels.shape[axis] == min(voxels.shape) == 21
    middle = [side // 2 for side in voxels.shape]
    middle[axis] = slice(None)
    assert not voxels[tuple(middle)].any()
    pitch = 5 / (LONGEST - 2)
    assert voxels.sum() * pitch**3 == pytest.approx(2 * np.pi**2 * 2 * 0.25, rel=0.15)


def test_nothing_is_mirrored_and_up_is_up():
    blocks = [((0, 0, 0), (4, 4, 1)), ((0, 0, 0), (1, 1, 4)), ((3, 0, 0), (1, 1, 2))]
    parts = []
    for low, extent in blocks:
        part = trimesh.creation.box(extent)
        part.apply_translation(np.array(low) + np.array(extent) / 2)
        parts.append(part)
    voxels = read(meshed(trimesh.util.concatenate(parts), "off"), "chair").values[0]
    places = ((0.5, 0.5, 3.5), (3.5, 0.5, 1.5), (3.5, 0.5, 3.5), (0.5, 3.5, 1.5), (3.5, 3.5, 0.5))
    at = [tuple(int(1 + axis * 94 / 4) for axis in place) for place in places]
    assert [int(voxels[place]) for place in at] == [1, 1, 0, 0, 1]


def test_a_mesh_with_a_hole_is_a_shell_until_it_is_filled():
    fine = trimesh.creation.icosphere(subdivisions=6)
    signal = read(meshed(replace_faces(fine, fine.faces[1:]), "ply"), "ball")
    assert signal.values[0, 48, 48, 48] == 0
    assert "not watertight" in signal.notes[1]
    solid = filled(signal)  # the hole is smaller than a voxel
    assert solid.edits == ("filled",) and solid.values[0, 48, 48, 48] == 1
    assert (solid.values >= signal.values).all() and solid.key != signal.key
    assert (solid.values == read(meshed(fine, "ply"), "b").values).all()
    assert solid.notes[-1].startswith("Filled: ") and filled(solid) is solid
    bowl = read(
        meshed(replace_faces(SPHERE, SPHERE.faces[: 3 * len(SPHERE.faces) // 4]), "off"), "b"
    )
    assert filled(bowl).notes[-1] == "Filling changed nothing: the voxels enclose no space."


def replace_faces(mesh, faces):
    return trimesh.Trimesh(mesh.vertices, faces, process=False)


def test_a_closed_surface_does_not_leak_at_any_angle():
    generator = np.random.default_rng(0)
    for _ in range(10):
        turned = trimesh.creation.box((1, 0.7, 0.4)).apply_transform(
            trimesh.transformations.random_rotation_matrix(generator.random(3))
        )
        signal = read(meshed(turned, "stl"), "box", Limits(mesh_cells=40))
        pitch = turned.extents.max() / 38
        assert signal.values.sum() * pitch**3 == pytest.approx(0.28, rel=0.25)
        assert signal.values.sum() * pitch**3 > 0.28


def test_of_overlapping_bodies_the_union_is_filled():
    both = trimesh.util.concatenate([BOX, BOX.copy().apply_translation((0.5, 0, 0))])
    voxels = read(meshed(both, "stl"), "both").values[0]
    assert voxels[1:-1, 1:-1, 1:-1].all()


def test_turning_upright():
    signal = read(meshed(BOX, "obj"), "box")
    assert upright(signal, "z") is signal
    turned = upright(signal, "y")
    assert turned.size == (34, 96, 65) and turned.edits == ("up y",)
    assert upright(signal, "x").size == (96, 65, 34) and upright(turned, "x").edits == ("up x",)
    assert turned.notes[-1] == "Turned so that the file's y axis points up."
    assert (upright(upright(signal, "x"), "z").values == signal.values).all()
    assert (upright(upright(signal, "x"), "y").values == turned.values).all()
    assert upright(turned, "z").edits == () and upright(turned, "z").notes == signal.notes
    values = np.arange(24.0).reshape(1, 2, 3, 4)
    numbered = Signal.from_values(values, "volume", "n")
    for axis, up in enumerate("xyz"):
        result = upright(numbered, up).values[0]
        steps = {"x": 12, "y": 4, "z": 1}
        assert (np.diff(result, axis=2) == steps[up]).all(), axis
        # a rotation: the three steps keep their handedness
        walk = [np.sign(np.diff(result, axis=at).ravel()[0]) for at in range(3)]
        order = [sorted(steps.values(), reverse=True).index(abs(np.diff(result, axis=at).ravel()[0]))
                 for at in range(3)]  # fmt: skip
        parity = np.linalg.det(np.eye(3)[order])
        assert np.prod(walk) * parity > 0
    with pytest.raises(InputError, match="a volume is expected"):
        upright(Signal.from_values(np.zeros((1, 9)), "sound", "hum"), "x")
    with pytest.raises(InputError, match="more than two values"):
        filled(numbered)


def test_spacing_turns_along():
    signal = Signal.from_values(np.ones((1, 2, 3, 4), np.uint8), "volume", "n")
    signal = replace(signal, frame=read(meshed(BOX, "off"), "b").frame)
    signal = replace(signal, frame=replace(signal.frame, spacing=(1.0, 2.0, 3.0)))
    turned = upright(signal, "y")
    assert turned.size == (2, 4, 3) and turned.frame.spacing == (1, 3, 2)
    assert upright(turned, "z").frame.spacing == (1, 2, 3)


# What files look like in the wild.


def test_off_as_modelnet_has_it():
    text = meshed(BOX, "off")
    expected = read(text, "b").values
    for other in (
        text.replace(b"OFF\n", b"OFF"),
        text.replace(b"OFF\n", b"OFF \r\n# a comment\n\n"),
        text.replace(b"\n", b"\r\n"),
    ):
        assert (read(other, "b").values == expected).all()


def test_polygons_of_any_number_of_corners():
    corners = BOX.bounds
    vertices = [(x, y, z) for x in corners[:, 0] for y in corners[:, 1] for z in corners[:, 2]]
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mixed = [*quads[:5], (1, 5, 7), (1, 7, 3)]
    expected = read(meshed(BOX, "off"), "b").values
    v = "".join(f"v {x} {y} {z}\n" for x, y, z in vertices)
    head = "ply\nformat {}\nelement vertex 8\nproperty double x\nproperty double y\nproperty double z\n"
    for faces in (quads, mixed):
        assert (read(off(vertices, faces), "b").values == expected).all()
        f = "".join("f " + " ".join(f"{i + 1}/1/{i + 1}" for i in face) + "\n" for face in faces)
        assert (read((v + f).encode(), "b").values == expected).all()
        f = "".join("f " + " ".join(str(i - 8) for i in face) + "\n" for face in faces)
        assert (read((v + f).encode(), "b").values == expected).all()
        tail = f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
        for form, order in (("binary_little_endian 1.0", "<"), ("binary_big_endian 1.0", ">")):
            rows = b"".join(
                np.uint8(len(face)).tobytes() + np.array(face, f"{order}i4").tobytes()
                for face in faces
            )
            data = (head.format(form) + tail).encode() + np.array(vertices, f"{order}f8").tobytes()
            assert (read(data + rows, "b").values == expected).all()
        rows = "".join(" ".join(map(str, row)) + "\n" for row in vertices)
        rows += "".join(" ".join(map(str, (len(face), *face))) + "\n" for face in faces)
        data = (head.format("ascii 1.0") + tail + rows).encode()
        assert (read(data, "b").values == expected).all()


def test_parts_of_a_file_are_one_object():
    """Solids of an STL file, materials of an OBJ file, and edges beside the faces of a PLY file."""
    halves = [trimesh.creation.box(bounds=[(0, 0, at), (1, 1, at + 0.9)]) for at in (0.0, 1.0)]
    both = trimesh.util.concatenate(halves)
    expected = read(meshed(both, "off"), "b").values
    solids = b"".join(meshed(half, "stl text") for half in halves).replace(
        b"solid", b"solid vertex"
    )
    assert (read(solids.replace(b"endsolid vertex", b"endsolid"), "b").values == expected).all()
    lines = meshed(both, "obj").splitlines()
    named = b"\n".join(
        b"usemtl m%d\ng part %d\n%s" % (at % 3, at, line) if line.startswith(b"f") else line
        for at, line in enumerate(lines)
    )
    assert (read(named, "b").values == expected).all()
    edged = meshed(both, "ply").replace(
        b"end_header", b"element edge 2\nproperty int vertex1\nproperty int vertex2\nend_header"
    )
    assert (read(edged + bytes(16), "b").values == expected).all()


def test_no_other_file_is_opened(monkeypatch):
    """OBJ names materials and PLY textures; neither they nor anything else is touched."""
    text = b"mtllib ../secret.mtl\nusemtl gold\n" + meshed(BOX, "obj")
    textured = [
        meshed(BOX, "ply").replace(b"element vertex", comment + b"\nelement vertex")
        for comment in (
            b"comment TextureFile http://127.0.0.1/secret.png",
            b"comment TextureFile ../secret.png",
        )
    ]
    for data in (text, *textured):  # modules are loaded at their first use
        read(data, "warm up")

    def refuse(*given, **named):
        pytest.fail(f"a file was opened: {given}")

    with monkeypatch.context() as patched:
        for owner, name in ((builtins, "open"), (io, "open"), (os, "open")):
            patched.setattr(owner, name, refuse)
        signals = [read(data, "gold") for data in (text, *textured)]
    assert all(signal.values.sum() == 32 * 63 * 94 for signal in signals)


def claiming(triangles):
    stl = meshed(BOX, "stl")
    return bytes(80) + triangles.to_bytes(4, "little") + stl[84:]


def test_a_false_number_of_triangles_is_told_from_the_size():
    start = time.monotonic()
    message = refusal(claiming(4_000_000_000))
    assert "claims 4,000,000,000 triangles" in message and time.monotonic() - start < 1
    assert "cut short" in refusal(meshed(BOX, "stl")[:-3])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (off([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 3)]), "damaged, incomplete or unusual OFF"),
        (off([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, -1)]), "damaged, incomplete or unusual OFF"),
        (b"ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\n"
         b"property float z\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n"
         b"0 0 0\n3 0 0 7\n", "names vertex 7, and it has 1"),
        (b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "damaged, incomplete or unusual OBJ"),
        (b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf -3 -2 -1\nv 0 0 1\nf -3 -2 -1\n", "counts vertices back"),
        (b"OFF\n3 2 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n3 0\n", "and has 3 and 1 of them"),
        (b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 zero\nvertex 0 1 0\n"
         b"endloop\nendfacet\nendsolid a\n", "damaged, incomplete or unusual STL"),
        (off([(1, 1, 1)] * 3, [(0, 1, 2)]), "no extent: all its points lie in one place"),
        (off([(0, 0, 0), (1, 0, 0), ("nan", 1, 0)], [(0, 1, 2)]), "NaN or infinite"),
        (off([(0, 0, 0), (1, 0, 0), ("1e999", 1, 0)], [(0, 1, 2)]), "NaN or infinite"),
        (b"OFF\n0 0 0\n", "no vertices"),
        (b"OFF\n", "without its numbers"),
        (b"OFF BINARY\n\0\0\0\1", "without its numbers"),
        (b"OFF\n3000000 1 0\n0 0 0\n", "3,000,000 vertices and 1 faces; at most 2,000,000"),
        (b"OFF\n300 1 0\n0 0 0\n", "announces 300 vertices"),
        (b"ply\nformat ascii 1.0\nelement vertex 4000000000\nproperty float x\nend_header\n",
         "4,000,000,000 vertices"),
        (b"ply\nformat binary_little_endian 1.0\nelement vertex 9\nproperty float x\n"
         b"property float y\nproperty float z\nend_header\n" + bytes(12), "is cut short"),
        (b"ply\nformat ascii 1.0\nelement vertex 1\nproperty float r\nend_header\n1\n",
         "damaged, incomplete or unusual PLY"),
        (b"ply\nformat odd 1.0\nend_header\n", "header makes no sense"),
        (b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\n", "without its end"),
        (b"solid a\nfacet\nendsolid\n", "no vertices"),
    ],
)  # fmt: skip
def test_what_is_no_object_is_named(data, words):
    assert words in refusal(data)


def test_degenerate_triangles_do_no_harm():
    flat = read(off([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 2), (0, 0, 1), (1, 1, 1)]), "flat")
    assert flat.size == (96, 96, 3) and flat.values[0, :, :, 1].sum() == flat.values.sum()
    assert "not watertight" in flat.notes[1]
    far = off([(0, 0, 0), (1, 0, 0), (0, 1, 0), (9e99, 0, 0)], [(0, 1, 2)])
    assert (read(far, "far").values == flat.values).all()  # a vertex that no face uses
    huge = off([(0, 0, 0), (1e38, 0, 0), (0, 1e38, 0)], [(0, 1, 2)])
    assert (read(huge, "huge").values == flat.values).all()


def test_triangles_without_end_are_refused_before_they_are_painted():
    corners = np.random.default_rng(0).random((3 * 40_000, 3)).astype(np.float32)
    rows = np.zeros(40_000, [("n", "<f4", 3), ("v", "<f4", (3, 3)), ("a", "<u2")])
    rows["v"] = corners.reshape(-1, 3, 3)
    data = b"mess".ljust(80) + (40_000).to_bytes(4, "little") + rows.tobytes()
    start = time.monotonic()
    assert "too many times over" in refusal(data)
    assert time.monotonic() - start < 2


# Points.


@pytest.mark.parametrize("form", ["XYZ", "NPY", "PLY", "OBJ"])
def test_points_fill_the_voxels_they_lie_in(form):
    points = np.array([(0, 0, 0), (0, 0, 1), (0, 2, 0), (4, 0, 0), (4, 2, 1.0)])
    data = {
        "XYZ": xyz(points),
        "NPY": npy(points),
        "PLY": meshed(trimesh.PointCloud(points), "ply"),
        "OBJ": "".join(f"v {x} {y} {z}\n" for x, y, z in points).encode(),
    }[form]
    signal = read(data, "cloud")
    a, b, c = signal.size
    assert a == 24 and b == 13 and c == 8 and signal.values.sum() == 5  # 22 voxels for 4 : 2 : 1
    filled_at = {tuple(place) for place in np.argwhere(signal.values[0])}
    low, high = (1, 1, 1), (a - 2, b - 2, c - 2)
    assert {low, high, (a - 2, 1, 1), (1, b - 2, 1), (1, 1, c - 2)} == filled_at
    assert signal.notes[0].startswith("5 points became 24 × 13 × 8 voxels")
    assert signal.frame.ends[2] == ("bottom", "top")


def ball(count):
    """Points all over a sphere, evenly, along a spiral."""
    turn = np.arange(count) * np.pi * (3 - np.sqrt(5))
    z = np.linspace(-1, 1, count)
    return np.stack([np.cos(turn), np.sin(turn), z], 1) * np.stack(
        [np.sqrt(1 - z**2)] * 2 + [z**0], 1
    )


def test_voxels_are_as_fine_as_a_cloud_is_dense():
    dense, sparse = read(npy(ball(24_000)), "d"), read(npy(ball(12_000)), "s")
    assert LONGEST > max(dense.size) > max(sparse.size) > 24
    solid = filled(dense)
    assert solid.values[0][tuple(side // 2 for side in solid.size)] == 1


def test_xyz_as_programs_write_it():
    expected = read(xyz(CLOUD), "c").values
    rows = xyz(CLOUD)
    for other in (
        b"200\n" + rows,
        b"x y z\n" + rows,
        b"# exported\n//X Y Z\n" + rows,
        rows.replace(b" ", b","),
        rows.replace(b"\n", b" 255 0 0\r\n"),
    ):
        assert (read(other, "c").values == expected).all()
    assert "not all its lines are points" in refusal(rows + b"1 2\n")
    assert "NaN" in refusal(rows + b"1 2 nan\n")
    assert "plain text" in refusal(b"1 2\n3 4\n5 6\n")
    assert "at most 150" in refusal(rows, limits=Limits(mesh_vertices=150))
    assert "no extent" in refusal(b"1 2 3\n" * 5)
