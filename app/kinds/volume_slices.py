"""A volume and its attribution for the slice viewer, on screens, in reports and in files."""

from torch import Tensor

from app.figures import captions
from app.figures.slicer import Heat, Slices, windows
from app.figures.units import Groups
from app.kinds.received import axis_ends, volume_units, volume_voxels
from wam_core import Classifier, Signal, WaveletAttribution, export
from wam_core.views import profile

_EMPTY_TO_FULL = (0.0, 1.0)


def of_result(
    result: WaveletAttribution, net: Classifier, signal: Signal, groups: Groups
) -> Slices:
    """What the network receives, with the bands of the attribution over it.

    Args:
        result: what was found.
        net, signal: with what, of what.
        groups: bands that are shown together, by name.
    """
    values, grid = volume_voxels(net, result.input), export.network_grid(net, signal)
    units = volume_units(net, result.layout, signal)
    solid = bool(((values == 0) | (values == 1)).all())
    return Slices(
        values,
        Heat.of_bands(result.attribution, units, groups),
        window=None if solid else _EMPTY_TO_FULL,
        presets={} if solid else {"Empty to full": _EMPTY_TO_FULL, **windows(values)},
        spacing=grid.spacing,
        spacing_unit=grid.unit,
        ends=grid.ends,
        spatial=True,
        alt=f"Three slices and a 3-D scene. {captions.profile_text(profile(result.attribution), units)}",
    )


def of_part(x: Tensor, net: Classifier, signal: Signal) -> Slices:
    """Something of the network's size, (1, c, a, b, c), without an attribution."""
    return Slices(
        volume_voxels(net, x),
        window=_EMPTY_TO_FULL,
        spacing=export.network_grid(net, signal).spacing,
        spacing_unit=signal.frame.unit if signal.frame else "",
        ends=axis_ends(signal),
    )
