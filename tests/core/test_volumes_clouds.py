"""Clouds of points of scanners, and meshes with cavities or faces of several lengths."""

import io
import json
import struct

import numpy as np
import pytest
import trimesh
from volumes import BOX, CLOUD, meshed, npz

from wam_core.errors import InputError
from wam_core.signals import Limits, clouds, ply
from wam_core.signals.intake import decode as read

COARSE = Limits(mesh_cells=34)
BALL = trimesh.creation.icosphere(subdivisions=2)


def pcd(points, how):
    """With a field between y and z, so that columns are found by their names."""
    fields, sizes, kinds = ("x y intensity z", "4 4 2 4", "F F U F")
    row = np.dtype([("x", "<f4"), ("y", "<f4"), ("i", "<u2"), ("z", "<f4")])
    table = np.zeros(len(points), row)
    table["x"], table["y"], table["z"] = points.T
    head = (
        f"# .PCD v0.7\nVERSION 0.7\nFIELDS {fields}\nSIZE {sizes}\nTYPE {kinds}\nCOUNT 1 1 1 1\n"
        f"WIDTH {len(points)}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {len(points)}\nDATA {how}\n"
    ).encode()
    if how == "ascii":
        rows = (f"{x:.7g} {y:.7g} 3 {z:.7g}" for x, y, z in points)
        return head + "\n".join(rows).encode() + b"\n"
    if how == "binary":
        return head + table.tobytes()
    columns = b"".join(table[name].tobytes() for name in row.names)
    packed = literals(columns)
    return head + struct.pack("<II", len(packed), len(columns)) + packed


def literals(data):
    """LZF without any copy."""
    out = b""
    for at in range(0, len(data), 32):
        part = data[at : at + 32]
        out += bytes([len(part) - 1]) + part
    return out


@pytest.mark.parametrize("how", ["ascii", "binary", "binary_compressed"])
def test_pcd(how):
    data = pcd(CLOUD.astype(np.float32), how)
    assert clouds.kind(data) == "PCD"
    mesh = clouds.decode(data, "PCD", "p.pcd", Limits())
    np.testing.assert_allclose(mesh.corners, CLOUD, rtol=1e-5, atol=1e-6)
    assert read(data, "p.pcd").modality == "volume"
    with pytest.raises(InputError, match="cut short|announces"):
        read(data[: len(data) // 2], "p.pcd")


def test_lzf_copies_what_it_writes():
    body = struct.pack("<II", 5, 12) + bytes([0, 7, 0xE0, 2, 0])
    assert clouds._lzf(body, 12, "p") == bytes([7] * 12)


def las(points, form=0, version=2):
    scale, offset, row = np.array([0.001, 0.002, 0.001]), np.array([100.0, 0, -5]), 20
    header = bytearray(227)
    header[:4] = b"LASF"
    header[24:26] = bytes([1, version])
    struct.pack_into("<HIIBHI", header, 94, 227, 227, 0, form, row, len(points))
    struct.pack_into("<6d", header, 131, *scale, *offset)
    rows = np.zeros((len(points), row), np.uint8)
    whole = np.rint((points - offset) / scale).astype("<i4")
    rows[:, :12] = whole.view(np.uint8).reshape(len(points), 12)
    return bytes(header) + rows.tobytes()


def test_las():
    data = las(CLOUD)
    found = clouds.decode(data, clouds.kind(data), "p.las", Limits()).corners
    np.testing.assert_allclose(found, CLOUD, atol=2e-3)
    with pytest.raises(InputError, match="LAZ"):
        read(las(CLOUD, form=0x80), "p.laz")
    with pytest.raises(InputError, match="cut short"):
        read(data[:-30], "p.las")


def test_kitti_is_told_from_other_numbers():
    generator = np.random.default_rng(3)
    rows = np.column_stack([generator.normal(0, 20, (400, 3)), generator.random(400)])
    data = rows.astype("<f4").tobytes()
    assert clouds.kind(data) == "KITTI" and read(data, "000.bin").modality == "volume"
    for other in (
        generator.integers(0, 256, 6400, dtype=np.uint8).tobytes(),
        np.arange(1600, dtype="<i4").tobytes(),
        bytes(6400),
        np.full(1600, 0.5, "<f4").tobytes(),
    ):
        assert clouds.kind(other) is None


@pytest.mark.parametrize("order", ["little", "big"])
def test_ply_with_faces_of_several_lengths(order):
    sign = "<" if order == "little" else ">"
    corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    faces = [
        (0, 1, 3, 2),
        (4, 6, 7, 5),
        (0, 4, 5, 1),
        (2, 3, 7, 6),
        (0, 2, 6),
        (0, 6, 4),
        (1, 5, 7, 3),
    ]
    head = (
        f"ply\nformat binary_{order}_endian 1.0\nelement vertex 8\nproperty float x\n"
        "property uchar red\nproperty float y\nproperty float z\n"
        f"element face {len(faces)}\nproperty uchar flag\nproperty list uchar int vertex_indices\n"
        "property short more\nend_header\n"
    ).encode()
    body = b"".join(struct.pack(f"{sign}fBff", x, 9, y, z) for x, y, z in corners)
    for face in faces:
        body += struct.pack(f"{sign}BB{len(face)}ih", 1, len(face), *face, 5)
    points, triangles = ply.mixed_faces(head + body, "m.ply", 100)
    assert (points == corners).all() and len(triangles) == 12
    assert trimesh.Trimesh(points, triangles).volume == pytest.approx(1)
    with pytest.raises(InputError, match="more than 5 triangles"):
        ply.mixed_faces(head + body, "m.ply", 5)
    with pytest.raises(InputError, match="cut short"):
        ply.mixed_faces(head + body[:-9], "m.ply", 100)


def nested(*radii):
    """Balls inside each other, every second one with its faces inwards."""
    parts = []
    for at, radius in enumerate(radii):
        part = BALL.copy()
        part.apply_scale(radius)
        if at % 2:
            part.invert()
        parts.append(part)
    return trimesh.util.concatenate(parts)


@pytest.mark.parametrize("inverted", [False, True])
def test_cavities_stay_empty_and_what_lies_in_them_is_filled(inverted):
    mesh = nested(1, 0.7, 0.3)
    if inverted:
        mesh.invert()
    values = read(meshed(mesh, "stl"), "n.stl", COARSE).values[0]
    middle = values[:, 17, 17]
    place = (np.arange(34) - 16.5) / 16
    assert middle[np.abs(place) < 0.2].all()
    assert not middle[(np.abs(place) > 0.42) & (np.abs(place) < 0.58)].any()
    assert middle[(np.abs(place) > 0.78) & (np.abs(place) < 0.9)].all()


def test_bodies_that_overlap_are_filled_both():
    moved = BOX.copy()
    moved.apply_translation((0.5, 0, 0))
    values = read(meshed(trimesh.util.concatenate([BOX, moved]), "stl"), "two.stl", COARSE).values[
        0
    ]
    assert values[1:-1, 1:-1, 1:-1].all()


def test_glb_and_gltf():
    scene = trimesh.Scene()
    scene.add_geometry(BOX, transform=trimesh.transformations.translation_matrix((5, 0, 0)))
    scene.add_geometry(BOX)
    data = scene.export(file_type="glb")
    signal = read(data, "two.glb", COARSE)
    assert "24 triangles" in signal.notes[0] and signal.size[0] == max(signal.size)
    files = scene.export(file_type="gltf")
    with pytest.raises(InputError, match="in a second file"):
        read(files["model.gltf"], "m.gltf")
    tree = json.loads(files["model.gltf"])
    assert tree["buffers"]


def test_points_in_numpy_files():
    table = np.column_stack([CLOUD, CLOUD])
    assert read(npz(points=CLOUD), "p.npz").modality == "volume"
    out = io.BytesIO()
    np.save(out, table)
    assert "Of 6 columns" in read(out.getvalue(), "p.npy").notes[0]
    out = io.BytesIO()
    np.save(out, table.T)
    with pytest.raises(InputError, match=r"points \(n, 3 to 6\) are accepted"):
        read(out.getvalue(), "p.npy")
    picture = np.zeros((3, 40, 32), np.uint8)
    out = io.BytesIO()
    np.save(out, picture)
    with pytest.raises(InputError, match="reads as colours"):
        read(out.getvalue(), "p.npy")
