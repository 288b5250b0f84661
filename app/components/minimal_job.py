"""The search for a minimal input as a job: what is asked, how far it is, what it has found."""

from collections.abc import Generator
from dataclasses import dataclass
from functools import partial

import streamlit as st

from app import glossary, kinds, runtime
from app.components import jobs
from app.components.input_picker import choose_subject
from app.components.model_picker import choose_class, predictions
from app.components.settings import choose_scales
from app.figures import captions
from app.session import Subject, plain, recall
from wam_core import Classifier
from wam_core.errors import WamError
from wam_core.evaluation.minimal import Minimal, Search, Step, minimal
from wam_core.steps import timed
from wam_core.targets import Contrast, Wanted
from wam_core.transforms import Transform

NAME = "minimal"
_STEPS = (50, 100, 200, 500, 1000)
_PRICES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)
_RATES = (0.005, 0.01, 0.02, 0.05)


@dataclass(frozen=True, eq=False)
class Asked:
    """What is looked for, and in what."""

    subject: Subject
    target: Wanted
    transform: Transform
    search: Search

    @property
    def key(self) -> str:
        """Everything that the result depends on."""
        net = self.subject.net
        return (
            f"{self.subject.signal.key} {net.fingerprint} {net.device} {self.target} "
            f"{self.transform} {self.search}"
        )

    @property
    def seconds(self) -> float:
        """It will take."""
        return self.search.steps * runtime.pass_seconds(self.subject.net)

    @property
    def score(self) -> str:
        """What the search raises, for people."""
        net, wanted = self.subject.net, self.target
        if isinstance(wanted, Contrast):
            of, against = (captions.brief(net.label(int(which))) for which in wanted)
            return f"logit of {of} − {against}"
        assert isinstance(wanted, int)  # the picker gives nothing else
        return f"logit of {captions.brief(net.label(wanted))}"

    def steps(self, target: Wanted = None) -> Generator[Step, None, Minimal]:
        """The search, for another class where one is given; notes how long a pass took."""
        net, search = self.subject.net, self.search
        x, _ = predictions(net, self.subject.signal)
        wanted = self.target if target is None else target
        return _noted(net, minimal(net, x, wanted, transform=self.transform, search=search))


def _noted(
    net: Classifier, steps: Generator[Step, None, Minimal]
) -> Generator[Step, None, Minimal]:
    result, seconds = yield from timed(steps)
    runtime.pace()[net.fingerprint, str(net.device)] = seconds / result.search.steps
    return result


def choose_search() -> Asked | None:
    """The sidebar, with its button. None, with the reason on screen, where nothing can be looked for."""
    try:
        subject = choose_subject()
        if subject is None:
            return None
        net, kind = subject.net, kinds.of(subject.signal)
        _, probabilities = predictions(net, subject.signal)
        target = choose_class(net, probabilities, subject.signal.key)
        st.subheader("Search", anchor=False)
        transform = choose_scales(subject.size, net, kind, "minimal")
    except WamError as error:
        st.error(plain(f"{error}."), icon=":material/error:")
        return None
    steps = st.select_slider(
        "Steps", _STEPS, 200, key=recall("minimal-steps"), bind="query-params",
        help="Each is one pass forward and back. The paper takes 500.",
    )  # fmt: skip
    price = st.select_slider(
        "Price of keeping everything", _PRICES, kind.defaults.price,
        format_func=lambda logits: f"{logits:g} logits",
        key=recall(f"minimal-price-{kind.name}"), bind="query-params",
        help=glossary.hint("coefficient", "logit", more="The price of one coefficient is this "
        "divided by their number (α of the objective): the dearer, the less is kept."),
    )  # fmt: skip
    rate = st.select_slider(
        "Step size", _RATES, 0.02, format_func=lambda share: f"{share:g}",
        key=recall("minimal-rate"), bind="query-params",
        help="How far a step of Nadam moves each part of the mask, at most about.",
    )  # fmt: skip
    asked = Asked(subject, target, transform, Search(float(price), int(steps), float(rate)))
    if st.button(
        f"Search · {jobs.duration(asked.seconds)}", type="primary", width="stretch",
        icon=":material/play_arrow:", key="search",
    ):  # fmt: skip
        keep = partial(jobs.keep_outcome, name=NAME, key=asked.key)
        jobs.start(NAME, asked.steps(), asked, uses={net.fingerprint}, keep=keep)
    return asked


def progress_text(step: Step) -> tuple[float, str]:
    """For :func:`app.components.jobs.watch`."""
    now = step.readings[-1]
    return step.done / step.total, (
        f"Step {step.done} of {step.total} · {captions.percent(now.kept)} kept · "
        f"score {now.score:.3g} · p {now.probability:.3g}"
    )
