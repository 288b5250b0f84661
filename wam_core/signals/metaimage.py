"""NRRD and MetaImage: the header read here, the numbers by SimpleITK, which is an optional extra."""

import re
import tempfile
from pathlib import Path

import numpy as np

from wam_core.errors import InputError
from wam_core.signals.grid import Grid, check_size
from wam_core.signals.limits import Limits, bytes_text, size_text

_HEADER_WITHIN = 2**16
_META = re.compile(rb"\A\s*(?:Comment\s*=[^\n]*\n\s*)?(?:ObjectType\s*=\s*Image|NDims\s*=)")
_BEST_RATIO = 1100  # of deflate
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def kind(data: bytes) -> str | None:
    """NRRD or MetaImage, by the first bytes."""
    if re.match(rb"NRRD000[1-5]\r?\n", data[:16]):
        return "NRRD"
    return "MetaImage" if _META.match(data[:512]) else None


def decode(data: bytes, name: str, limits: Limits) -> Grid:
    """One volume in canonical orientation.

    Raises:
        InputError: SimpleITK is not installed; the numbers are in another file; another rank,
            too large, damaged.
    """
    form = kind(data)
    fields = _nrrd(data) if form == "NRRD" else _meta(data)
    outside = (
        fields.get("data file", fields.get("datafile"))
        if form == "NRRD"
        else _other_file(fields.get("elementdatafile", ""))
    )
    if outside is not None:
        raise InputError(
            f"the numbers of {name} are in a second file; a single .nrrd or .mha file that holds "
            "them itself is accepted"
        )
    sides = fields.get("sizes" if form == "NRRD" else "dimsize", "").split()
    if not sides or not all(side.isdigit() for side in sides):
        raise InputError(f"{name} is a damaged {form} file: its header names no sizes")
    size = tuple(int(side) for side in sides)
    match size:
        case (_, _, _):
            check_size(size, name, limits)
        case _:
            raise InputError(
                f"{name} has {len(size)} axes, {size_text(size)}; a volume of three is accepted"
            )
    if int(np.prod(size)) > _BEST_RATIO * len(data):
        raise InputError(
            f"{name} claims {size_text(size)} voxels but has only {bytes_text(len(data))}, "
            "so it is cut short or damaged"
        )
    channels = fields.get("elementnumberofchannels", "1")
    if channels != "1":
        raise InputError(f"{name} holds {channels} values a voxel; one number a voxel is accepted")
    return _read(data, ".nrrd" if form == "NRRD" else ".mha", name, size)


def _read(data: bytes, ending: str, name: str, size: tuple[int, ...]) -> Grid:
    try:
        import SimpleITK as sitk  # noqa: N813  (its own documentation calls it so)
    except ImportError:
        raise InputError(
            f"{name} is an NRRD or MetaImage volume, which needs an extra on this machine: "
            "pip install 'wam-explorer[nrrd]'"
        ) from None
    from wam_core.signals.orientation import canonical

    with tempfile.TemporaryDirectory() as folder:  # it reads only what has a path
        file = Path(folder) / f"volume{ending}"
        file.write_bytes(data)
        reader = sitk.ImageFileReader()
        reader.SetImageIO("NrrdImageIO" if ending == ".nrrd" else "MetaImageIO")
        reader.SetFileName(str(file))
        picture = reader.Execute()
    if picture.GetNumberOfComponentsPerPixel() != 1 or picture.GetSize() != size:
        raise InputError(f"{name} holds several values a voxel; one number a voxel is accepted")
    values = sitk.GetArrayFromImage(picture).transpose(2, 1, 0)
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(picture.GetDirection(), (3, 3)) * picture.GetSpacing()
    affine[:3, 3] = picture.GetOrigin()
    turned, frame, notes = canonical(values, _LPS_TO_RAS @ affine)
    return Grid(turned, frame, notes)


def _nrrd(data: bytes) -> dict[str, str]:
    """The fields before the first empty line; several lines of one field do not occur here."""
    head = re.split(rb"\r?\n\r?\n", data[:_HEADER_WITHIN], maxsplit=1)[0].decode("latin-1")
    pairs = (line.partition(": ") for line in head.splitlines()[1:] if not line.startswith("#"))
    return {key.strip().lower(): value.strip() for key, _, value in pairs if value}


def _meta(data: bytes) -> dict[str, str]:
    """The fields up to ElementDataFile, which is the last."""
    fields = {}
    for line in data[:_HEADER_WITHIN].splitlines():
        key, sign, value = line.decode("latin-1").partition("=")
        if not sign:
            break
        fields[key.strip().lower()] = value.strip()
        if key.strip().lower() == "elementdatafile":
            break
    return fields


def _other_file(place: str) -> str | None:
    return None if place.upper() == "LOCAL" else place
