"""What people have is taken as it is: arrays, pictures, files, functions, more arguments, words."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from tests.oracles import assert_same, draw, network
from wam_core import DiscreteWaveletTransform, IntegratedGradients, explain_module
from wam_core.errors import SettingsError
from wam_core.inputs import as_batch
from wam_core.path_signed import PathSigned
from wam_core.paths import Gradient, SmoothGrad
from wam_core.signals.signal import SOUND, Signal
from wam_core.spelling import path_of, transform_of


def net(channels=1, dtype=torch.float32):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(channels, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 14 * 14, 3)
        ).to(dtype)


def x(batch=2, dtype=torch.float32):
    return draw(2, batch, channels=1, size=(16, 16), dtype=dtype)


def same(result, module=None, given=None, **settings):
    expected = explain_module(
        module or net(), x() if given is None else given, path=IntegratedGradients(3), **settings
    )
    assert_same(result.attribution, expected.attribution, 0)


# ---- inputs


@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f8"])
def test_an_array_is_the_tensor_of_its_numbers(kind):
    same(explain_module(net(), x().numpy().astype(kind), path="integrated:3"))


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("computed", [torch.float32, torch.float64])
def test_a_tensor_of_any_float_type_is_taken_in_that_of_the_module(kind, computed):
    given = x(dtype=kind if kind.itemsize > 2 else torch.float32).to(kind)
    result = explain_module(net(dtype=computed), given, path="integrated:3")
    assert result.input.dtype == computed
    same(result, net(dtype=computed), given.to(computed))


def test_the_callers_tensor_is_left_as_it_was():
    given = x().requires_grad_()
    before = given.detach().clone()
    result = explain_module(net(), given, path="gradient")
    assert given.grad is None and given.requires_grad and torch.equal(given, before)
    assert not result.input.requires_grad


def test_modes_of_the_caller_play_no_part():
    with torch.inference_mode():
        inside = explain_module(net_outside, x(), path="integrated:3")
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        cast = explain_module(net_outside, x(), path="integrated:3")
    same(inside)
    same(cast)
    assert not inside.attribution.approx.is_inference()


net_outside = net()


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3), ("RGBA", 3), ("1", 1)])
def test_a_picture_and_its_file_are_a_batch_of_one(mode, channels, tmp_path):
    values = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    picture = Image.fromarray(values).convert(mode)
    batch = as_batch(picture, net())
    grey = picture.convert("L" if channels == 1 else "RGB")
    expected = torch.from_numpy(np.array(grey)).float().view(1, 16, 16, channels) / 255
    assert torch.equal(batch, expected.permute(0, 3, 1, 2))
    if mode == "RGB":
        picture.save(tmp_path / "photo.png")
        for file in (tmp_path / "photo.png", str(tmp_path / "photo.png")):
            assert torch.equal(as_batch(file, net()), batch)
        result = explain_module(net(3), tmp_path / "photo.png", path="gradient")
        assert result.input.shape == (1, 3, 16, 16)


def test_a_signal_keeps_its_numbers():
    values = np.linspace(-1, 1, 64, dtype=np.float32)[None]
    batch = as_batch(Signal.from_values(values, SOUND, "ramp", 360), nn.Flatten())
    assert torch.equal(batch, torch.from_numpy(values.copy())[None])


# ---- what is called


def function(given):
    return net_outside(given)


class WithMask(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = net()
        self.seen = []

    def forward(self, given, mask, *, scale=1.0):
        self.seen.append((self.training, tuple(mask.shape)))
        return self.inner(given * mask) * scale


@pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning")
def test_a_function_a_script_and_a_program_are_explained():
    example = torch.zeros(4, 1, 16, 16)
    script = torch.jit.trace(net_outside, example)
    batch = torch.export.Dim("batch", min=1, max=256)
    program = torch.export.export(net_outside, (example,), dynamic_shapes=({0: batch},))
    names = []
    for called in (function, lambda given: net_outside(given), script, program):
        result = explain_module(called, x(), path="integrated:3")
        expected = explain_module(net_outside, x(), path="integrated:3")
        assert_same(result.attribution, expected.attribution, 1e-5)
        names.append(result.provenance.model)
    assert names[0] == "function" and names[3] == "ExportedProgram"


def test_further_arguments_are_passed_for_every_point():
    mask, module = torch.rand(1, 1, 16, 16), WithMask().train()
    result = explain_module(
        module, x(), forward_args=[mask], forward_kwargs={"scale": 2.0}, path="integrated:3"
    )
    assert {training for training, _ in module.seen} == {False} and module.training
    expected = explain_module(lambda given: net_outside(given * mask) * 2, x(), path="integrated:3")
    assert_same(result.attribution, expected.attribution, 1e-6)


def test_each_input_is_passed_with_its_own_part_of_an_argument():
    masks, module = torch.rand(2, 1, 16, 16), WithMask()
    whole = explain_module(module, x(), [0, 2], forward_kwargs={"mask": masks}, path="integrated:3")
    assert len(whole) == 2 and [target.index for target in whole.targets] == [0, 2]
    for at, member in enumerate(whole):
        alone = explain_module(
            module, x()[at : at + 1], member.target.index, forward_args=[masks[at : at + 1]],
            path="integrated:3",
        )  # fmt: skip
        assert_same(member.attribution, alone.attribution, 0)


def test_arguments_are_part_of_what_identifies_a_network():
    def print_of(**settings):
        result = explain_module(WithMask(), x(1), path="gradient", **settings)
        return result.provenance.fingerprint

    mask = torch.rand(1, 1, 16, 16)
    prints = {
        print_of(forward_args=[mask]), print_of(forward_args=[mask * 2]),
        print_of(forward_args=[mask], forward_kwargs={"scale": 2.0}),
    }  # fmt: skip
    assert len(prints) == 3


# ---- targets and words


def test_a_target_for_each_input_comes_in_any_form():
    labels = ["cat", "dog", "cow"]
    for target in (
        [2, 0], (2, 0), ["cow", "cat"], torch.tensor([2, 0]), np.array([2, 0]),
    ):  # fmt: skip
        result = explain_module(net(), x(), target, labels=labels, path="gradient")
        assert [target.label for target in result.targets] == ["cow", "cat"]
    for target in (2, torch.tensor(2), [2], np.int64(2), "cow"):
        result = explain_module(net(), x(), target, labels=labels, path="gradient")
        assert [target.index for target in result.targets] == [2, 2]


def test_words_are_transforms():
    size = (32, 32)
    assert transform_of(None, size) == DiscreteWaveletTransform("haar", 3, 2)
    assert transform_of("db2", size) == DiscreteWaveletTransform("db2", 3, 2)
    assert transform_of("dwt:db2:1", size) == DiscreteWaveletTransform("db2", 1, 2)
    assert transform_of("db2:2:zero", (64,)) == DiscreteWaveletTransform("db2", 2, 1, "zero")
    assert transform_of("db2", (8, 8)).levels == 1
    result = explain_module(net(), x(), transform="dwt:db2:2", path="gradient")
    assert result.transform == DiscreteWaveletTransform("db2", 2, 2)


def test_words_are_paths():
    transform = DiscreteWaveletTransform("haar", 1, 2)
    assert path_of(None, transform) == path_of("integrated", transform) == IntegratedGradients(25)
    assert path_of("smoothgrad:9", transform) == SmoothGrad(9)
    assert path_of("smoothgrad-magnitude", transform) == SmoothGrad(aggregate="magnitude")
    assert path_of("gradient", transform) == Gradient()
    assert path_of("path-signed:4", transform) == PathSigned(transform, 4)
    with pytest.raises(SettingsError, match="'many' in 'smoothgrad:many'"):
        path_of("smoothgrad:many", transform)


def test_network_of_the_oracles_takes_its_own_type():
    assert as_batch(draw(1).float(), network(1).module).dtype == torch.float64
