"""What a kind of input offers to every screen, command, route and report."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.figures.groups import Groups, halves
from app.figures.units import Units
from wam_core import Bands, Classifier, Signal, WaveletAttribution
from wam_core.defaults import Defaults
from wam_core.export import Parts
from wam_core.signals import Limits
from wam_core.views import Keep


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
        noun: with its article: ``an image``.
        plural: ``images``.
        ndim: spatial axes of the network's input.
        elements: what a network receives along those axes: ``pixels``.
        largest: what coefficients with a large \\|z\\| are called.
        group_structures: what the groups of levels of :meth:`groups` describe, by group.
        defaults: of the method, where nobody chose.
        settings: the texts and choices of the method's controls.
        options: names of the settings of a request that only this kind has.
        first_sample: what a first visit explains.
        archive_contents: what :meth:`exports` puts into an archive, in words.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    noun: ClassVar[str]
    ndim: ClassVar[int]
    elements: ClassVar[str] = "samples"
    largest: ClassVar[str] = "largest"
    group_structures: ClassVar[Mapping[str, str]]
    defaults: ClassVar[Defaults]
    settings: ClassVar[SettingsText]
    options: ClassVar[tuple[str, ...]] = ()
    first_sample: ClassVar[str]
    archive_contents: ClassVar[str] = "The numbers (NPZ), the profile (CSV)"

    @property
    def plural(self) -> str:
        """``images``."""
        return f"{self.name}s"

    def key(self, name: str) -> str:
        """A control's key, and its name in links, where each kind has its own."""
        return f"{self.name}-{name}"

    # --- the input -------------------------------------------------------------------------------

    @abstractmethod
    def accepted(self, limits: Limits) -> str:
        """Which files are read, and how large they may be, as the start of a sentence."""

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

    # --- bands -----------------------------------------------------------------------------------

    @abstractmethod
    def units(self, classifier: Classifier, signal: Signal) -> Units:
        """Names and sizes of bands for people, as the network receives the signal."""

    def groups(self, attribution: Bands) -> Groups:
        """Levels that are taken together, coarse first."""
        return halves(attribution)

    # --- files -----------------------------------------------------------------------------------

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
