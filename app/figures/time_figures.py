"""Rows on one time axis as a figure that stands alone, and the excerpt of a long sound."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.figures.theme import Look, finish
from app.figures.time_axis import Heat, Raster, Timeline, Wave
from wam_core.plot.raster import Reduction, blocks, reduced

_HEAD = 40  # px above each row, for its name
_WAVE_INK = "#7b73aa"  # of a waveform; to be read on light and on dark


def rows_figure(timeline: Timeline, look: Look) -> go.Figure:
    """All rows; a zoom into the time of one is a zoom into all."""
    rows = _painted(timeline, look)
    height = sum(row.height + _HEAD for row in rows) + 40
    result = make_subplots(
        rows=len(rows), cols=1, shared_xaxes=True,
        row_heights=[row.height for row in rows],
        vertical_spacing=_HEAD / height,
        subplot_titles=[f"<b>{row.title}</b>" for row in rows],
    )  # fmt: skip
    result.update_annotations(x=0, xanchor="left", font={"size": 12, "color": look.ink})
    for number, row in enumerate(rows, start=1):
        if isinstance(row, Wave):
            _wave(result, row, number, timeline.duration)
        else:
            _raster(result, row, number, timeline.duration, look)
    finish(result, look, height)
    result.update_xaxes(range=[0, timeline.duration], showgrid=False)
    result.update_xaxes(title="s", row=len(rows), col=1)
    return result.update_layout(margin_t=_HEAD - 8, margin_r=64)


def rows_text(timeline: Timeline) -> str:
    """What each row shows, in a sentence each."""
    return " ".join(f"{row.title}: {row.caption}." for row in _painted(timeline, Look()))


def _painted(timeline: Timeline, look: Look) -> list[Wave | Raster]:
    """The rows with all attributions coloured; a tint is a row below the one that it is laid over."""
    rows: list[Wave | Raster] = []
    for row in timeline.rows:
        rows.append(row.painted(look) if isinstance(row, Heat) else row)
        if isinstance(row, Raster) and row.tint is not None:
            rows.append(row.tint.painted(look))
    return rows


def _wave(result: go.Figure, row: Wave, number: int, duration: float) -> None:
    x = ((np.arange(row.low.size) + 0.5) * duration / row.low.size).astype(np.float32)
    for values, fill in ((row.low, None), (row.high, "tonexty")):
        y = (values / 32767 * row.limit).astype(np.float32)
        result.add_trace(
            go.Scatter(
                x=x, y=y, mode="lines", fill=fill, fillcolor=_WAVE_INK,
                line={"color": _WAVE_INK, "width": 1},
                hovertemplate=f"%{{x:.2f}} s<br>%{{y:.3g}} {row.unit}<extra></extra>",
            ),
            row=number, col=1,
        )  # fmt: skip
    result.update_yaxes(
        range=[-row.limit, row.limit], tickvals=[-row.limit, 0, row.limit], row=number, col=1
    )


def _raster(result: go.Figure, row: Raster, number: int, duration: float, look: Look) -> None:
    count, columns = row.codes.shape
    step = duration / columns
    codes = np.linspace(row.first, 255, 64)
    places = (row.decoded(codes) - row.low) / (row.high - row.low)
    top, bottom = result.get_subplot(number, 1).yaxis.domain[::-1]
    result.add_trace(
        go.Heatmap(
            z=row.decoded(row.codes).astype(np.float32), x0=step / 2, dx=step, y=list(row.rows),
            zmin=row.low, zmax=row.high,
            colorscale=[
                [place, row.palette[round(code)]]
                for place, code in zip(places.tolist(), codes.tolist(), strict=True)
            ],
            colorbar={
                "len": top - bottom, "lenmode": "fraction", "y": (top + bottom) / 2,
                "thickness": 12, "x": 1.0, "xpad": 4, "ypad": 0, "outlinewidth": 0,
                "nticks": 3, "tickformat": ".2~g", "exponentformat": "power",
                "tickfont": {"size": 12, "color": look.ink},
                "title": {"text": row.unit.split(" ")[0], "font": {"size": 12, "color": look.ink}},
            },
            hovertemplate=f"%{{x:.2f}} s, %{{y}}<br>%{{z:.3g}} {row.unit}"
            f"<br>{row.quantity}<extra></extra>",
        ),
        row=number, col=1,
    )  # fmt: skip
    result.update_yaxes(
        type="category",
        range=[count - 0.5, -0.5],
        tickvals=[place * count - 0.5 for place, _ in row.ticks],
        ticktext=[text for _, text in row.ticks],
        tickfont={"size": 12},
        showgrid=False,
        row=number,
        col=1,
    )


_COLUMNS = 400


def envelope_figure(
    samples: npt.NDArray[np.floating], rate: float, part: tuple[int, int], look: Look
) -> go.Figure:
    """The envelope of a sound (samples,), and ``part``, from its first sample to before its last."""
    step = max(1, -(-samples.size // _COLUMNS))
    ranges = blocks(samples.size, step)
    times = (np.arange(len(ranges)) + 0.5) * step / rate
    result = go.Figure()
    sides: tuple[tuple[Reduction, str | None], ...] = (("min", None), ("max", "tonexty"))
    for extreme, fill in sides:
        edge = reduced(samples, ranges, extreme)
        result.add_trace(
            go.Scatter(
                x=times, y=edge.astype(np.float32), mode="lines", fill=fill, hoverinfo="skip",
                line={"width": 0.5, "color": look.ink}, fillcolor=look.ink,
            )
        )  # fmt: skip
    first, last = (place / rate for place in part)
    result.add_vrect(first, last, fillcolor="#e8713a", opacity=0.35, line_width=0)
    end = samples.size / rate
    result.update_xaxes(
        range=[0, end], showgrid=False, tickangle=0, tickvals=[0, end / 2, end],
        ticktext=["0", f"{end / 2:.3g}", f"{end:.3g} s"],
    )  # fmt: skip
    result.update_yaxes(visible=False, fixedrange=True)
    return finish(result, look, 90)
