"""NIfTI, both ways: the header by nibabel, the numbers as a stream with a known end."""

import gzip
import io
from typing import Any

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError
from wam_core.signals.frame import Frame
from wam_core.signals.grid import Grid, Item, check_size, check_type, which
from wam_core.signals.limits import Limits, bytes_text, size_text

_HEADERS = {348: "Nifti1Header", 540: "Nifti2Header"}
_MM = {"meter": 1000.0, "mm": 1.0, "micron": 0.001}
# Deflate cannot do better, so who claims more is lying.
_BEST_RATIO = 1100
_CHECKSUM_WITHIN = 2**20


def decode(data: bytes, name: str, limits: Limits, item: Item | None = None) -> Grid:
    """One volume of a NIfTI-1 or NIfTI-2 file, plain or in gzip, in canonical orientation.

    The header's claim is checked first; of a compressed file no more is unpacked than leads to the
    end of the volume that is wanted. Slope and intercept are applied. Of a 4-D series one volume
    is read. Lengths in metres or microns become mm.

    Raises:
        InputError: a pair of files, another rank, colours or complex numbers, too large, cut short.
    """
    import nibabel as nib  # only who needs it waits for it

    packed = data[:2] == b"\x1f\x8b"
    file = gzip.GzipFile(fileobj=io.BytesIO(data)) if packed else io.BytesIO(data)
    head = file.read(540)
    order = "<" if int.from_bytes(head[:4], "little") in _HEADERS else ">"
    length = int.from_bytes(head[:4], "little" if order == "<" else "big")
    if head[344:347] == b"ni1" or head[4:7] == b"ni2":
        raise InputError(
            f"{name} is one half of a pair of NIfTI files (.hdr and .img); "
            "a single .nii or .nii.gz file is accepted"
        )
    header = getattr(nib, _HEADERS[length])(head[:length], endianness=order, check=False)
    size, count = _shape(header, name)
    check_size(size, name, limits)
    dtype = header.get_data_dtype()
    check_type(dtype, name)
    series = (("volume", count),) if count > 1 else ()
    chosen = which((("volume", count),), item, name)

    voxels = int(np.prod(size))
    start = max(int(header["vox_offset"]), length + 4) + chosen[1] * voxels * dtype.itemsize
    end = start + voxels * dtype.itemsize
    held = _BEST_RATIO * len(data) if packed else len(data)
    if end > held:
        raise InputError(
            f"{name} claims {size_text(size)} voxels of {dtype.itemsize} bytes but has only "
            f"{bytes_text(len(data))}, so it is cut short or damaged"
        )
    if end > limits.inflated_bytes:
        raise InputError(
            f"volume {chosen[1]:,} of {name} begins after {bytes_text(start)} of others; "
            f"the first {bytes_text(limits.inflated_bytes)} are read"
        )
    file.seek(start)
    raw = file.read(end - start)
    if len(raw) < end - start:
        raise InputError(f"{name} is cut short: it ends before its {size_text(size)} voxels do")
    if packed:
        file.read(_CHECKSUM_WITHIN)  # gzip's checksum stands at the end
    stored: npt.NDArray[Any] = np.frombuffer(raw, dtype).reshape(size, order="F")
    slope, intercept = header.get_slope_inter()
    if slope is not None and (slope, intercept) != (1.0, 0.0):
        # a product beyond double precision becomes infinite, and is named when values are checked
        with np.errstate(over="ignore", invalid="ignore"):
            stored = stored.astype(np.float64) * slope + intercept
    values, frame, notes = _placed(stored, header)
    if series:
        notes = (f"The file holds {count:,} volumes.", *notes)
    return Grid(values, frame, notes, series, chosen if series else None)


def encode_nifti(values: npt.NDArray[Any], affine: npt.NDArray[np.floating] | None = None) -> bytes:
    """The .nii.gz file of a volume; equal volumes give equal bytes.

    Args:
        values: (a, b, c), uint8 or anything that float32 can hold.
        affine: 4 × 4, voxel indices → mm, RAS+; voxels of 1 mm where none is given.

    Raises:
        InputError: not of that shape.
    """
    import nibabel as nib

    if values.ndim != 3 or not values.size:
        raise InputError(
            f"a volume of shape {values.shape} was given; three axes, none of them empty, "
            "are expected"
        )
    matrix = np.eye(4) if affine is None else np.asarray(affine, np.float64)
    numbers = values if values.dtype == np.uint8 else values.astype(np.float32)
    picture = nib.Nifti1Image(numbers, matrix)
    picture.header.set_xyzt_units("mm")
    return gzip.compress(picture.to_bytes(), mtime=0)


def _shape(header: Any, name: str) -> tuple[tuple[int, int, int], int]:
    """The sides of one volume, and how many there are."""
    rank, *sides = (int(side) for side in header["dim"])
    shape = tuple(sides[: max(rank, 0)])
    match shape:
        case (a, b, c, *more) if min(a, b, c) > 0 and all(side == 1 for side in more[1:]):
            return (a, b, c), max(more[0], 1) if more else 1
    if not 1 <= rank <= 7 or min(shape) < 1:
        raise InputError(f"{name} declares sides of {list(shape)}, which no volume can have")
    raise InputError(
        f"{name} has {rank} axes, {size_text(shape)}; volumes of three axes and series of them, "
        "along a fourth, are accepted"
    )


def _placed(
    values: npt.NDArray[Any], header: Any
) -> tuple[npt.NDArray[Any], Frame, tuple[str, ...]]:
    """The volume in canonical order, or in the file's where that does not know its place."""
    from wam_core.signals.orientation import canonical

    units = header.get_xyzt_units()[0] if int(header["xyzt_units"]) & 7 in (1, 2, 3) else ""
    scale = np.diag([*[_MM.get(units, 1.0)] * 3, 1.0])
    notes: tuple[str, ...] = ()
    if units in ("meter", "micron"):
        notes = (f"Lengths in {units}s became millimetres.",)
    if int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0:
        try:
            turned, frame, found_notes = canonical(values, scale @ header.get_best_affine())
            return turned, frame, notes + found_notes
        except ValueError:  # nibabel's own errors about quaternions are ValueErrors as well
            notes += ("The orientation in the file is not usable, and is left out.",)
    else:
        notes += ("The file does not say which way its axes point.",)
    steps = [abs(float(step)) * scale[0, 0] for step in header["pixdim"][1:4]]
    steps = [step if 0 < step < float("inf") else 1.0 for step in steps]
    return values, Frame((steps[0], steps[1], steps[2]), "mm"), notes
