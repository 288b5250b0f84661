"""A result as a table and as a figure."""

import sys

import pytest
import torch
from matplotlib.figure import Figure

from tests.oracles import draw, network
from wam_core import DiscreteWaveletTransform, explain, views
from wam_core.errors import MissingLibraryError
from wam_core.paths import Gradient, IntegratedGradients

AXES = pytest.mark.parametrize("ndim", [1, 2, 3])


def batch(ndim, size=2, path=None):
    transform = DiscreteWaveletTransform("db2", 1, ndim)
    return explain(
        network(ndim), draw(ndim, size), [2, 0][:size], transform=transform,
        path=path or IntegratedGradients(4),
    )  # fmt: skip


@AXES
def test_a_table_has_a_row_for_each_band_of_each_input(ndim):
    result = batch(ndim)
    table = result.to_frame()
    assert list(table.columns) == [
        "sample", "target", "band", "level", "orientation", "size", "coefficients", "share", "sum"
    ]  # fmt: skip
    assert len(table) == 2 * len(result.attribution)
    for at, one in table.groupby("sample"):
        assert set(one["target"]) == {str(result.targets[at])}
        shares = views.profile(result.attribution, at)
        assert list(one["share"]) == list(shares.values()) and one["share"].sum() == pytest.approx(
            1
        )
        assert list(one["band"]) == [str(band) for band in shares]
        assert one["sum"].sum() == pytest.approx(
            float(sum(values[at].sum() for values in result.attribution.values()))
        )
    assert set(table["size"]) == {2.0}
    assert table["coefficients"].sum() == sum(v.numel() for v in result.attribution.values())


def test_bands_of_a_sound_are_in_hertz():
    table = batch(1).to_frame(rate=360)
    detail = table[table["band"] == "L1.d"].iloc[0]
    assert (detail["low_hz"], detail["high_hz"]) == (90.0, 180.0)


def test_shares_of_nothing_are_zero():
    result = batch(2)
    nothing = explain(
        network(2), torch.zeros_like(result.input), 1, transform=result.transform, path=result.path
    )
    assert set(nothing.to_frame()["share"]) == {0.0}


def test_without_pandas_there_are_rows(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    result = batch(1)
    assert len(result.rows()) == 2 * len(result.attribution)
    with pytest.raises(MissingLibraryError, match="to_frame needs the library pandas.*pip install"):
        result.to_frame()


@AXES
def test_a_figure_is_of_the_chosen_input(ndim, tmp_path):
    result = batch(ndim)
    panels = {1: len(result.attribution) + 1, 2: 2, 3: 3}[ndim]
    drawn = []
    for at in range(2):
        figure = result.plot(at)
        assert isinstance(figure, Figure) and len(figure.axes) == panels
        assert str(result.targets[at]) in figure.get_suptitle()
        figure.savefig(tmp_path / f"{at}.png", metadata={"Software": None})
        drawn.append((tmp_path / f"{at}.png").read_bytes())
    assert drawn[0] != drawn[1]
    with pytest.raises(IndexError, match="no input 2"):
        result.plot(2)


def test_a_map_of_zeros_is_drawn():
    result = batch(1, 1, Gradient())
    empty = type(result)(
        **{**vars(result), "attribution": result.attribution.map(torch.zeros_like)}
    )
    assert empty.is_zero and empty.plot().axes
