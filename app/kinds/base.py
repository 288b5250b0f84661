"""What a kind of input offers to every screen, command, route and report."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from torch import Tensor

from app.figures import captions
from app.figures.units import Groups, Units, halves
from app.kinds.received import (
    Download,
    MapPicture,
    NamedPart,
    Picture,
    PlaceMap,
    RankedMap,
    Samples,
)
from wam_core import Band, Bands, Classifier, Signal, WaveletAttribution
from wam_core.bands import Layout
from wam_core.defaults import Defaults
from wam_core.export import Parts
from wam_core.signals import Limits
from wam_core.signals.signal import noun
from wam_core.transforms import Transform
from wam_core.views import Keep, heat_map, over_channels, profile

if TYPE_CHECKING:  # these bring Streamlit, which the command line does without
    from app.report.parts import Part, ReportInput
    from app.session import Explained, Subject
    from wam_core.evaluation.pipeline import Ranking


@dataclass(frozen=True)
class SettingsText:
    """What the settings of the method offer and say for a kind of input.

    Attributes:
        spreads: all that are offered, as shares of the input's range.
        wavelet_help, levels_help: said where the control stands.
        baselines: what each baseline is for this kind, by its name in ``wam_core.baselines``.
        zero_help: what zero is among them.
    """

    spreads: tuple[float, ...]
    wavelet_help: str
    levels_help: str
    baselines: Mapping[str, str]
    zero_help: str


class Kind(ABC):
    """A kind of input. What is not overridden suits any signal on a regular grid.

    Attributes:
        name: in files, links and the settings of a network: ``image``.
        title: on buttons and in menus: ``Image``.
        ndim: spatial axes of the network's input.
        elements: what a network receives along those axes: ``pixels``.
        ranked_in_menu: what conventional maps rank, whatever the network.
        line: the elements of one line, as the title of an axis.
        places: what a map has a value for.
        largest: what coefficients with a large \\|z\\| are called.
        group_structures: what the groups of levels of :meth:`groups` describe, by group.
        defaults: of the method, where nobody chose.
        settings: the texts and choices of the method's controls.
        network_help: said where a network is chosen.
        options: names of the settings of a request that only this kind has.
        first_sample: what a first visit explains.
        check_sample, check_subject: what ``wam doctor`` shows a network, and what that is; empty
            takes the sample's label.
        first_levels: how many levels a comparison of scales starts with; 0 takes the default.
        archive_contents: what :meth:`exports` puts into an archive, in words.
        summary_terms: words of the glossary that :meth:`summary_text` uses.
        has_parts: whether :meth:`split` cuts it in two.
        is_picture: whether parts of it are still pictures, quick to draw again and again.
        map_has_levels: whether one map shows the levels apart, as a time-frequency raster does.
        map_words: what :meth:`map_picture` draws.
        map_note: how a map of a ranking came about, in a sentence.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    ndim: ClassVar[int]
    elements: ClassVar[str] = "samples"
    line: ClassVar[str] = "samples along a line"
    places: ClassVar[str] = "places"
    largest: ClassVar[str] = "largest"
    group_structures: ClassVar[Mapping[str, str]]
    defaults: ClassVar[Defaults]
    settings: ClassVar[SettingsText]
    network_help: ClassVar[str] = ""
    options: ClassVar[tuple[str, ...]] = ()
    first_sample: ClassVar[str]
    check_sample: ClassVar[str]
    check_subject: ClassVar[str] = ""
    first_levels: ClassVar[int] = 0
    archive_contents: ClassVar[str] = "The numbers (NPZ), the profile (CSV)"
    summary_terms: ClassVar[tuple[str, ...]] = ("importance", "level", "approximation")
    has_parts: ClassVar[bool] = False
    is_picture: ClassVar[bool] = False
    map_has_levels: ClassVar[bool] = False
    map_words: ClassVar[str] = "the heat-map"
    map_note: ClassVar[str] = ""

    @property
    def ranked_in_menu(self) -> str:
        """``pixels``."""
        return self.elements

    @property
    def noun(self) -> str:
        """``an image``."""
        return noun(self.name)

    @property
    def plural(self) -> str:
        """``images``."""
        return f"{self.name}s"

    def key(self, name: str) -> str:
        """A control's key, and its name in links, where each kind has its own."""
        return f"{self.name}-{name}"

    def accepted(self, limits: Limits) -> str:
        """Which files are read, and how large they may be, as the start of a sentence."""
        from wam_core.signals import intake

        return intake.accepted(self.name, limits)

    def prepare(self, signal: Signal, options: Mapping[str, Any]) -> Signal:
        """The signal in the form that :attr:`options` ask for, before a network is chosen.

        Raises:
            InputError: the form cannot be had; names the option.
        """
        return signal

    def excerpt(self, signal: Signal, classifier: Classifier, options: Mapping[str, Any]) -> Signal:
        """The part of the signal that the network is to receive, as :attr:`options` ask for it.

        Raises:
            InputError: there is no such part; names the option.
        """
        return signal

    def offer_recording(self, take: Callable[[str], None]) -> None:  # noqa: B027  # most have none
        """A device that records an input; its widget's key is handed to ``take`` when it has."""

    def choose_form(self, signal: Signal) -> Signal:
        """The visitor's choice of what :meth:`prepare` does, before a network is chosen."""
        from app.kinds.item_choice import choose_item

        return choose_item(signal)

    def choose_excerpt(self, signal: Signal, classifier: Classifier) -> Signal:
        """The visitor's choice of what :meth:`excerpt` does."""
        return signal

    def note_scales(self, wavelet: str, levels: int, size: tuple[int, ...], rate: float) -> None:  # noqa: B027
        """What a choice of wavelet and levels means, below its controls.

        Args:
            wavelet, levels: that were chosen.
            size, rate: of what the network receives.
        """

    @abstractmethod
    def units(self, classifier: Classifier, layout: Layout, signal: Signal | None = None) -> Units:
        """Names and sizes of bands for people, as the network receives the signal, or any."""

    def groups(self, attribution: Bands) -> Groups:
        """Levels that are taken together, coarse first."""
        return halves(attribution)

    def summary_text(
        self, result: WaveletAttribution, classifier: Classifier, signal: Signal, target: str
    ) -> str:
        """Where the importance for ``target`` lies, in sentences."""
        shares = profile(result.attribution)
        return captions.summary(shares, target, self.units(classifier, result.layout, signal))

    @abstractmethod
    def thumbnail(self, signal: Signal, height: int, width: int) -> Picture:
        """The input in a small picture; at most so many pixels."""

    @abstractmethod
    def picture(self, subject: "Subject", x: Tensor) -> Picture:
        """What the network receives, (1, c, *space), or a part of it."""

    def part_painter(self, subject: "Subject", whole: Tensor) -> Callable[[Tensor], Picture]:
        """What draws parts of an input, (1, c, *space), on the scale of all of it."""
        return partial(self.picture, subject)

    def audible(self, subject: "Subject", x: Tensor) -> Samples | None:
        """A part of an input as a sound, (samples,), 1 = full scale; None for a kind without sound."""
        return None

    def details_picture(self, subject: "Subject", x: Tensor) -> Picture:
        """Details alone, which are about zero, so that they can be seen."""
        return self.picture(subject, x)

    @abstractmethod
    def strength_picture(self, subject: "Subject", strength: Tensor) -> Picture:
        """Values of 0 and more at every place, (*space)."""

    def map_picture(
        self,
        subject: "Subject",
        attribution: Bands,
        transform: Transform,
        bands: Collection[Band] | None = None,
    ) -> MapPicture:
        """The importance of some bands, or all, added up."""
        heat = heat_map(over_channels(attribution, "magnitude"), transform, subject.size, bands)
        return MapPicture(self.strength_picture(subject, heat[0, 0]), self.map_words)

    # --- screens: everything below draws with Streamlit ------------------------------------------

    @abstractmethod
    def draw_input(self, explained: "Explained") -> None:
        """What was given, and what the network received of it."""

    def overview(self, explained: "Explained") -> None:  # noqa: B027  # one may have tabs alone
        """The main picture, whole in the first viewport, with its own controls of the view."""

    @abstractmethod
    def tabs(self, explained: "Explained") -> Mapping[str, Callable[[], None]]:
        """What stands below the main picture, by title; each draws the controls that it needs."""

    def draw_parts(
        self, subject: "Subject", parts: Mapping[str, Tensor], key: str, lead: str, columns: int = 2
    ) -> None:
        """Parts of an input, of the size that the network receives: as pictures, or to be heard.

        Args:
            subject: whose parts.
            parts: by what stands under them, (1, c, *space) each; the whole input first.
            key: one on the page.
            lead: the part that is shown in more detail.
            columns: pictures in a row.
        """
        from app.kinds.part_views import draw_pictures

        draw_pictures({name: self.picture(subject, x) for name, x in parts.items()}, columns)

    def draw_peeled(self, subject: "Subject", left: NamedPart, taken: NamedPart | None) -> None:
        """A lesson: what is left of an input without its finest levels; the last level taken away."""
        from app.kinds.part_views import draw_pair

        details = None if taken is None else (self.details_picture(subject, taken.x), *taken[1:])
        draw_pair((self.picture(subject, left.x), *left[1:]), details)

    def draw_directions(self, subject: "Subject", x: Tensor, transform: Transform) -> None:
        """A lesson: the bands of what the network receives, x, each alone."""
        from app.kinds.part_views import draw_directions

        units = self.units(subject.net, transform.layout(subject.size), subject.signal)
        draw_directions(x, transform, units, partial(self.details_picture, subject))

    # --- maps of rankings, one beside another ----------------------------------------------------

    def place_map(self, ranking: "Ranking") -> PlaceMap:
        """The shares of a ranking by place; they add up to 1."""
        from wam_core.evaluation.map_similarity import over_space  # brings SciPy

        return over_space(ranking)

    def map_sheet(
        self, classifier: Classifier, signal: Signal, values: PlaceMap, *, signed: bool = False
    ) -> PlaceMap:
        """A map as a picture of numbers, (rows, columns); NaN where there is no place.

        Args:
            classifier, signal: the network and the input.
            values: a value at every place.
            signed: whether they are the difference of two maps.
        """
        return np.atleast_2d(values)

    def map_under(self, classifier: Classifier, signal: Signal, x: Tensor) -> Picture | None:
        """The input below a map, of the proportions of :meth:`map_sheet`; None: nothing is drawn."""
        return None

    def draw_maps(self, signal: Signal, maps: Sequence[RankedMap], key: str) -> None:
        """Maps of rankings side by side, with the controls of the view that they have in common.

        Args:
            signal: the input.
            maps: from left to right.
            key: one on the page.
        """
        from app.components.map_row import ShownMap, map_row

        shown = [
            ShownMap(
                one.name, one.values, self.map_sheet(one.classifier, signal, one.values),
                None if one.difference is None
                else self.map_sheet(one.classifier, signal, one.difference, signed=True),
                self.map_under(one.classifier, signal, one.x), one.alt,
            )
            for one in maps
        ]  # fmt: skip
        map_row(shown, key, " ".join(f"{one.key} {one.difference is None}" for one in maps))

    # --- report and files ------------------------------------------------------------------------

    def report_pictures(self, report: "ReportInput") -> "Sequence[Part]":
        """The input, beside the predictions of the report."""
        return ()

    def report_maps(self, report: "ReportInput") -> "Sequence[Part]":
        """Where the importance lies and in which bands, for a result that is not zero."""
        return ()

    def downloads(self, explained: "Explained") -> Sequence[Download]:
        """Files that only this kind has, one by one."""
        return ()

    def split(
        self, result: WaveletAttribution, classifier: Classifier, keep: Keep | None = None
    ) -> Parts | None:
        """The input in two parts, what is kept and the rest, where the kind is exported so.

        Asks the network about both. ``keep`` None takes the default rule.
        """
        return None

    def spectrogram(self, classifier: Classifier) -> Any:
        """What draws the input over time and frequency; None where the kind is not drawn so."""
        return None

    def exports(
        self, result: WaveletAttribution, classifier: Classifier, signal: Signal
    ) -> dict[str, bytes]:
        """Files by name that the dashboard and the command add to ``wam_core.export.contents``."""
        return {}
