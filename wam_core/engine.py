"""The steps of an explanation: micro-batched, resumable, cancellable.

    γ = A( Σ_k w_k ∇_x f_c(x_k) )   [ · (z − z₀) ]

The network is passed forward and back once per point; the wavelet costs one adjoint at the end.
Where a network has a representation, the same passes give the gradients with respect to it.
Nothing here knows the number of axes.
"""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wam_core import batch_mixing
from wam_core.attribution import WaveletAttribution
from wam_core.averaging import Averages, gather
from wam_core.bands import Bands
from wam_core.classifier import Classifier, finite
from wam_core.errors import InputError, NumericalError, RenamedMembers, SettingsError, check_whole
from wam_core.memory import fitting, ran_out, shortage
from wam_core.path import Path, Point
from wam_core.provenance import Provenance, versions
from wam_core.signals.signal import Signal
from wam_core.steps import run_to_end
from wam_core.targets import Target, Wanted, pick, resolve
from wam_core.transforms import Transform

_HALVINGS = 4
_SHARED = ((2**16, 16), (2**19, 5), (2**21, 2))  # inputs of so many numbers: points in a CPU's pass
_AT_ONCE = frozenset({"cpu"})  # where a number can be looked at without waiting for the device


class _Passed(NamedTuple):
    """What the passes of k × b inputs give."""

    gradients: Float[Tensor, "k b c *space"]
    is_finite: Bool[Tensor, ""]  # whether all logits are finite
    represented: tuple[Tensor, Tensor] | None = None  # m and ∂f_c/∂m, (k, b, d, *axes)


@dataclass(frozen=True)
class Progress(RenamedMembers):
    """One finished micro-batch.

    Attributes:
        done, total: passes of the network.
        partial: computes the attribution of the points seen so far; costs one adjoint when
            called, and nothing otherwise. Safe to call later, and from another thread.
        standard_error: computes how far that is from its limit, relative to itself
            (:func:`wam_core.averaging.relative_error`), the largest of the samples; costs two adjoints when
            called. NaN where it cannot be told, as after a single copy; of Integrated Gradients
            only the last one is that of the result.
    """

    done: int
    total: int
    partial: Callable[[], Bands]
    standard_error: Callable[[], float]

    _renamed = {"doubt": "standard_error"}


def default_micro_batch(x: Float[Tensor, "b c *space"]) -> int:
    """How many points share one pass: measured, and fixed per kind of device and size of input.

    Fixed, because a network's rounding depends on the size of its batch: a size found anew at each
    start would change the last digits from run to run. ``benchmarks/overhead.py`` prints the
    measurements. On 2 cores a photograph's pass costs 1.7 times as much in a micro-batch of 25 as
    in one of 5, one of 32³ voxels two thirds in one of 16, and one of 1024² pixels half by itself.
    """
    if x.device.type != "cpu":
        return 25
    numbers = x[0].numel()
    return next((points for most, points in _SHARED if numbers <= most), 1)


def measure_micro_batch(
    classifier: Classifier,
    x: Float[Tensor, "b c *space"],
    candidates: Iterable[int] = (1, 2, 5, 8, 16, 25),
    repeats: int = 3,
) -> dict[int, float]:
    """Seconds per pass for several micro-batches, the best of ``repeats``, as {size: seconds}.

    For networks whose best size is unlike the default; pass the winner as ``micro_batch``.
    """
    seconds: dict[int, float] = {}
    for size in candidates:
        stack = x.unsqueeze(0).expand(size, *x.shape)
        runs = []
        for _ in range(repeats + 1):  # the first one warms up
            began = time.perf_counter()
            _gradients(classifier, stack, lambda scores: scores[..., 0])
            if x.is_cuda:
                torch.cuda.synchronize(x.device)
            runs.append((time.perf_counter() - began) / size)
        seconds[size] = min(runs[1:])
    return seconds


def explain(
    classifier: Classifier,
    signal: Signal | Tensor,
    target: Wanted = None,
    *,
    transform: Transform,
    path: Path,
    micro_batch: int | None = None,
    on_step: Callable[[Progress], None] | None = None,
) -> WaveletAttribution:
    """Attribute a class score to the wavelet coefficients of an input (eqs. 1–3).

    Args:
        classifier: the network, frozen.
        signal: a decoded file, or a tensor (batch, channel, *space) as the network receives it.
        target: a class index, a label, a :class:`~wam_core.targets.Contrast`, or None for the
            prediction.
        transform: wavelet, levels, padding.
        path: the variant.
        micro_batch: points per pass of the network; :func:`default_micro_batch` where None.
        on_step: called after each micro-batch.

    Raises:
        SettingsError: settings that do not fit the input or each other.
        InputError: an input the network cannot take.
        NumericalError: logits or gradients that are not finite.
        MemoryShortageError: no micro-batch fits the device.

    >>> from wam_core import Classifier, Gradient, transforms
    >>> net = Classifier(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 2)), ndim=2)
    >>> result = explain(net, torch.ones(1, 1, 8, 8), 0,
    ...                  transform=transforms.build("dwt", ndim=2, levels=2), path=Gradient())
    >>> [str(band) for band, _ in result.attribution.bands()]
    ['approx', 'L2.ad', 'L2.da', 'L2.dd', 'L1.ad', 'L1.da', 'L1.dd']
    """
    steps = explain_steps(
        classifier, signal, target, transform=transform, path=path, micro_batch=micro_batch
    )
    return run_to_end(steps, on_step)


def _passes_alone(classifier: Classifier, x: Tensor) -> bool:
    """Whether each point needs a pass of its own; found out for a network of which nobody knows.

    Raises:
        InputError: it does, and a batch is to be explained.
    """
    if classifier.passes_alone is None:
        with torch.no_grad():
            classifier.scores(x.clone())  # what does not pass at all is told of the whole batch
        classifier.passes_alone = batch_mixing.passes_alone(classifier, x)
    if classifier.passes_alone and len(x) > 1:
        raise InputError(
            f"{classifier.name} mixes the inputs of a batch, and {len(x)} were given; "
            "explain them one at a time"
        )
    return classifier.passes_alone


def _layout(classifier: Classifier, x: Tensor) -> str:
    """How inputs were passed, for the provenance."""
    layout = classifier.optimized.layout(x)
    return f"{layout}; {batch_mixing.NOTE}" if classifier.passes_alone else layout


def explain_steps(
    classifier: Classifier,
    signal: Signal | Tensor,
    target: Wanted = None,
    *,
    transform: Transform,
    path: Path,
    micro_batch: int | None = None,
) -> Generator[Progress, None, WaveletAttribution]:
    """:func:`explain` as a generator that yields after each micro-batch; ``close()`` cancels it."""
    began = time.perf_counter()
    x = classifier.prepare(signal)
    transform.check(x.shape[2:])
    if not path.fits(transform):
        raise SettingsError(f"{path} is made for another transform than {transform}")
    size = default_micro_batch(x) if micro_batch is None else micro_batch
    check_whole(micro_batch=size)
    if size < 1:
        raise SettingsError(f"micro_batch is {size}; at least 1 is needed")
    if size * len(x) > 1 and _passes_alone(classifier, x):
        size = 1
    target = path.asks(target)
    black = classifier.black(x)
    origin = path.origin(x, black)
    points = path.points(x, black)
    first = next(points)

    logits: Tensor | None = None
    targets: tuple[Target, ...] = ()
    origin_logits: Tensor | None = None
    if first[0] is not x:  # the gradient path passes through x; the others have to ask for f(x)
        with torch.no_grad(), fitting(classifier.name, x.device):
            logits = classifier.scores(x)
            origin_logits = None if origin is None else classifier.baseline_scores(origin)
        targets = resolve(target, classifier, logits)

    def choose(scores: Tensor) -> Tensor:
        nonlocal logits, targets
        if logits is None:
            logits = scores[0].detach()
            targets = resolve(target, classifier, logits)
        return pick(targets, scores)

    @cache
    def travelled() -> Bands:
        return transform.analyse(x if origin is None else x - origin)

    def measured(gradients: Tensor) -> Bands:
        assert path.measure is not None
        return path.measure(transform.adjoint(gradients))

    def finish(mean: Tensor | Bands) -> Bands:
        gradient = mean if isinstance(mean, Bands) else transform.adjoint(mean)
        return path.finish(gradient, travelled)

    means = Averages(finish, None if path.measure is None else measured)
    halves = path.halves() or iter(())
    represented = gather(classifier, path, x, black)
    done, taken, all_finite = 0, path, torch.ones((), dtype=torch.bool, device=x.device)
    for chunk, passed in _passes(classifier, chain((first,), points), size, choose):
        all_finite &= passed.is_finite
        if x.device.type in _AT_ONCE:
            classifier.require_finite(all_finite)
        weights = [weight for _, weight in chunk]
        means = means.plus(passed.gradients, weights, list(islice(halves, len(chunk))))
        if represented is not None and passed.represented is not None:
            represented.add(*passed.represented, weights)
        done += len(chunk)
        yield Progress(done, path.length, means.attribution, means.standard_error)
        if (ended := path.ended(done, means.standard_error)) is not None:
            taken = ended
            break

    classifier.require_finite(all_finite)
    assert logits is not None  # a path has at least one point
    summed, on_representation = means.tensors(), None
    if represented is not None and represented.total is not None:
        on_representation = represented.total
        if done < path.length:
            on_representation = on_representation / means.covered
        summed.append(on_representation)
    if not all(map(finite, summed)):
        raise NumericalError(f"the gradient of {classifier.name} is not finite for this input")
    attribution = means.attribution()
    errors = means.errors(attribution)
    if x.is_cuda:
        torch.cuda.synchronize(x.device)
    return WaveletAttribution(
        attribution=attribution,
        input=x,
        transform=transform,
        path=taken,
        targets=targets,
        logits=logits,
        origin_logits=origin_logits,
        provenance=Provenance(
            model=classifier.name,
            fingerprint=classifier.fingerprint,
            input_name=signal.name if isinstance(signal, Signal) else "tensor",
            input_sha256=signal.sha256 if isinstance(signal, Signal) else "",
            device=str(x.device),
            micro_batch=size,
            seconds=time.perf_counter() - began,
            versions=versions(),
            layout=_layout(classifier, x if on_representation is None else on_representation),
            threads=torch.get_num_threads(),
        ),
        representation=on_representation,
        errors=errors,
        asked=None if taken is path else path,
    )


def _passes(
    classifier: Classifier,
    points: Iterator[Point],
    size: int,
    choose: Callable[[Tensor], Tensor],
) -> Iterator[tuple[list[Point], _Passed]]:
    """Gradients of the points, ``size`` at a time; half as many after running out of memory."""
    halvings = 0
    waiting: list[Point] = []
    while waiting := waiting or list(islice(points, size)):
        chunk = waiting[:size]
        passed: _Passed | None = None
        try:
            passed = _gradients(classifier, torch.stack([point for point, _ in chunk]), choose)
        except RuntimeError as error:
            if not ran_out(error):
                raise
        if passed is None:  # outside of the handler: its traceback would keep the tensors alive
            if size == 1 or halvings == _HALVINGS:
                raise shortage(classifier.name, classifier.device, size)
            size, halvings = size // 2, halvings + 1
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            continue
        yield chunk, passed
        waiting = waiting[size:]


def _gradients(
    classifier: Classifier,
    stack: Float[Tensor, "k b c *space"],
    choose: Callable[[Tensor], Tensor],
) -> _Passed:
    """∇ of the chosen scores at k × b inputs, and at their representations, in one pass."""
    lead = stack.shape[:2]
    with torch.enable_grad():  # the grad mode belongs to the thread: a lane may have it off
        inputs = stack.flatten(0, 1).detach().requires_grad_()
        represented = classifier.represent(inputs)
        logits = classifier.answer(represented)
        is_finite, scores = logits.isfinite().all(), choose(logits.unflatten(0, lead)).sum()
        if classifier.representation is None:
            (gradients,) = torch.autograd.grad(scores, inputs)
            return _Passed(gradients.unflatten(0, lead), is_finite)
        gradients, slopes = torch.autograd.grad(scores, (inputs, represented))
    return _Passed(
        gradients.unflatten(0, lead),
        is_finite,
        (represented.detach().unflatten(0, lead), slopes.unflatten(0, lead)),
    )
