"""Everything of a result to take away: a report that opens without a server, and all files at once."""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

import streamlit as st
from torch import Tensor

from app import kinds, report, reproduction, runtime
from app.components import build_up
from app.components.contributions import group_answers
from app.figures.build_up import Slides
from app.figures.build_up.animation import animated_webp, video
from app.report.parts import Part
from app.screens import faithfulness
from app.session import Explained, session
from wam_core import export as exporting
from wam_core.export import Parts


def export(explained: Explained) -> None:
    """The offers, inside of a fragment; what is taken is made when it is asked for."""
    opened = st.popover("Export", icon=":material/download:", key="export", on_change="rerun")
    if not opened.open:
        return
    name, owner, measured = (
        _stem(explained),
        session().id,
        Measured(
            faithfulness.report_parts(explained),
            group_answers(explained),
            build_up.BUILD_UP.found(explained),
        ),
    )
    with opened:
        st.download_button(
            "Report (.html)", data=partial(as_page, explained, measured, owner),
            file_name=f"{name}-report.html", mime="text/html", key="report.html",
            icon=":material/article:", width="stretch",
        )  # fmt: skip
        st.caption(
            "One page with figures that can be explored, numbers, settings and how to make it again; "
            "opens anywhere without a server. "
            + (
                "With the faithfulness test."
                if measured.tested
                else "Run the test under Faithfulness to include it."
            )
        )
        st.download_button(
            "Everything (.zip)", data=partial(as_archive, explained, measured, owner),
            file_name=f"{name}-wam.zip", mime="application/zip", key="everything.zip",
            icon=":material/folder_zip:", width="stretch",
        )  # fmt: skip
        st.caption(
            f"{kinds.of(explained.subject.signal).archive_contents}, the report, the manifest."
        )
        if measured.slides is None:
            return
        for file, make in build_up_files(measured.slides).items():
            st.download_button(
                f"Build-up ({PurePosixPath(file).suffix})", data=make, file_name=f"{name}-{file}", key=file,
                icon=":material/animation:", width="stretch",
            )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Measured:
    """What the page has found besides the explanation.

    Attributes:
        tested: of its faithfulness.
        answers: class probabilities of inputs with some groups of levels only.
        slides: the build-up.
    """

    tested: Sequence[Part] = ()
    answers: Tensor | None = None
    slides: Slides | None = None


def as_page(explained: Explained, measured: Measured, owner: str) -> str:
    """The report."""
    return _page(explained, measured, _parts(explained, owner))


def _page(explained: Explained, measured: Measured, parts: Parts | None) -> str:
    subject = explained.subject
    return report.html(
        report.ReportInput(
            explained.result, subject.net, subject.signal, subject.title, subject.origin, parts,
            kinds.of(subject.signal).spectrogram(subject.net), measured.answers, measured.tested,
            measured.slides,
        )
    )  # fmt: skip


def as_archive(explained: Explained, measured: Measured, owner: str) -> bytes:
    """All files in one."""
    result, net, signal = explained.result, explained.subject.net, explained.subject.signal
    parts, kind = _parts(explained, owner), kinds.of(signal)
    files = exporting.contents(
        result, net, signal,
        parts=parts,
        mel=kind.spectrogram(net),
        reproduce=reproduction.both(result, net, signal, explained.subject.origin),
    )  # fmt: skip
    files["report.html"] = _page(explained, measured, parts).encode()
    files |= kind.exports(result, net, signal)
    if measured.slides is not None:
        files |= {file: make() for file, make in build_up_files(measured.slides).items()}
    return exporting.archive(files)


def build_up_files(slides: Slides) -> Mapping[str, Callable[[], bytes]]:
    """The build-up as files by name, each made when it is called."""
    return {
        "build-up.webp": partial(animated_webp, slides),
        "build-up.mp4": partial(video, slides),
    }


def _parts(explained: Explained, owner: str) -> Parts | None:
    """The input in two parts; the network is asked about them in its turn, as ever."""
    result, net = explained.result, explained.subject.net
    kind = kinds.of(explained.subject.signal)
    if not kind.has_parts:
        return None

    def steps() -> Generator[None, None, Parts | None]:
        parts = kind.split(result, net)
        yield
        return parts

    return runtime.ask(steps(), owner=f"{owner}/export", uses={net.module_fingerprint})


def _stem(explained: Explained) -> str:
    """What the files are called: after the input, in letters that every system takes."""
    name = PurePosixPath(explained.subject.signal.name).stem
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "explanation"
