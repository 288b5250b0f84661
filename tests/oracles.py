"""Independent, slow and plain versions of what wam_core does, and small networks with known answers.

Nothing here calls the adjoint, a path or the engine: a defect there cannot hide here.
"""

import numpy as np
import pywt
import torch
from torch import nn

from wam_core.bands import Bands
from wam_core.classifier import Classifier
from wam_core.evaluation.curves import Curves, perturb
from wam_core.steps import run_to_end
from wam_core.transforms.dwt import DiscreteWaveletTransform

SIZES = {1: (37,), 2: (17, 20), 3: (7, 10, 9)}
"""Odd and even extents, all different: a swapped axis fails."""


class Smooth(nn.Module):
    """tanh((x V + a)) U + b: smooth, with biases, every logit depends on every input value."""

    def __init__(self, features: int, classes: int = 3, hidden: int = 6, seed: int = 0) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(seed)

        def normal(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.randn(shape, generator=draw, dtype=torch.float64))

        self.inner, self.outer = normal(features, hidden), normal(hidden, classes)
        self.inner_bias, self.outer_bias = normal(hidden), normal(classes)
        self.inner.data /= features**0.5
        self.calls = 0
        self.batches: list[int] = []

    def forward(self, x):
        self.calls += 1
        self.batches.append(len(x))
        return (
            torch.tanh(x.flatten(1) @ self.inner + self.inner_bias) @ self.outer + self.outer_bias
        )


class Curved(nn.Module):
    """log(1 + (x V + a)²) on axes of its own, two channels of 4 × 3: a curve while x moves straight."""

    shape = (2, 4, 3)

    def __init__(self, features: int, seed: int = 5) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(seed)
        mixed = int(np.prod(self.shape))
        self.mix = nn.Parameter(torch.randn(features, mixed, generator=draw, dtype=torch.float64))
        self.mix.data /= features**0.5
        self.register_buffer("offset", torch.randn(mixed, generator=draw, dtype=torch.float64))
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return (x.flatten(1) @ self.mix + self.offset).square().log1p().unflatten(1, self.shape)


def represented(ndim, channels=2, dtype=torch.float64, module=None, **options):
    """A smooth classifier behind a curved representation."""
    features = channels * int(np.prod(SIZES[ndim]))
    module = module or Smooth(int(np.prod(Curved.shape)), **options)
    curved = Curved(features).to(dtype)
    return Classifier(module.to(dtype), representation=curved, ndim=ndim, name="represented")


def network(ndim, channels=2, size=None, dtype=torch.float64, **options):
    """A smooth classifier of the test size for n axes."""
    features = channels * int(np.prod(size or SIZES[ndim]))
    return Classifier(Smooth(features, **options).to(dtype), ndim=ndim, name="smooth")


def linear(ndim, channels=2, size=None, seed=3):
    """A linear classifier, and its weights (classes, channel, *space)."""
    shape = (3, channels, *(size or SIZES[ndim]))
    weights = torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    layer = nn.Linear(weights[0].numel(), 3, dtype=torch.float64)
    layer.weight.data = weights.flatten(1)
    return Classifier(nn.Sequential(nn.Flatten(), layer), ndim=ndim, name="linear"), weights


def draw(ndim, batch=1, channels=2, size=None, dtype=torch.float64, seed=7):
    """A random input of the test size."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, channels, *(size or SIZES[ndim]), generator=generator, dtype=dtype)


def random_pyramid(like: Bands, seed=11) -> Bands:
    """A pyramid of the same layout with random values."""
    generator = torch.Generator().manual_seed(seed)
    return like.map(lambda band: torch.randn(band.shape, generator=generator, dtype=band.dtype))


def followed(steps):
    """The result of long work, and what its steps yielded."""
    seen = []
    return run_to_end(steps, seen.append), seen


def dot(a: Bands, b: Bands) -> float:
    """The inner product of two pyramids."""
    return sum(float((u * v).sum()) for (_, u), (_, v) in zip(a.bands(), b.bands(), strict=True))


def flat(z: Bands) -> torch.Tensor:
    """Every coefficient in one row per sample."""
    return torch.cat([band.flatten(1) for _, band in z.bands()], dim=1)


def unflat(row: torch.Tensor, like: Bands) -> Bands:
    """The inverse of :func:`flat`, differentiable, for any batch."""
    bands = dict(like.bands())
    parts = row.split([band[0].numel() for band in bands.values()], dim=1)
    return like.replaced(
        {
            name: part.reshape(len(row), *band.shape[1:])
            for (name, band), part in zip(bands.items(), parts, strict=True)
        }
    )


def assert_same(a: Bands, b: Bands, tolerance: float) -> None:
    """Equal band by band, relative to the largest value of the whole pyramid; 0 means bitwise."""
    scale = max(1e-300, float(flat(b).abs().max()))
    for (name, left), (other, right) in zip(a.bands(), b.bands(), strict=True):
        assert name == other
        torch.testing.assert_close(
            left / scale if tolerance else left,
            right / scale if tolerance else right,
            rtol=0,
            atol=tolerance,
            msg=lambda text, name=name: f"{name}: {text}",
        )


def pywt_bands(x: np.ndarray, transform: DiscreteWaveletTransform):
    """pywt.wavedecn of one array (*space), in its own format."""
    return pywt.wavedecn(x, transform.wavelet, transform.boundary, transform.levels)


def naive_gradient(classifier, transform, x, index) -> Bands:
    """∂f_c(W⁻¹(z))/∂z at z = W(x): one analysis, one synthesis, one backward pass through both."""
    with torch.enable_grad():
        z = transform.analyse(x).map(lambda band: band.detach().requires_grad_())
        bands = dict(z.bands())
        score = classifier.module(transform.synthesise(z, tuple(x.shape[2:])))[:, index].sum()
        gradients = torch.autograd.grad(score, list(bands.values()))
    return z.replaced(dict(zip(bands, gradients, strict=True)))


def naive_smoothgrad(classifier, transform, x, index, samples, spread, seed, along=None) -> Bands:
    """Eq. 2 as it is written; ``along`` gives the noiseless (point, weight) pairs, else x itself."""
    generator = torch.Generator().manual_seed(seed)
    total = None
    for _ in range(samples):
        noise = torch.randn(x.shape[1:], generator=generator, dtype=x.dtype)
        for point, weight in along or [(x, 1.0)]:
            noisy = point.clone()
            for member in range(len(x)):
                sigma = spread * (x[member].max() - x[member].min())
                noisy[member] = point[member] + sigma * noise
            share = naive_gradient(classifier, transform, noisy, index).map(
                lambda band, weight=weight: band * weight / samples
            )
            total = share if total is None else total.map(torch.add, share)
    return total


def line(x, start, steps):
    """Points and Gauss–Legendre weights on the line from start to x."""
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    return [
        (start + (node + 1) / 2 * (x - start), weight / 2)
        for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True)
    ]


def naive_integrated(classifier, transform, x, index, pairs, start) -> Bands:
    """Eq. 3 as it is written: (z − z₀) times the weighted sum of gradients at the given points."""
    total = None
    for point, weight in pairs:
        share = naive_gradient(classifier, transform, point, index).map(
            lambda band, weight=weight: band * weight
        )
        total = share if total is None else total.map(torch.add, share)
    z, origin = transform.analyse(x), transform.analyse(start)
    return total.map(lambda gradient, a, b: gradient * (a - b), z, origin)


def naive_magnitudes(classifier, transform, x, index, samples, spread, seed) -> Bands:
    """As the authors' code: normalised |mean over channels| of each sample, averaged; one by one."""
    total = None
    for member in range(len(x)):
        alone = x[member : member + 1]
        generator = torch.Generator().manual_seed(seed)
        sigma = spread * (alone.max() - alone.min())
        for _ in range(samples):
            noise = torch.randn(x.shape[1:], generator=generator, dtype=x.dtype)
            gradient = naive_gradient(classifier, transform, alone + sigma * noise, index)
            arrays = {name: band.numpy() for name, band in gradient.bands()}
            for name, band in arrays.items():
                map_ = np.abs(band.mean(axis=1, keepdims=True))
                map_ = map_ / map_.max() / samples
                arrays[name] = np.broadcast_to(map_, band.shape)
            if total is None:
                total = {name: np.zeros((len(x), *band.shape[1:])) for name, band in arrays.items()}
            for name, band in arrays.items():
                total[name][member] += band[0]
    return gradient.replaced({name: torch.from_numpy(band) for name, band in total.items()})


def central_differences(classifier, transform, z: Bands, size, index, places, step=1e-5):
    """[f(W⁻¹(z + h e_i)) − f(W⁻¹(z − h e_i))] / 2h at the given places of the flattened pyramid."""
    row = flat(z)
    moves = torch.zeros(len(places), row.shape[1], dtype=row.dtype)
    moves[range(len(places)), places] = step

    def score(rows):
        with torch.no_grad():
            return classifier.module(transform.synthesise(unflat(rows, z), size))[:, index]

    return (score(row + moves) - score(row - moves)) / (2 * step)


def naive_curve(classifier, x, start, index, steps) -> torch.Tensor:
    """∫ ∂f_c/∂m ⊙ (dm/dα) dα on m's own axes: m's central differences, Gauss–Legendre."""
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    total = 0.0
    for node, weight in zip(((nodes + 1) / 2).tolist(), (weights / 2).tolist(), strict=True):
        point = start + node * (x - start)
        step = 1e-5 * (x - start)
        m, ahead, behind = map(classifier.representation, (point, point + step, point - step))
        tangent = (ahead - behind) / 2e-5
        with torch.enable_grad():
            m = m.detach().requires_grad_()
            (slope,) = torch.autograd.grad(classifier.module(m)[:, index].sum(), m)
        total = total + weight * slope * tangent
    return total


def perturbed(*arguments, **options) -> Curves:
    """Both perturbation curves at once."""
    return run_to_end(perturb(*arguments, **options))
