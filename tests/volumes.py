"""Volume files as other programs write them, for the tests of what comes in."""

import gzip
import io

import nibabel as nib
import numpy as np
import tifffile
import trimesh
from PIL import Image

NOISE = np.random.default_rng(0).random((5, 6, 7)).astype(np.float32)
OBLIQUE = nib.affines.from_matvec(
    nib.eulerangles.euler2mat(0.2, 0.1, 0.3) @ np.diag([-1.0, 2.0, 3.0]), [10, -20, 30]
)


def npy(values, version=None, **options):
    out = io.BytesIO()
    if version:
        np.lib.format.write_array(out, values, version=version)
    else:
        np.save(out, values, **options)
    return out.getvalue()


def npz(compressed=True, **arrays):
    out = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(out, **arrays)
    return out.getvalue()


def nifti(values=NOISE, affine=OBLIQUE, kind=nib.Nifti1Image, **header):
    """As nibabel writes it; fields of the header are changed afterwards, as it would correct them."""
    data = kind(values, affine).to_bytes()
    length = kind.header_class.sizeof_hdr
    fields = kind.header_class(data[:length], check=False)
    for field, value in header.items():
        fields[field] = value
    return fields.binaryblock + data[length:]


def tiff(pages, **options):
    out = io.BytesIO()
    tifffile.imwrite(out, pages, **options)
    return out.getvalue()


def tiff_by_pillow(pages, compression):
    out = io.BytesIO()
    first, *others = (Image.fromarray(page) for page in pages)
    first.save(out, "TIFF", save_all=True, append_images=others, compression=compression)
    return out.getvalue()


def meshed(mesh, form):
    """A mesh as trimesh writes it."""
    if form == "ply text":
        text = mesh.export(file_type="ply", encoding="ascii")
    else:
        text = mesh.export(file_type={"stl text": "stl_ascii"}.get(form, form))
    return text.encode() if isinstance(text, str) else text


def xyz(points):
    return "".join(f"{x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in points).encode()


MESHES = ("off", "stl", "stl text", "ply", "ply text", "obj")
BOX = trimesh.creation.box((1, 2, 3))
CLOUD = np.random.default_rng(1).normal(size=(200, 3))
PAGES = np.random.default_rng(2).integers(0, 65535, (5, 8, 9), dtype=np.uint16)

FORMATS = {
    "NPY": npy(NOISE),
    "NPY points": npy(CLOUD),
    "NPZ": npz(test_images=NOISE[None], train_images=NOISE[None] * 2),
    "NPZ stored": npz(False, volume=NOISE > 0.5),
    "NIfTI": nifti(),
    "NIfTI-2": nifti(kind=nib.Nifti2Image),
    "NIfTI in gzip": gzip.compress(nifti((NOISE * 100).astype(np.int16))),
    "TIFF": tiff(PAGES),
    "TIFF deflate": tiff(PAGES, compression="zlib", predictor=True),
    "TIFF LZW": tiff_by_pillow((PAGES >> 8).astype(np.uint8), "tiff_lzw"),
    "PLY points": meshed(trimesh.PointCloud(CLOUD), "ply"),
    "XYZ": xyz(CLOUD),
    **{form: meshed(BOX, form) for form in MESHES},
}
