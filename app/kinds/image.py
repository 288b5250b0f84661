"""Pictures."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from app import glossary
from app.figures import captions
from app.figures.units import Pixels, Units
from app.kinds.base import Kind, SettingsText
from app.kinds.received import Download, Picture, image_pixels
from wam_core import Classifier, Signal, WaveletAttribution
from wam_core.bands import Layout
from wam_core.defaults import DEFAULTS
from wam_core.plot.colour import paint, to_pixels
from wam_core.signals import IMAGE
from wam_core.views import profile

if TYPE_CHECKING:  # these bring Streamlit, which the command line does without
    from app.report.parts import Part, ReportInput
    from app.session import Explained, Subject

IN_SPACE = glossary.hint(
    "wavelet",
    more="haar is a step: sharp in space, the paper’s choice. Longer ones (db4, sym8) are smoother.",
)
"""Of the wavelets, where they are laid on places."""

_RAISED = 0.995  # of the details of a picture: what is white or black


class Image(Kind):
    """Pictures: colours over rows and columns."""

    name = IMAGE
    title = "Image"
    ndim = 2
    elements = places = "pixels"
    line = "pixels along a row"
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
    network_help = (
        "The first comes with this installation. Others are fetched from the model hub, if "
        "it can be reached. Any classifier of timm is accepted by its name, and hf-hub:owner/name."
    )
    first_sample = check_sample = "chelsea"
    check_subject = "cat"
    first_levels = 5  # as in the paper's figure
    is_picture = True
    archive_contents = "The numbers (NPZ), mosaic and overlay (PNG), the profile (CSV)"

    def key(self, name: str) -> str:
        """Without the name of the kind: links are older than the other kinds."""
        return name

    def offer_recording(self, take: Callable[[str], None]) -> None:
        """The camera, asked for only when it is wanted."""
        import streamlit as st

        if st.toggle("Use the camera"):
            st.camera_input("Photograph", key="camera", on_change=take, args=("camera",))

    def units(self, classifier: Classifier, layout: Layout, signal: Signal | None = None) -> Units:
        """Pixels."""
        return Pixels(layout)

    def summary_text(
        self, result: WaveletAttribution, classifier: Classifier, signal: Signal, target: str
    ) -> str:
        """On which scales, and in which orientation."""
        lead = captions.leading_orientation(profile(result.attribution))
        return f"{super().summary_text(result, classifier, signal, target)} {lead}"

    def thumbnail(self, signal: Signal, height: int, width: int) -> Picture:
        """The middle of the picture, in the proportions that are asked for."""
        rows, columns = signal.size
        picture = signal.values.transpose(1, 2, 0)
        picture = picture.repeat(3, axis=2) if picture.shape[2] == 1 else picture
        high = min(rows, columns * height // width)
        top = (rows - high) // 2
        cut = picture[top : top + high]
        return np.ascontiguousarray(cut[:: max(1, high // height), :: max(1, columns // width)])

    def picture(self, subject: "Subject", x: Tensor) -> Picture:
        """As it is."""
        return image_pixels(subject.net, x)

    def details_picture(self, subject: "Subject", x: Tensor) -> Picture:
        """With the contrast raised; zero is grey."""
        net = subject.net
        change = (net.denormalize(x) - net.denormalize(torch.zeros_like(x)))[0]
        end = float(change.abs().flatten().quantile(_RAISED)) or 1.0
        return to_pixels(0.5 + 0.5 * change / end)

    def strength_picture(self, subject: "Subject", strength: Tensor) -> Picture:
        """In colours."""
        from app.figures.theme import Look

        values = strength.cpu().numpy()
        return paint(values, limit=Look().limits(values)[1], sign="magnitude")

    def draw_input(self, explained: "Explained") -> None:
        """The upload, and what the network sees of it."""
        from app.kinds import image_views

        image_views.draw_input(explained)

    def overview(self, explained: "Explained") -> None:
        """The linked viewer."""
        from app.kinds import image_views

        image_views.overview(explained)

    def tabs(self, explained: "Explained") -> Mapping[str, Callable[[], None]]:
        """Bands, levels, reconstruction."""
        from app.kinds import image_views

        return image_views.tabs(explained)

    def map_under(self, classifier: Classifier, signal: Signal, x: Tensor) -> Picture:
        """The picture that the network receives."""
        return image_pixels(classifier, x)

    def report_pictures(self, report: "ReportInput") -> "Sequence[Part]":
        """The upload, and what the network sees of it."""
        from app.kinds import image_report

        return image_report.pictures(report)

    def report_maps(self, report: "ReportInput") -> "Sequence[Part]":
        """Over the input, and by band."""
        from app.kinds import image_report

        return image_report.maps(report)

    def downloads(self, explained: "Explained") -> Sequence[Download]:
        """Mosaic and overlay."""
        from wam_core import export

        result, net = explained.result, explained.subject.net
        return (
            Download("Mosaic (.png)", "mosaic.png", partial(export.mosaic_png, result)),
            Download("Overlay (.png)", "overlay.png", partial(export.overlay_png, result, net)),
        )


KIND = Image()
