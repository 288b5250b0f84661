"""A kind of input that only tests know, with its network and its sample: one file, as anybody would add."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import plotly.graph_objects as go
import streamlit as st
import torch
from torch import Tensor, nn

from app import kinds
from app.components.page import chart
from app.components.views import choose_bands, choose_look
from app.figures.theme import finish
from app.figures.units import Pixels
from app.kinds import Kind
from app.kinds.base import SettingsText
from app.kinds.received import Download, Picture
from app.report.parts import Part, ReportInput
from app.report.parts import Picture as ReportPicture
from models import Spec
from wam_core import Band, Classifier, Signal, WaveletAttribution
from wam_core.bands import Layout
from wam_core.defaults import Defaults
from wam_core.plot.colour import grey, paint
from wam_core.signals.image import encode_png
from wam_core.views import heat_map, over_channels

NAME, LENGTH = "series", 64


class Frontend:
    """The first numbers of a series, about 0."""

    ndim = 1

    def prepare(self, signal: Signal) -> Tensor:
        """(1, 1, 64); a shorter series is filled up with zeros."""
        x = torch.from_numpy(signal.values[0, :LENGTH].copy())
        return nn.functional.pad(x, (0, LENGTH - len(x)))[None, None]

    def describe(self, signal: Signal) -> str:
        """In words."""
        return f"the first {LENGTH} of {signal.size[0]} numbers"

    def denormalize(self, x: Tensor) -> Tensor:
        """From −1 … 1 to 0 … 1."""
        return (x + 1) / 2

    def normalize(self, values: Tensor) -> Tensor:
        """And back."""
        return 2 * values - 1

    def settings(self) -> Mapping[str, Any]:
        """Nothing can be chosen."""
        return {"kind": NAME, "length": LENGTH}


class Catalogue:
    """One network, which says whether a series rises."""

    SPECS: ClassVar[Mapping[str, Spec]] = {
        "slope": Spec(
            "slope", "Slope", NAME, "CC0", "made by a test", "Rises or falls.", embedded=True
        )
    }
    DEFAULT = "slope"
    ARCHITECTURES: ClassVar[Mapping[str, Any]] = {}

    def available(self, name: str) -> bool:
        """It needs no file."""
        return True

    def load(self, name: str, device: str | torch.device = "cpu") -> Classifier:
        """Two logits, linear in the numbers."""
        module = nn.Sequential(nn.Flatten(), nn.Linear(LENGTH, 2, bias=False))
        ramp = torch.linspace(-1, 1, LENGTH)
        module[1].weight.data = torch.stack([ramp, -ramp])
        return Classifier(
            module.eval().to(device), labels=("rises", "falls"), frontend=Frontend(), name=name
        )

    def from_file(
        self,
        weights: Path,
        architecture: str,
        labels: Path | Sequence[str] | None = None,
        device: str | torch.device = "cpu",
    ) -> Classifier:
        """There are no architectures."""
        raise KeyError(architecture)


@dataclass(frozen=True)
class Ramp:
    """A series that rises with a wiggle."""

    modality: str = NAME
    title: str = "A rising series"
    credit: str = "made by a test"
    label: str = "rises"
    network: str = ""

    def load(self, name: str) -> Signal:
        """The same numbers each time."""
        steps = np.linspace(-1, 1, LENGTH, dtype=np.float32)
        return Signal.from_values(0.8 * steps[None] + 0.1 * np.sin(40 * steps)[None], NAME, name)


class Steps(Pixels):
    """Names of bands in steps of a series."""

    def part(self, band: Band) -> str:
        """One band a level."""
        return ""

    def size(self, band: Band) -> str:
        """About 2^j steps."""
        return super().size(band).replace("px", "steps")

    def place(self, band: Band) -> str:
        """In steps."""
        return super().place(band).replace("pixels", "steps")

    def briefly(self, band: Band) -> str:
        """In steps."""
        return super().briefly(band).replace("pixels", "steps")

    def span(self, bands: Sequence[Band]) -> str:
        """In steps."""
        return super().span(bands).replace("pixels", "steps")


class Series(Kind):
    """Numbers in a row."""

    name = NAME
    title = "Series"
    ndim = 1
    elements = "steps"
    group_structures: ClassVar = {"Fine": "jumps", "Coarse": "trends"}
    defaults = Defaults("haar", 0.1)
    settings = SettingsText(
        (0.0, 0.05, 0.1),
        "A wavelet.",
        "A level.",
        {"zero": "zero", "mean": "the mean"},
        "Zero is zero.",
    )
    first_sample = check_sample = "ramp"

    @property
    def plural(self) -> str:
        """The same word."""
        return self.name

    def units(self, classifier: Classifier, layout: Layout, signal: Signal | None = None) -> Steps:
        """Steps."""
        return Steps(layout)

    def thumbnail(self, signal: Signal, height: int, width: int) -> Picture:
        """A strip of grey."""
        return grey(np.resize(signal.values[0], (height, width)))

    def picture(self, subject: Any, x: Tensor) -> Picture:
        """A strip of grey."""
        return grey(subject.net.denormalize(x)[0].detach().cpu().numpy().repeat(8, 0))

    def strength_picture(self, subject: Any, strength: Tensor) -> Picture:
        """A strip of colours."""
        values = strength.cpu().numpy()[None].repeat(8, 0)
        return paint(values, float(values.max()) or 1.0)

    def draw_input(self, explained: Any) -> None:
        """What the network receives."""
        picture = self.picture(explained.subject, explained.result.input)
        st.image(picture, caption="The series", alt="The series as a strip")

    def tabs(self, explained: Any) -> Mapping[str, Callable[[], None]]:
        """One curve."""
        look = choose_look(st.context.theme.type == "dark")
        chosen = choose_bands(
            self, explained.result.attribution, Steps(explained.result.layout), "Levels."
        )
        return {"Overview": partial(self._curve, explained.result, look, chosen)}

    def _curve(self, result: WaveletAttribution, look: Any, bands: Sequence[Band]) -> None:
        values = _heat(result, bands)
        figure = finish(go.Figure(go.Scatter(y=values)), look, 150)
        chart(figure, "series-map", "Importance over the series")

    def report_maps(self, report: ReportInput) -> Sequence[Part]:
        """The map as a strip."""
        values = _heat(report.result)[None].repeat(8, 0)
        png = encode_png(paint(values, float(values.max()) or 1.0))
        return [ReportPicture("Where in the series", png, "Importance over the series")]

    def downloads(self, explained: Any) -> Sequence[Download]:
        """The numbers of the map."""
        return [Download("Map (.txt)", "map.txt", partial(_text, explained.result))]

    def exports(
        self, result: WaveletAttribution, classifier: Classifier, signal: Signal
    ) -> dict[str, bytes]:
        """The same."""
        return {"map.txt": _text(result).encode()}


def _heat(result: WaveletAttribution, bands: Sequence[Band] | None = None) -> Any:
    magnitude = over_channels(result.attribution, "magnitude")
    return heat_map(magnitude, result.transform, result.size, bands)[0, 0].cpu().numpy()


def _text(result: WaveletAttribution) -> str:
    return "\n".join(map(repr, _heat(result).tolist()))


def add() -> None:
    """All that has to be called; the decoder adds itself when it is imported."""
    import models
    from models import samples

    kinds.register(Series())
    models.register(NAME, Catalogue())
    samples.register("ramp", Ramp())
