"""Transforms and paths in words: ``db2``, ``dwt:db2:3``, ``smoothgrad``, ``integrated:50``."""

from collections.abc import Callable, Mapping, Sequence

from wam_core import transforms
from wam_core.errors import SettingsError
from wam_core.path import Path
from wam_core.path_signed import PathSigned
from wam_core.paths import Gradient, IntegratedGradients, SmoothGrad
from wam_core.transforms import Transform

_LEVELS = 3

_PATHS: Mapping[str, Callable[[Transform, int], Path]] = {
    "gradient": lambda transform, passes: Gradient(),
    "smoothgrad": lambda transform, passes: SmoothGrad(passes),
    "smoothgrad-magnitude": lambda transform, passes: SmoothGrad(passes, aggregate="magnitude"),
    "integrated": lambda transform, passes: IntegratedGradients(passes),
    "path-signed": lambda transform, passes: PathSigned(transform, passes),
}
_PASSES = 25


def transform_of(given: Transform | str | None, size: Sequence[int]) -> Transform:
    """A transform for a signal of a size.

    Args:
        given: a transform; or in words its settings in their order after its name, ``dwt:db2:3``,
            where the name of the wavelet alone is enough; None for haar. Without a number of
            levels there are three, or as many as there is room for.
        size: the extent along each spatial axis.

    Raises:
        SettingsError: something else, or a setting that does not exist.

    >>> transform_of("db2", (64, 64)), transform_of("dwt:haar:2:zero", (64,))
    (DiscreteWaveletTransform(wavelet='db2', levels=3, ndim=2, boundary='reflect'), \
DiscreteWaveletTransform(wavelet='haar', levels=2, ndim=1, boundary='zero'))
    """
    if isinstance(given, Transform):
        return given
    if given is not None and not isinstance(given, str):
        raise SettingsError(
            f"transform is {_described(given)}; a transform such as DiscreteWaveletTransform('haar', "
            "3, ndim=2), or words such as 'db2' or 'dwt:db2:3', are accepted"
        )
    first, *rest = (given or transforms.DEFAULT).split(":")
    name, words = (
        (first, rest) if first in transforms.names() else (transforms.DEFAULT, [first, *rest])
    )
    accepted = [setting for setting in transforms.parameters(name) if setting != "ndim"]
    if len(words) > len(accepted):
        raise SettingsError(f"transform is {given!r}; {name}:{':'.join(accepted)} is accepted")
    settings: dict[str, object] = dict(zip(accepted, words, strict=False))
    if isinstance(levels := settings.get("levels"), str):
        settings["levels"] = _number(levels, "levels", str(given))
        return transforms.build(name, ndim=len(size), **settings)
    smallest = transforms.build(name, ndim=len(size), levels=1, **settings)
    levels = max(1, min(_LEVELS, smallest.max_levels(size)))
    return transforms.build(name, ndim=len(size), levels=levels, **settings)


def path_of(given: Path | str | None, transform: Transform) -> Path:
    """A path.

    Args:
        given: a path; or its name, and after a colon the number of its points or copies, of which
            there are 25 otherwise; None for Integrated Gradients.
        transform: the explanation's own.

    Raises:
        SettingsError: something else.

    >>> path_of("integrated:50", transforms.build("dwt"))
    IntegratedGradients(steps=50, baseline='zero', rule='gauss-legendre', seed=42, grading=1.0)
    """
    if isinstance(given, Path):
        return given
    words = (given or "integrated").split(":") if given is None or isinstance(given, str) else []
    if not 1 <= len(words) <= 2 or words[0] not in _PATHS:
        raise SettingsError(
            f"path is {_described(given)}; {', '.join(_PATHS)}, with a number after a colon if "
            "wanted, or a path such as IntegratedGradients(steps=25) is accepted"
        )
    passes = _number(words[1], "path", str(given)) if len(words) > 1 else _PASSES
    return _PATHS[words[0]](transform, passes)


def _number(word: str, setting: str, given: str) -> int:
    if not word.isdecimal():
        raise SettingsError(f"{setting} is {word!r} in {given!r}; a whole number is needed")
    return int(word)


def _described(given: object) -> str:
    """A word as it is; a class by its name, as what is missing is often only the parentheses."""
    if isinstance(given, type):
        return f"the class {given.__name__}, not an instance"
    return repr(given) if isinstance(given, str | int | float) else f"a {type(given).__name__}"
