"""Wrong calls of the library, and what each of their messages has to name.

Run as a program, so that nothing but the library itself checks the types: it prints a JSON text with
the error of each call, and whether the module was left as it was.
"""

import json
import sys
import traceback

import numpy as np
import torch
from torch import nn

from wam_core import (
    Contrast,
    DiscreteWaveletTransform,
    Gradient,
    IntegratedGradients,
    PathSigned,
    SmoothGrad,
    WaveletAttribution,
    explain_module,
    join,
    transforms,
)
from wam_core.targets import LogProbability

X = torch.rand(2, 1, 8, 8)


def plain(classes=3):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(72, classes)
    )


class Doing(nn.Module):
    """A network of another forward."""

    def __init__(self, forward):
        super().__init__()
        self.inner, self.forward_ = plain(), forward

    def forward(self, x):
        return self.forward_(self.inner, x)


class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = plain()

    def forward(self, x, mask):
        return self.inner(x * mask)


@torch.no_grad()
def without_gradients(net, x):
    return net(x)


def raising(net, x):
    raise KeyError("the table of positions")


def under_inference():
    with torch.inference_mode():
        return plain()


def of(x=X, module=None, *args, **settings):
    """A call of explain_module that is wrong in what is given here."""
    return lambda net: explain_module(net if module is None else module, x, *args, **settings)


def doing(forward):
    return Doing(forward)


CALLS = {
    # ---- the input
    "an empty batch": (plain, of(X[:0]), r"\(0, 1, 8, 8\) is an empty batch; at least one"),
    "no batch axis": (plain, of(X[0, 0]), r"shape \(8, 8\).*\(batch, channel, \*space\).*x\[None\]"),
    "no axes": (plain, of(torch.tensor(1.0)), r"shape \(\).*is needed"),
    "another size": (plain, of(torch.rand(1, 1, 12, 12)), r"does not take .*\(1, 1, 12, 12\)"),
    "other channels": (plain, of(torch.rand(1, 3, 8, 8)), r"does not take .*\(1, 3, 8, 8\)"),
    "bytes": (plain, of(X.byte()), r"torch.uint8; torch.float32 or float64 is needed, .*/ 255"),
    "whole numbers": (plain, of(X.numpy().astype(int)), r"torch.int64; torch.float32"),
    "complex numbers": (plain, of(X.to(torch.complex64)), r"torch.complex64; torch.float32"),
    "an array of words": (plain, of(np.array(["a"])), r"array of <U1; floating-point"),
    "a sparse tensor": (plain, of(X.to_sparse()), r"layout torch.sparse_coo; x.to_dense\(\)"),
    "not a number": (plain, of(X * float("nan")), r"input holds NaN or infinite.*finite"),
    "a list": (plain, of([[1.0]]), r"input is a list; a tensor, a NumPy array, a PIL image"),
    "None": (plain, of(None), r"input is a NoneType; a tensor"),
    "a file that is not there": (plain, of("/none.png"), r"no file '/none.png'; a tensor"),
    # ---- the module
    "a class": (plain, of(X, nn.Flatten), r"module is the class Flatten; an instance"),
    "a dict of weights": (plain, of(X, {"a": 1}), r"module is a dict; a torch.nn.Module"),
    "a lazy layer": (
        plain, of(X, nn.Sequential(nn.Flatten(), nn.LazyLinear(2))), r"lazy layers .*module\(x\)",
    ),
    "no_grad in forward": (lambda: doing(without_gradients), of(), r"no gradient.*torch.no_grad"),
    "detach in forward": (
        lambda: doing(lambda net, x: net(x.detach())), of(), r"no gradient.*detaches",
    ),
    "NumPy in forward": (
        lambda: doing(lambda net, x: torch.as_tensor(x.detach().numpy().sum((1, 2)))), of(),
        r"no gradient.*leaves PyTorch",
    ),
    "an operation in place": (
        lambda: doing(lambda net, x: net(x.exp().mul_(2).sqrt().exp_()) + overwritten(x)), of(),
        r"in place, and one that returns a new",
    ),
    "mixed types": (lambda: doing(lambda net, x: net(x.double())), of(), r"mixes types.*float\(\)"),
    "a tuple": (
        lambda: doing(lambda net, x: (net(x), x)), of(), r"a tuple of .*; say with select=",
    ),
    "a map of classes": (
        lambda: doing(lambda net, x: x), of(), r"\(2, 1, 8, 8\); a tensor of logits, .*AdaptiveAvgPool2d",
    ),
    "a missing argument": (Masked, of(), r"Masked does not take .*missing.*'mask'.*signature"),
    "a further argument": (plain, of(X, forward_args=(1,)), r"Sequential does not take .*forward_args"),
    "an argument by a wrong name": (
        Masked, of(X, forward_kwargs={"msk": X}), r"Masked does not take .*forward_kwargs",
    ),
    "an error of its own": (
        lambda: doing(raising), of(), r"forward of Doing raised KeyError.*table of positions",
    ),
    "parameters of inference mode": (under_inference, of(), r"torch.inference_mode.*outside"),
    "scores that are infinite": (
        lambda: doing(lambda net, x: net(x) / 0), of(), r"logits of Doing are not finite",
    ),
    # ---- target and labels
    "a class that is not there": (plain, of(X, None, 7), r"class 7 does not exist.*0 … 2"),
    "a negative class": (plain, of(X, None, -1), r"class -1 does not exist.*0 … 2"),
    "a fraction": (plain, of(X, None, 1.5), r"target is 1.5; a class index"),
    "a truth": (plain, of(X, None, True), r"target is True; a class index"),
    "a label without labels": (plain, of(X, None, "cat"), r"no class named 'cat'"),
    "a label that is none": (
        plain, of(X, None, "cow", labels=["cat", "dog", "bee"]), r"no class named 'cow'",
    ),
    "targets of another batch": (plain, of(X, None, [0, 1, 2]), r"3 targets .* 2 inputs"),
    "a tensor of fractions": (plain, of(X, None, torch.rand(2)), r"target is of float32 .*whole"),
    "a tensor of two axes": (
        plain, of(X, None, torch.zeros(2, 3, dtype=torch.int64)), r"shape \(2, 3\); whole numbers",
    ),
    "a contrast with itself": (plain, of(X, None, Contrast(1, 1)), r"two classes; 1 was given twice"),
    "a contrast of fractions": (plain, of(X, None, Contrast(0.5, 1)), r"target is 0.5; a class"),
    "log p of a list": (plain, of(X, None, LogProbability([1])), r"target is \[1\]; a class"),
    "too few labels": (plain, of(labels=["cat", "dog"]), r"3 classes and 2 labels"),
    "too many labels": (plain, of(labels=list("abcd")), r"3 classes and 4 labels"),
    "one word for labels": (plain, of(labels="cat"), r"labels is 'cat'; a list with one name"),
    "numbers for labels": (plain, of(labels=[1, 2, 3]), r"labels holds 1; a list of names"),
    # ---- the settings
    "levels of a fraction": (
        plain, lambda net: DiscreteWaveletTransform(levels=1.5), r"levels is 1.5; a whole number",
    ),
    "no levels": (plain, lambda net: DiscreteWaveletTransform(levels=0), r"levels is 0; at least 1"),
    "too many levels": (plain, of(transform="haar:9"), r"9 levels of haar .* the maximum is 3"),
    "a wavelet that is not there": (plain, of(transform="db99"), r"wavelet 'db99' is unknown"),
    "a transform that is a number": (plain, of(transform=3), r"transform is 3; a transform such as"),
    "a transform of two many words": (
        plain, of(transform="dwt:haar:2:zero:1"), r"dwt:wavelet:levels:boundary is accepted",
    ),
    "a word for levels": (plain, of(transform="haar:many"), r"levels is 'many'.*whole number"),
    "a transform of other axes": (
        plain, of(transform=transforms.build(ndim=1, levels=1)), r"has 1 axes, the signal 2",
    ),
    "a path that is not there": (plain, of(path="saliency"), r"path is 'saliency'; gradient, smooth"),
    "a path that is a class": (
        plain, of(path=SmoothGrad), r"path is the class SmoothGrad, not an instance",
    ),
    "steps of a fraction": (plain, lambda net: IntegratedGradients(2.5), r"steps is 2.5; a whole"),
    "no steps": (plain, lambda net: IntegratedGradients(0), r"steps is 0; .*at least 1"),
    "a seed that is a word": (plain, lambda net: SmoothGrad(seed="a"), r"seed is 'a'; a whole"),
    "a spread that is a word": (plain, lambda net: SmoothGrad(spread="a"), r"spread is 'a'; a num"),
    "a path along a word": (plain, lambda net: SmoothGrad(along="x"), r"along is 'x'; Gradient"),
    "a baseline that is a number": (
        plain, lambda net: IntegratedGradients(3, 0.5), r"baseline 0.5 is unknown; .*or a tensor",
    ),
    "a baseline of another shape": (
        plain, of(path=IntegratedGradients(3, torch.rand(5))), r"baseline has shape \(5,\); .*8, 8\)",
    ),
    "path-signed by another transform": (
        plain, of(path=PathSigned(transforms.build(levels=1), 3)), r"made for another transform",
    ),
    "a micro-batch of nothing": (plain, of(micro_batch=0), r"micro_batch is 0; at least 1"),
    "a micro-batch of a fraction": (plain, of(micro_batch=1.5), r"micro_batch is 1.5; a whole"),
    # ---- results
    "no results to join": (plain, lambda net: join([]), r"no results .*at least one"),
    "other results to join": (
        plain,
        lambda net: join([explain_module(net, X, path=path) for path in (Gradient(), "integrated")]),
        r"differ in their path; it has to be the same",
    ),
    "a file that is no result": (
        plain, lambda net: WaveletAttribution.load(__file__), r"not a saved attribution",
    ),
}  # fmt: skip


def overwritten(x):
    """Scores whose gradient needs what is overwritten."""
    root = x.flatten(1)[:, :3].exp()
    scores = root.exp()
    root.zero_()
    scores += 1
    kept = scores.exp()
    kept.mul_(2)
    return kept


def state(net):
    """Everything that has to be as before."""
    return (
        [part.training for part in net.modules()],
        [(values.requires_grad, values.grad) for values in net.parameters()],
        [len(part._forward_hooks) + len(part._forward_pre_hooks) for part in net.modules()],
        [values.double().sum().item() for values in net.state_dict().values()],
    )


def tried(make, call):
    net = make().train()
    before = state(net)
    error = None
    try:
        call(net)
    except Exception as caught:
        error = caught
    text = "" if error is None else "".join(traceback.format_exception(error))
    return {
        "type": f"{type(error).__module__}.{type(error).__name__}",
        "message": str(error),
        "shows_torch": "torch/" in text,
        "as_before": state(net) == before,
    }


if __name__ == "__main__":
    json.dump({name: tried(make, call) for name, (make, call, _) in CALLS.items()}, sys.stdout)
