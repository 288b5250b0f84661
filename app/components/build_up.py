"""The build-up of an explanation: made in the background, kept with it, played on its page."""

from collections.abc import Generator

import streamlit as st

from app import kinds
from app.components import jobs
from app.components.media import address
from app.components.player.sounds import Clip, Sounds
from app.figures.build_up import Slides, pack_sheet, payload, script, style
from app.figures.view_state import VIEW_STATE
from app.jobs import sentence
from app.kinds.received import Picture
from app.session import Explained
from wam_core import export
from wam_core.evaluation.build_up import BuildUpStep, build_up_steps
from wam_core.signals.animation import encode_flac
from wam_core.steps import map_steps

NAME = "build-up"
_VIEW = "buildup"

_mount = st.components.v2.component(
    "wam_build_up",
    html='<div class="build-up"></div>',
    css=style(),
    js=f"{VIEW_STATE}\n{script()}",
)


@st.fragment
def draw(explained: Explained) -> None:
    """Play it; a placeholder of the same height until it is there. The page is not run again."""
    if explained.result.is_zero:
        return
    BUILD_UP.start(explained)
    BUILD_UP.job.collect()
    _mount(
        key=NAME,
        data=_data(explained),
        on_due_change=lambda: None,
        on_cancel_change=BUILD_UP.job.cancel,
        on_again_change=lambda: BUILD_UP.submit(explained),
    )


def _data(explained: Explained) -> dict[str, object]:
    """The build-up; or how far it is; or why there is none."""
    if (slides := BUILD_UP.found(explained)) is not None:
        return _announced(slides, explained) | payload(
            slides, lambda data, kind, name: address(data, kind, f"{NAME}/{name}"), key=_VIEW
        )
    job = BUILD_UP.job
    if BUILD_UP.is_running(explained):
        return {"waiting": True, "share": job.step or 0.0}
    return {"problem": "" if job.error is None else sentence(job.error)}


def _announced(slides: Slides, explained: Explained) -> dict[str, object]:
    """What other components of the page need besides: whose build-up it is, and every prediction."""
    outputs = slides.numbers.attribution.outputs
    predicted = zip(*(found.tolist() for found in outputs.max(1)), strict=True)
    return {
        "result": explained.key,
        "predicted": [[explained.subject.net.label(index), p] for p, index in predicted],
    }


def slides_steps(explained: Explained) -> Generator[float, None, Slides]:
    """The build-up of an explanation, as a generator of the share that is done, 0 … 1."""
    subject, result = explained.subject, explained.result
    kind, rate = kinds.of(subject.signal), export.rate(subject.net)
    paint = kind.part_painter(subject, result.input)
    pictures: list[Picture] = []
    clips: list[Clip] = []

    def take(step: BuildUpStep) -> float:
        for part in () if step.inputs is None else step.inputs.split(1):
            pictures.append(paint(part))
            if (audio := kind.audible(subject, part)) is not None:
                clips.append(Clip(str(len(clips)), "", audio))
        return step.done / step.total

    numbers = yield from map_steps(build_up_steps(subject.net, result), take)
    sheet, size = pack_sheet(pictures)
    if not clips:
        return Slides(kind.title, result.target.label, numbers, sheet, size)
    sounds = Sounds.with_one_gain(clips, rate)
    files = tuple(encode_flac(track.pcm, rate) for track in sounds.tracks)
    return Slides(
        kind.title, result.target.label, numbers, sheet, size, files, rate, sounds.duration
    )


BUILD_UP = jobs.Background(NAME, slides_steps)
"""That of the visitor's latest explanation."""
