"""What is known about a network before it is loaded."""

from dataclasses import dataclass

from wam_core.signals import Modality


@dataclass(frozen=True)
class Spec:
    """An entry of the catalogue.

    Attributes:
        name: what :func:`models.load` takes.
        title: for a menu.
        modality: what it classifies.
        licence: of the weights; "see its model card" where nobody here has read it.
        source: where the weights come from.
        note: one sentence that helps to choose.
        embedded: its weights are installed with this project, so it needs no network.
        accuracy: a measurement and on what it was made; empty where none was made here.
    """

    name: str
    title: str
    modality: Modality
    licence: str
    source: str
    note: str
    embedded: bool = False
    accuracy: str = ""

    @property
    def downloads(self) -> bool:
        """Whether it is fetched from a hub on first use."""
        return self.source.startswith("Hugging Face hub")
