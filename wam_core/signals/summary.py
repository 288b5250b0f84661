"""What a decoded file holds, in a few numbers: for checking that it was read rightly."""

from typing import Any

import numpy as np
import numpy.typing as npt

from wam_core.signals.signal import IMAGE, VOLUME, Signal

_FIRST = 5


def summary(signal: Signal) -> dict[str, Any]:
    """Shape, statistics and first values of a signal, ready for JSON.

    An image is (rows, columns, 3) from 0 to 255, a sound (channel, sample), a volume (a, b, c) in
    the order and the orientation of its file. ``centre`` is the value in the middle: of an image
    three, of a sound one for each channel. ``spacing`` has the order of the shape.

    >>> white = Signal(np.full((3, 2, 2), 255, np.uint8), "image", "white", "")
    >>> summary(white)["shape"], summary(white)["mean"], summary(white)["centre"]
    ([2, 2, 3], 255.0, [255, 255, 255])
    """
    values, spacing = _as_in_file(signal)
    places: npt.NDArray[Any] = values
    line: dict[str, Any] = {
        "kind": signal.modality,
        "shape": list(values.shape),
        "mean": float(values.mean(dtype=np.float64)),
        "min": values.min().item(),
        "max": values.max().item(),
        "first": values.ravel()[:_FIRST].tolist(),
    }
    if signal.modality == IMAGE:
        line["centre"] = places[values.shape[0] // 2, values.shape[1] // 2].tolist()
    elif signal.modality == VOLUME:
        line["centre"] = places[tuple(side // 2 for side in values.shape)].item()
    else:
        line["centre"] = places[..., values.shape[-1] // 2].tolist()
    if signal.frame is not None:
        line["spacing"], line["unit"] = spacing, signal.frame.unit
    if signal.rate:
        line["rate"] = signal.rate
    if signal.series:
        line["series"] = [list(part) for part in signal.series]
        line["item"] = None if signal.item is None else list(signal.item)
    return line | {"notes": list(signal.notes)}


def _as_in_file(signal: Signal) -> tuple[npt.NDArray[Any], list[float]]:
    """The values and the distances along their axes."""
    if signal.modality == IMAGE:
        return signal.values.transpose(1, 2, 0), []
    if signal.modality != VOLUME or signal.frame is None:
        return signal.values, []
    if signal.frame.stored is None:
        return signal.values[0], list(signal.frame.spacing)
    from wam_core.signals.orientation import as_stored

    values, affine = as_stored(signal.values[0], signal.frame)
    steps = np.linalg.norm(affine[:3, :3], axis=0)
    return values, [round(float(step), 6) for step in steps]
