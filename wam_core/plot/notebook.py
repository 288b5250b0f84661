"""How a result shows itself in a notebook: one picture, and what has to be known to read it."""

import base64
import html
import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from wam_core import views
from wam_core.attribution import WaveletAttribution
from wam_core.naming import STEPS, title
from wam_core.network_input import NetworkGrid
from wam_core.plot.colour import level_colour
from wam_core.plot.mosaic import mosaic_png
from wam_core.plot.raster import Floats, importance, to_array
from wam_core.plot.slices import slices
from wam_core.plot.stripes import bands_png

_WIDEST = "46em"
_ERRORS = {"smoothgrad": "standard error", "integrated": "without every second step"}


def html_of(result: WaveletAttribution) -> str:
    """The first sample of a result as a piece of HTML that needs nothing else: no file, no script.

    A picture (:func:`result_png`), and a table of what was explained, how, and the shares of the
    levels. All text is escaped. Colours of text are the page's own, for light and for dark ones.
    """
    shares = views.level_profile(views.profile(result.attribution))
    picture = base64.b64encode(result_png(result)).decode("ascii")
    words = html.escape(_in_words(result, shares), quote=True)
    rows = "".join(_row(name, html.escape(text)) for name, text in _facts(result))
    levels = result.transform.levels
    bars = "".join(
        _row(_level_name(result, level), _bar(share, level_colour(level, levels)))
        for level, share in shares.items()
    )
    return (
        f'<div style="max-width:{_WIDEST}">'
        f'<img alt="{words}" src="data:image/png;base64,{picture}" style="max-width:100%">'
        f'<p style="margin:.4em 0">{words}</p>'
        '<div style="display:flex;flex-wrap:wrap;gap:0 3em;align-items:flex-start">'
        f'<table style="margin:0">{rows}</table><table style="margin:0">{bars}</table>'
        "</div></div>"
    )


def result_png(result: WaveletAttribution) -> bytes:
    """The first sample's attribution as one picture, made of the result alone.

    One axis: the signal and its bands over samples. Two: the mosaic. Three: slices through the
    strongest place, over the input in grey from its least value to its largest, as nothing says
    what is black. Where a classifier and a file are at hand, :mod:`wam_core.export` draws more.
    """
    return _PICTURES[result.transform.ndim](result)


def _slices(result: WaveletAttribution) -> bytes:
    grid = NetworkGrid(np.eye(4), (1.0, 1.0, 1.0), "", ())
    received = _stretched(to_array(result.input.mean(1, keepdim=True)))
    return slices(result, received, importance(result), grid)


_PICTURES: Mapping[int, Callable[[WaveletAttribution], bytes]] = {
    1: bands_png,
    2: mosaic_png,
    3: _slices,
}


def _stretched(values: Floats) -> Floats:
    low, high = float(values.min()), float(values.max())
    stretched: Floats = (values - low) / ((high - low) or 1.0)
    return stretched


def _facts(result: WaveletAttribution) -> Iterable[tuple[str, str]]:
    """Name and value, for people; three significant digits."""
    source, target = result.provenance, result.target
    yield "explained", str(target)
    yield "score", f"{float(result.scores[0]):.3g}"
    if target.against is None:
        yield "probability", f"{float(result.probabilities[0, target.index]):.3g}"
    if (gap := result.completeness_gap) is not None:
        yield "completeness gap", f"{float(gap[0]):.1%}" if math.isfinite(gap[0]) else "undefined"
    if (error := result.standard_error()) is not None:
        yield _ERRORS[result.path.kind], f"± {float(error[0]):.0%} of the map"
    yield "network", source.model
    yield "input", f"{source.input_name}, {' × '.join(map(str, result.input.shape[1:]))}"
    yield "method", title(result)
    in_title = ("wavelet", "levels")
    for name, value in result.transform.choices.items():
        if name not in in_title:
            yield name, str(value)
    yield "took", f"{source.seconds:.2g} s, {result.path.length} passes on {source.device}"


def _in_words(result: WaveletAttribution, shares: Mapping[int | None, float]) -> str:
    """One sentence for whom the picture is not there, and below it for everybody else."""
    more = f" Sample 1 of {len(result.input)}." if len(result.input) > 1 else ""
    if result.is_zero:
        return f"The score of {result.target} does not respond to this input at all.{more}"
    level, share = max(shares.items(), key=lambda one: one[1])
    where = _level_name(result, level)
    return (
        f"{result.target}: the largest part of the importance, {share:.0%}, lies in {where}.{more}"
    )


def _level_name(result: WaveletAttribution, level: int | None) -> str:
    """A level with the size of what it describes."""
    if level is None:
        return "the approximation"
    scale = result.layout.level(level).scale
    return f"level {level}, of {scale:.3g} {STEPS[result.transform.ndim]}"


def _row(name: str, cell: str) -> str:
    style = "text-align:left;padding:.1em .8em .1em 0"
    head = f'<th style="{style};white-space:nowrap;font-weight:normal;opacity:.75">{name}</th>'
    return f'<tr>{head}<td style="{style}">{cell}</td></tr>'


def _bar(share: float, ink: str) -> str:
    """A share as a bar and in per cent."""
    style = f"display:inline-block;width:{share * 8:.2f}em;height:.7em;background:{ink}"
    return f'<span style="white-space:nowrap"><span style="{style}"></span> {share:.1%}</span>'
