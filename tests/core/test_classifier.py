"""The classifier: its two parts, where they are, and that the same network has the same name."""

import pytest
import torch
from torch.testing import assert_close

from tests import oracles
from tests.oracles import Curved, Smooth, draw, represented
from wam_core.classifier import Classifier, finite


def test_a_representation_is_part_of_the_classifier():
    net, x = represented(2), draw(2)
    assert_close(net.represent(x), net.representation(x))
    assert_close(net.scores(x), net.module(net.representation(x)))
    assert_close(net.scores_of(net.represent(x)), net.scores(x))
    assert not net.representation.training
    assert not any(p.requires_grad for p in net.representation.parameters())
    plain = oracles.network(2)
    assert plain.represent(x) is x and torch.equal(plain.scores_of(x), plain.scores(x))


def test_the_representation_goes_where_the_module_is():
    elsewhere = Classifier(Smooth(24).to("meta"), representation=Curved(680), ndim=2)
    assert elsewhere.representation.offset.device.type == "meta"
    moved = represented(2).to("meta")
    assert {moved.device.type, moved.representation.mix.device.type} == {"meta"}


def test_the_fingerprint_covers_the_representation():
    def printed(change=None, part=True):
        curved = Curved(680)
        if change is not None:
            change(curved)
        return Classifier(Smooth(24), representation=curved if part else None, ndim=2).fingerprint

    def other_mix(curved):
        curved.mix.data[3, 2] += 1

    def other_offset(curved):
        curved.offset[0] += 1

    def outside_of_the_state(curved):
        curved.register_buffer("window", torch.ones(3), persistent=False)

    changes = (None, other_mix, other_offset, outside_of_the_state)
    assert len({printed(part=False), *map(printed, changes)}) == 5 and printed() == printed()


def test_the_score_of_an_empty_input_is_asked_once_per_size():
    net, asked = oracles.network(2), []
    net.module.register_forward_hook(lambda module, given, answer: asked.append(given[0].shape))
    x = draw(2)
    nothing = torch.zeros_like(x)
    first, again = net.baseline_scores(nothing), net.baseline_scores(nothing[:1])
    assert [shape[0] for shape in asked] == [1]
    assert_close(first, net.scores(nothing))
    assert torch.equal(again, first[:1])
    assert_close(net.baseline_scores(x), net.scores(x))  # anything else is asked each time
    other_size = torch.zeros(1, *x.shape[1:-1], x.shape[-1] + 1, dtype=x.dtype)
    with pytest.raises(RuntimeError):  # remembered for its own size only
        net.baseline_scores(other_size)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_finite_numbers_are_finite_even_where_their_sum_is_not(dtype):
    largest = torch.full((3, 4), torch.finfo(dtype).max, dtype=dtype)
    assert not largest.sum().isfinite() and finite(largest)
    assert finite(torch.zeros(2, dtype=dtype)) and finite(-largest)
    for bad in (float("nan"), float("inf"), -float("inf")):
        values = torch.zeros(3, 4, dtype=dtype)
        values[1, 2] = bad
        assert not finite(values)
    opposite = torch.tensor([float("inf"), -float("inf")], dtype=dtype)
    assert not finite(opposite)
