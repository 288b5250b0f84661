"""Pictures."""

from app import glossary
from app.figures.units import Pixels, Units
from app.kinds.base import Kind, SettingsText
from wam_core import Classifier, Signal
from wam_core.defaults import DEFAULTS
from wam_core.signals import IMAGE, Limits

IN_SPACE = glossary.hint(
    "wavelet",
    more="haar is a step: sharp in space, the paper’s choice. Longer ones (db4, sym8) are smoother.",
)
"""Of the wavelets, where they are laid on places."""


class Image(Kind):
    """Pictures: colours over rows and columns."""

    name = IMAGE
    title = "Image"
    noun = "an image"
    ndim = 2
    elements = "pixels"
    group_structures = {"Fine": "edges, texture", "Coarse": "outlines, light and shade"}
    defaults = DEFAULTS[IMAGE]
    settings = SettingsText(
        (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5),
        IN_SPACE,
        glossary.hint("level", more="In a picture, level 1 holds details of about 2 pixels."),
        {
            "zero": "zero (0 in the network’s units)",
            "black": "black (no light)",
            "mean": "mean colour",
            "blur": "blurred input",
            "noise": "noise",
        },
        "Zero is mid-grey for networks that take values of ±1; black is something else.",
    )
    first_sample = "chelsea"
    archive_contents = "The numbers (NPZ), mosaic and overlay (PNG), the profile (CSV)"

    def key(self, name: str) -> str:
        """Without the name of the kind: links are older than the other kinds."""
        return name

    def accepted(self, limits: Limits) -> str:
        """The formats of pictures."""
        from wam_core.signals import image

        return image.ACCEPTED

    def units(self, classifier: Classifier, signal: Signal) -> Units:
        """Pixels."""
        return Pixels()


KIND = Image()
