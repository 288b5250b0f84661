"""An attribution as a table: a row for each band of each input."""

from collections.abc import Sequence

from wam_core.bands import Bands, Layout


def rows(
    attribution: Bands, layout: Layout, targets: Sequence[str], rate: float | None = None
) -> list[dict[str, int | float | str]]:
    """For each input and band, what it describes and how much of the attribution it has.

    ==================  ==========================================================================
    column              meaning
    ==================  ==========================================================================
    sample, target      the input's place in the batch; what was explained
    band, level         ``L2.da``, ``approx``; 1 is the finest
    orientation         a word over {a, d}, one letter per axis; d where the band holds detail
    size                of the structures described, in samples, pixels or voxels
    low_hz, high_hz     the band's frequencies, where there is a ``rate``
    coefficients        their number, over all channels
    share               of Σ|γ| of the input; they add up to 1, and are 0 where all is zero
    sum                 Σγ, signed, in the unit of the attribution
    ==================  ==========================================================================

    Args:
        attribution: γ.
        layout: what its bands describe.
        targets: one for each input.
        rate: samples per second, of a signal along time.
    """
    totals = [
        {band: float(values[at].abs().double().sum()) for band, values in attribution.items()}
        for at in range(len(targets))
    ]
    table: list[dict[str, int | float | str]] = []
    for at, (target, total) in enumerate(zip(targets, totals, strict=True)):
        everything = sum(total.values()) or 1.0
        for band, values in attribution.items():
            info = layout[band]
            row: dict[str, int | float | str] = {
                "sample": at, "target": target, "band": str(band), "level": band.level,
                "orientation": band.orientation, "size": info.scale,
            }  # fmt: skip
            if rate is not None:
                row["low_hz"], row["high_hz"] = info.hertz(rate)
            row["coefficients"] = values[at].numel()
            row["share"] = total[band] / everything
            row["sum"] = float(values[at].double().sum())
            table.append(row)
    return table
