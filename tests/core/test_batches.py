"""Batches: the result of one input, of several, and one result of several again."""

import pytest
import torch
from torch import nn

from tests.oracles import assert_same, draw, flat, network, represented
from wam_core import DiscreteWaveletTransform, explain, explain_module, join, views
from wam_core.attribution import WaveletAttribution
from wam_core.bands import Band, Bands
from wam_core.errors import SettingsError
from wam_core.path_signed import PathSigned
from wam_core.paths import Gradient, IntegratedGradients, SmoothGrad, from_settings, settings

AXES = pytest.mark.parametrize("ndim", [1, 2, 3])


def batch(ndim=2, size=3, path=None, net=None):
    transform = DiscreteWaveletTransform("db2", 1, ndim)
    net = net or network(ndim)
    return explain(net, draw(ndim, size), transform=transform, path=path or SmoothGrad(4, 0.1))


@AXES
def test_a_member_is_what_an_explanation_of_it_alone_gives(ndim):
    start = draw(ndim, 3, seed=23)
    whole = batch(ndim, path=IntegratedGradients(4, start))
    assert len(whole) == 3 and len(list(whole)) == 3
    for at, member in enumerate(whole):
        alone = explain(
            network(ndim), draw(ndim, 3)[at : at + 1], transform=whole.transform,
            path=IntegratedGradients(4, start[at : at + 1]),
        )  # fmt: skip
        assert len(member) == 1 and member.targets == alone.targets == whole.targets[at : at + 1]
        assert_same(member.attribution, alone.attribution, 1e-12)
        assert member.path == alone.path
        assert float(member.completeness_gap) == pytest.approx(float(whole.completeness_gap[at]))
        assert member.standard_error() == pytest.approx(alone.standard_error())
        assert_same(member.coefficients, alone.coefficients, 1e-12)


def test_a_representation_is_split_with_its_input():
    net = represented(1)
    whole = batch(1, net=net)
    assert torch.equal(whole[-1].representation, whole.representation[2:])


@AXES
@pytest.mark.parametrize(
    "path", [Gradient(), SmoothGrad(4, 0.1), IntegratedGradients(4), IntegratedGradients(4, "blur")]
)
def test_joining_what_was_split_loses_nothing(ndim, path):
    whole = batch(ndim, path=path)
    again = join(whole)
    assert_same(again.attribution, whole.attribution, 0)
    assert torch.equal(again.input, whole.input) and torch.equal(again.logits, whole.logits)
    assert again.targets == whole.targets and again.path == whole.path
    assert again.errors == whole.errors and len(join([whole[:2], whole[2]])) == 3


def test_baselines_of_the_inputs_are_split_and_joined():
    start = draw(2, 3, seed=23)
    for path in (IntegratedGradients(3, start), SmoothGrad(2, along=IntegratedGradients(3, start))):
        whole = batch(path=path)
        if isinstance(path, IntegratedGradients):
            assert torch.equal(whole[1].path.baseline, start[1:2])
            assert join(whole).path == path
        else:
            assert torch.equal(whole[1].path.along.baseline, start[1:2])
    shared = IntegratedGradients(3, start[:1])
    assert batch(path=shared)[1].path == shared


def test_what_does_not_fit_together_is_named():
    one = batch()
    for other, name in (
        (batch(path=Gradient()), "path"),
        (batch(path=SmoothGrad(4, 0.2)), "path"),
        (batch(1), "network"),
        (batch(net=network(2, seed=1)), "network"),
    ):
        with pytest.raises(SettingsError, match=f"differ in their {name}"):
            join([one, other])
    with pytest.raises(SettingsError, match="at least one"):
        join([])


@pytest.mark.parametrize("which", [3, -4, slice(2, 2)])
def test_an_input_that_is_not_there_is_named(which):
    with pytest.raises(IndexError, match="batch of 3"):
        batch()[which]


def test_the_repr_says_how_many():
    whole = batch()
    assert "a batch of 3, " in repr(whole) and "a batch" not in repr(whole[0])


def test_a_profile_is_that_of_the_chosen_input():
    whole = batch()
    for at, member in enumerate(whole):
        assert views.profile(whole.attribution, at) == views.profile(member.attribution)
        assert views.lasting_profile(whole, at) == pytest.approx(views.lasting_profile(member))
    assert views.profile(whole.attribution, 0) != views.profile(whole.attribution, 1)


def test_a_back_projection_does_not_depend_on_the_other_inputs():
    whole = batch()
    for at, member in enumerate(whole):
        torch.testing.assert_close(
            views.back_projection(whole)[at : at + 1], views.back_projection(member)
        )


def test_a_gap_that_cannot_be_told_is_explained():
    x = torch.zeros(2, 1, 8, 8)
    x[1] = 1
    result = explain_module(nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), x, 0)
    assert not result.completeness_gap[0].isfinite() and float(result.completeness_gap[1]) < 1e-3
    assert "of input 0 is the same" in result.completeness_note
    assert result[0].completeness_note.startswith("the score is the same")
    assert result[1].completeness_note is None
    assert batch(path=Gradient()).completeness_note is None


# ---- bands as a mapping, paths by value


@AXES
def test_bands_are_a_mapping(ndim):
    z = batch(ndim).attribution
    assert dict(z) == dict(z.bands()) and list(z) == [band for band, _ in z.bands()]
    assert len(z) == 2**ndim == len(z.values()) and all(band in z for band in z)
    absent = Band(2, "d" * ndim)
    assert absent not in z and Band(2, "a" * ndim) not in z and z.get(absent) is None
    with pytest.raises(KeyError, match="there is no band L2"):
        z[absent]
    assert torch.equal(flat(Bands.of(z, z.layout)), flat(z))
    assert "approx" not in repr(z) and len({z, z.map(torch.abs)}) == 2


def all_paths():
    start = torch.arange(6, dtype=torch.float32).view(1, 2, 3) / 3
    transform = DiscreteWaveletTransform("haar", 1, 1)
    return [
        Gradient(), SmoothGrad(), SmoothGrad(along=IntegratedGradients(3, start)),
        IntegratedGradients(), IntegratedGradients(3), IntegratedGradients(3, "blur"),
        IntegratedGradients(3, start), IntegratedGradients(3, start + 1),
        IntegratedGradients(3, start[0]), PathSigned(transform, 3),
    ]  # fmt: skip


def test_paths_are_equal_by_value():
    for at, one in enumerate(all_paths()):
        for to, other in enumerate(all_paths()):
            assert (one == other) == (at == to)
        again = from_settings(settings(one))
        assert again == one and hash(again) == hash(one)
    assert len(set(all_paths())) == len(all_paths())
    assert IntegratedGradients() != "integrated"


def test_a_reloaded_result_has_an_equal_path(tmp_path):
    result = batch(path=IntegratedGradients(3, draw(2, 3, seed=23)))
    result.save(tmp_path / "saved.npz")
    again = WaveletAttribution.load(tmp_path / "saved.npz")
    assert again.path == result.path and again[1].path == result[1].path
