"""Everything that belongs to one visitor, typed, in one place."""

import hashlib
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from torch import Tensor

from app.jobs import Job, Store
from app.reproduction import Origin
from app.request import ExplainRequest
from wam_core import Classifier, Signal, WaveletAttribution
from wam_core.evaluation.mixtures import Mixture
from wam_core.evaluation.pipeline import Ranking
from wam_core.evaluation.study import Failure, Row
from wam_core.signals import Modality

MODALITY = "modality"
SAMPLE, MODEL, BANDS, SHARE = "sample", "model", "bands", "share"
LESSON = "lesson"
CLASS, CONTRAST, AGAINST = "class", "contrast", "against"
INPUT_MENU, NETWORK_MENU, METHOD_MENU = "input-menu", "network-menu", "method-menu"
"""Keys of widgets that callbacks or links write to."""

_MEASURED_BYTES = 48 * 2**20  # pictures and sounds of build-ups take most of it

Slot = str
"""Where a result is shown: the kind of input, or ``experiment``. One of each is kept, so that
switching back finds it again."""


@dataclass(frozen=True)
class Upload:
    """A visitor's own file, as a link can ask for it."""

    name: str
    sha256: str


@dataclass(frozen=True, eq=False)
class Subject:
    """What is explained.

    Attributes:
        signal: the input, as it was decoded.
        net, title: the network, and its name for people.
        size: of what the network receives.
        mixture: what the network receives, where something was added to the input.
        mixed: in words, what was added.
        origin: the sample that it is, and whose weights, for those who make it again.
    """

    signal: Signal
    net: Classifier
    title: str
    size: tuple[int, ...]
    mixture: Mixture | None = None
    mixed: str = ""
    origin: Origin = Origin()

    @property
    def key(self) -> str:
        """What an equal request of an equal key gives the same result for."""
        return f"{self.signal.key} {self.mixed} {self.net.fingerprint}"


@dataclass(frozen=True, eq=False)
class Explained:
    """A finished explanation, with what it explains."""

    subject: Subject
    request: ExplainRequest
    result: WaveletAttribution

    @property
    def key(self) -> str:
        """A hex SHA-256 of everything that the numbers depend on: what caches go by."""
        source = self.result.provenance
        settings = f"{self.subject.key} {self.request!r} {source.device} {source.micro_batch}"
        return hashlib.sha256(settings.encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class ExplanationTask:
    """An explanation that is asked for.

    Attributes:
        request: what is asked of the core.
        subject: what is explained.
        slot: where the result will be shown.
    """

    request: ExplainRequest
    subject: Subject
    slot: Slot

    def is_answered_by(self, other: "ExplanationTask | Explained") -> bool:
        """Whether the other's result is, or will be, the result of this."""
        return (self.subject.key, self.request) == (other.subject.key, other.request)


@dataclass
class StudyRecord:
    """What was measured of a set of inputs so far; the same plan goes on from here.

    Attributes:
        rows, failures: of finished pairs of input and method, and of inputs that were skipped.
        earlier_rows, earlier_failures: the same as they were when the study was taken up.
        total: pairs in all.
    """

    rows: list[Row] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    earlier_rows: list[Row] = field(default_factory=list)
    earlier_failures: list[Failure] = field(default_factory=list)
    total: int = 0


@dataclass
class Session:
    """One visitor's inputs, job and results; gone with the browser tab.

    Attributes:
        samples: which sample an input is, where it is one.
        own: by kind, the last input that is no sample.
        several: by kind, the bytes of an uploaded file that holds several signals, as long as one
            of them is the input.
        formed: volumes that were filled or turned, by what they came from and how.
        second: a sound that was uploaded to be laid over another.
        again: whether a run was asked for elsewhere than by its button.
        chosen: values of widgets that stand in the link, for when another screen was shown.
        switch: the kind of input that was uploaded while a job ran, until no job runs.
        jobs: jobs of the screens, by name.
        measured: what measurements found, or the sentence that says why not, by name and key.
        ranked: rankings that were compared, or why there is none, by everything they depend on.
        studies: what was measured of a set of inputs, by plan.
        given: files of the set that is on the page.
        hidden: values that were put into widgets of closed menus, each with its menu, by key.
        named: uploads of such sets, by a name of their own: the SHA-256 of each.
        first: the input by which the kind of such a set is known.
        thumbnails: of inputs of a set, by name, as addresses.
        case: the prepared case that was opened last.
        subject: network and input that a class was chosen for last, by fingerprint and key.
        classes: the class that was chosen for each of them.
        page: the title of the page that was drawn last.
        presenting: whether large type and keys take the place of the controls.
    """

    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    inputs: dict[Modality, Signal] = field(default_factory=dict)
    samples: dict[Modality, str | None] = field(default_factory=dict)
    input_error: str | None = None
    own: dict[Modality, Signal] = field(default_factory=dict)
    several: dict[Modality, bytes | None] = field(default_factory=dict)
    formed: dict[tuple[str, ...], Signal] = field(default_factory=dict)
    second: Signal | None = None
    second_error: str | None = None
    again: bool = False
    chosen: dict[str, Any] = field(default_factory=dict)
    explained: dict[Slot, Explained] = field(default_factory=dict)
    switch: Modality | None = None
    predictions: dict[tuple[str, str], tuple[Tensor, Tensor]] = field(default_factory=dict)
    hidden: dict[str, tuple[str, Any]] = field(default_factory=dict)
    jobs: dict[str, Job[Any]] = field(default_factory=dict)
    measured: Store[Any] = field(
        default_factory=lambda: Store(
            most=32, budget=_MEASURED_BYTES, bytes_of=lambda found: getattr(found, "nbytes", 0)
        )
    )
    ranked: Store[Ranking | str] = field(default_factory=lambda: Store(most=48))
    studies: Store[StudyRecord] = field(default_factory=lambda: Store(most=6))
    given: list[Upload] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)
    first: dict[str, Signal] = field(default_factory=dict)
    thumbnails: Store[str] = field(default_factory=lambda: Store(most=256))
    case: str = ""
    subject: tuple[str, str] | None = None
    classes: dict[tuple[str, str], int] = field(default_factory=dict)
    page: str = ""
    presenting: bool = False

    def take(self, signal: Signal, sample: str | None = None, several: bytes | None = None) -> None:
        """Make a signal the input of its kind."""
        self.inputs[signal.modality], self.input_error = signal, None
        self.samples[signal.modality] = sample
        self.several[signal.modality] = several
        if sample is None:
            self.own[signal.modality] = signal


def session() -> Session:
    """This visitor's state."""
    if "wam" not in st.session_state:
        st.session_state["wam"] = Session()
    current: Session = st.session_state["wam"]
    return current


def put(key: str, value: Any, menu: str | None = None) -> None:
    """Set a widget's value; to be called from a callback, before the widget is drawn.

    Args:
        key: of the widget.
        value: for it.
        menu: the key of the popover that holds it, where one does.
    """
    st.session_state[key] = value
    if menu is not None:
        session().hidden[key] = menu, value


def keep_hidden() -> None:
    """Give widgets in closed menus the values that were put there; before any of them is drawn.

    A browser shows no widget of a closed menu, so it learns of no new value, and reports the old one
    with everything that it sends.
    """
    hidden = session().hidden
    if is_moved():
        hidden.clear()
    for key, (menu, value) in list(hidden.items()):
        if key in st.session_state and st.session_state[key] != value:
            st.session_state[key] = value
        if st.session_state.get(menu, True):
            del hidden[key]


def is_moved() -> bool:
    """Whether the page is drawn because of Back or Forward: its address holds other values."""
    run = get_script_run_ctx()
    return run is not None and run.is_history_navigation


def follow_address(key: str, menu: str) -> None:
    """After Back or Forward, hold a widget of a menu to what it has taken from the page's address."""
    if is_moved():
        session().hidden[key] = menu, st.session_state[key]


def forget(key: str) -> None:
    """Let a widget begin at its default; before it is drawn."""
    st.session_state.pop(key, None)
    session().chosen.pop(key, None)


def recall(key: str) -> str:
    """The key, after giving its widget back what it had before it left the page.

    For widgets whose value stands in the link: Streamlit forgets it with the widget.
    """
    chosen = session().chosen
    if key in st.session_state:
        chosen[key] = st.session_state[key]
    elif key in chosen and key not in st.query_params:
        st.session_state[key] = chosen[key]
    return key


def plain(text: str) -> str:
    """Text of a file, a class or an error, so that Markdown shows it as it is."""
    for sign in "\\`*_{}[]<>()#+-.!|~$:":
        text = text.replace(sign, "\\" + sign)
    return text


def unmarked(text: str) -> str:
    r"""A sentence for Markdown without its marks, as where it is printed.

    >>> unmarked(f"**Fine** details of “{plain('T-shirt')}”")
    'Fine details of “T-shirt”'
    """
    return re.sub(r"\\(.)", r"\1", text.replace("**", ""))
