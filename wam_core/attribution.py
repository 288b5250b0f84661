"""The result of an explanation, and where it came from."""

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from io import BufferedIOBase
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from wam_core import outputs, rich_display, transforms
from wam_core.averaging import Errors, relative_error
from wam_core.bands import Bands, Layout
from wam_core.errors import InputError, RenamedMembers, optional
from wam_core.outputs import Output
from wam_core.path import Path
from wam_core.paths import from_settings, settings
from wam_core.provenance import Provenance
from wam_core.table import rows
from wam_core.targets import Target, pick
from wam_core.transforms import Transform

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

_NAMED_TARGETS = 4


@dataclass(frozen=True, eq=False)
class WaveletAttribution(RenamedMembers):
    """Signed, per-channel attributions of class scores to wavelet coefficients.

    Everything else (magnitudes, maps, profiles, colours) is a view of this: ``wam_core.views``.

    Attributes:
        attribution: γ, laid out like the coefficients.
        input: x as the network received it, (batch, channel, *space).
        transform, path: the settings.
        targets: what was explained, one per sample.
        logits: f(x), (batch, classes).
        origin_logits: f(x₀) for a path that starts from a baseline.
        representation: the signed attribution to what the network makes of its input first, on
            that representation's own axes, from the same passes (:mod:`wam_core.averaging`);
            None for a network without one.
        errors: how far γ is from what many more passes would give, by band
            (:mod:`wam_core.averaging`); None where the path cannot tell, and in results from before.
        asked: the path as it was asked for, where it ended before: ``path`` is what was taken.
    """

    attribution: Bands
    input: Float[Tensor, "b c *space"]
    transform: Transform
    path: Path
    targets: tuple[Target, ...]
    logits: Float[Tensor, "b classes"]
    origin_logits: Float[Tensor, "b classes"] | None
    provenance: Provenance
    representation: Float[Tensor, "b d *axes"] | None = None
    errors: Errors | None = None
    asked: Path | None = None

    _renamed = {"doubt": "standard_error"}

    def __repr__(self) -> str:
        size, batch = " × ".join(map(str, self.size)), ""
        if len(self) > 1:
            names = list(dict.fromkeys(map(str, self.targets)))
            more = ", …" if len(names) > _NAMED_TARGETS else ""
            batch = f"a batch of {len(self)}, {', '.join(names[:_NAMED_TARGETS])}{more},"
        return (
            f"<WaveletAttribution of {batch or self.target} by {self.provenance.model}: "
            f"{type(self.path).__name__}, {self.transform.title}, {self.transform.levels} levels "
            f"of {size}>"
        )

    def __len__(self) -> int:
        """The number of inputs."""
        return len(self.input)

    def __iter__(self) -> Iterator["WaveletAttribution"]:
        return (self[at] for at in range(len(self)))

    def __getitem__(self, which: int | slice) -> "WaveletAttribution":
        """The result of one input, as a batch of one, or of several.

        Raises:
            IndexError: there is no such input.
        """
        inputs = range(len(self))
        if isinstance(which, int):
            if which not in range(-len(self), len(self)):
                raise IndexError(f"there is no input {which} in a batch of {len(self)}")
            which = slice(inputs[which], inputs[which] + 1)
        if not inputs[which]:
            raise IndexError(f"no input of a batch of {len(self)} is in {which}")
        chosen = torch.as_tensor(inputs[which])

        def some(values: Tensor | None) -> Tensor | None:
            return None if values is None else values[chosen.to(values.device)]

        return replace(
            self,
            attribution=self.attribution.map(lambda band: band[chosen.to(band.device)]),
            input=self.input[chosen.to(self.input.device)],
            path=self.path.members(which, self.input.shape),
            asked=None if self.asked is None else self.asked.members(which, self.input.shape),
            targets=self.targets[which],
            logits=self.logits[chosen.to(self.logits.device)],
            origin_logits=some(self.origin_logits),
            representation=some(self.representation),
            errors=self.errors and {band: each[which] for band, each in self.errors.items()},
        )

    def _repr_html_(self) -> str | None:
        return rich_display.html(self)

    @cached_property
    def coefficients(self) -> Bands:
        """z = W(x)."""
        return self.transform.analyse(self.input)

    @property
    def size(self) -> tuple[int, ...]:
        """The extent of the input along each spatial axis."""
        return tuple(self.input.shape[2:])

    @cached_property
    def layout(self) -> Layout:
        """What each band describes, and where its coefficients lie on the input's grid."""
        return self.transform.layout(self.size)

    @property
    def target(self) -> Target:
        """The target of the first sample; most results hold only one."""
        return self.targets[0]

    @property
    def scores(self) -> Float[Tensor, " b"]:
        """The explained scores f_c(x): logits, or differences of logits."""
        return pick(self.targets, self.logits)

    @property
    def origin_scores(self) -> Float[Tensor, " b"] | None:
        """f_c(x₀), where the path has a baseline."""
        return None if self.origin_logits is None else pick(self.targets, self.origin_logits)

    @property
    def probabilities(self) -> Float[Tensor, "b classes"]:
        """Of each class, by what the network's outputs are."""
        return outputs.probabilities(self.logits, self.output)

    @property
    def output(self) -> Output:
        """What the network's outputs are."""
        return self.target.output

    @property
    def completeness_gap(self) -> Float[Tensor, " b"] | None:
        """|Σγ − (f_c(x) − f_c(x₀))| / |f_c(x) − f_c(x₀)|, where the path has a baseline.

        Integrated Gradients add up to the difference of the scores in the limit of many steps;
        the gap says how far this result is from there (0 = complete, 0.1 = 10 % is missing). It is
        NaN or infinite where f(x) = f(x₀): :attr:`completeness_note` says so.
        """
        if (start := self.origin_scores) is None:
            return None
        total = sum(values.flatten(1).sum(1) for _, values in self.attribution.bands())
        difference = self.scores - start
        return (total - difference).abs() / difference.abs()

    @property
    def completeness_note(self) -> str | None:
        """Why :attr:`completeness_gap` is undefined for some inputs; None where it is not."""
        if (start := self.origin_scores) is None:
            return None
        level = (self.scores == start).nonzero().flatten().tolist()
        if not level:
            return None
        which = "" if len(self) == 1 else f" of input {', '.join(map(str, level))}"
        return (
            f"the score{which} is the same at the input and at the baseline, f(x) = f(x₀): there is "
            "no difference that the attributions could add up to, so the gap is undefined"
        )

    def standard_error(self, level: int | None = None) -> Float[Tensor, " b"] | None:
        """‖error‖ / ‖γ‖ of all bands, or of one level (0: the approximation), where it is known.

        0.1: the map is right but for 10 % of its size; near 1: it is chance and nothing else.
        """
        if self.errors is None:
            return None
        return relative_error(self.attribution, self.errors, level)

    def rows(self, rate: float | None = None) -> list[dict[str, int | float | str]]:
        """The attribution as a table, a row for each band of each input (:func:`wam_core.table.rows`).

        Args:
            rate: samples per second, for the bands in Hz.
        """
        return rows(self.attribution, self.layout, [str(t) for t in self.targets], rate)

    def to_frame(self, rate: float | None = None) -> "DataFrame":
        """:meth:`rows` as a pandas DataFrame.

        Raises:
            MissingLibraryError: pandas is not installed.
        """
        with optional("to_frame"):
            import pandas
        return pandas.DataFrame(self.rows(rate))

    def plot(self, sample: int = 0) -> "Figure":
        """One input of the batch as a Matplotlib figure (:mod:`wam_core.plot.figure`)."""
        figure: Figure = rich_display.figure(self[sample])
        return figure

    @property
    def is_zero(self) -> bool:
        """Whether the score does not respond to the input at all: there is nothing to show."""
        return not any(values.any() for _, values in self.attribution.bands())

    def save(self, file: File | BufferedIOBase) -> None:
        """Write a compressed .npz without pickled objects; :meth:`load` restores it exactly.

        Its members: ``attribution.approx``, ``attribution.L{level}.{orientation}``, the same under
        ``coefficients.``, ``input``, ``logits``, ``origin_logits``, ``representation`` (the last
        two where there are any), and ``meta``, a JSON text. The batch axis is left out where there
        is one sample.
        """
        alone = len(self.input) == 1
        arrays: dict[str, npt.NDArray[Any]] = {}

        def put(name: str, values: Tensor) -> None:
            arrays[name] = (values[0] if alone else values).detach().cpu().numpy()

        for name, pyramid in (
            ("attribution", self.attribution),
            ("coefficients", self.coefficients),
        ):
            for band, values in pyramid.bands():
                put(f"{name}.{band}", values)
        put("input", self.input)
        put("logits", self.logits)
        if self.origin_logits is not None:
            put("origin_logits", self.origin_logits)
        if self.representation is not None:
            put("representation", self.representation)
        meta = {
            "batch": len(self.input),
            "transform": self.transform.settings,
            "path": settings(self.path),
            "targets": [asdict(target) for target in self.targets],
            "provenance": asdict(self.provenance),
            "errors": self.errors,
            "asked": None if self.asked is None else settings(self.asked),
        }
        np.savez_compressed(file, allow_pickle=False, meta=np.array(json.dumps(meta)), **arrays)

    @classmethod
    def load(cls, file: File | BufferedIOBase) -> "WaveletAttribution":
        """What :meth:`save` wrote.

        Raises:
            InputError: the file is not such an archive.
        """
        try:
            with np.load(file, allow_pickle=False) as archive:
                arrays = dict(archive)
            return cls._assembled(arrays, json.loads(str(arrays.pop("meta"))))
        except (
            ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile, zlib.error
        ) as error:  # fmt: skip
            raise InputError(
                "this is not a saved attribution (.npz written by WAM Explorer)"
            ) from error

    @classmethod
    def _assembled(
        cls, arrays: Mapping[str, npt.NDArray[Any]], meta: Mapping[str, Any]
    ) -> "WaveletAttribution":
        alone = meta["batch"] == 1
        tensors = {
            name: torch.from_numpy(values)[None] if alone else torch.from_numpy(values)
            for name, values in arrays.items()
        }
        transform = transforms.from_settings(meta["transform"])
        layout = transform.layout(tensors["input"].shape[2:])
        attribution = Bands.of({band: tensors[f"attribution.{band}"] for band in layout}, layout)
        errors, asked = meta.get("errors"), meta.get("asked")
        return cls(
            attribution=attribution,
            input=tensors["input"],
            transform=transform,
            path=from_settings(meta["path"]),
            targets=tuple(Target(**target) for target in meta["targets"]),
            logits=tensors["logits"],
            origin_logits=tensors.get("origin_logits"),
            provenance=Provenance(**meta["provenance"]),
            representation=tensors.get("representation"),
            errors=None if errors is None else {band: tuple(b) for band, b in errors.items()},
            asked=None if asked is None else from_settings(asked),
        )
