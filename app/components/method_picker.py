"""One pane of a comparison: which method, of which network, about which class, in which wavelet."""

from dataclasses import dataclass

import streamlit as st
from torch import Tensor

import models
from app import kinds
from app.components.comparison import Order
from app.components.model_picker import distinct_labels, predictions
from app.components.settings import choose_scales
from app.figures.captions import brief
from app.kinds import Kind
from app.runtime import classifier
from app.session import plain, recall, session
from wam_core import Classifier, Signal
from wam_core.defaults import METHOD
from wam_core.errors import WamError
from wam_core.evaluation.domain import Samples
from wam_core.evaluation.methods import METHODS, Settings
from wam_core.evaluation.pipeline import Grid

LETTERS = "ABCD"
_OF_EXPLAIN = {
    "gradient": "wam-gradient",
    "smoothgrad": "wam-sg",
    "smoothgrad-magnitude": "wam-sg-magnitude",
    "integrated": "wam-ig",
    "smoothgrad-integrated": "wam-ig",
    "path-signed": "wam-path",
}
"""Variants of Explain, as methods of an evaluation."""
_OTHERS = ("control-z", "wam-path", "gradcam")  # at first, after the method of Explain
_COLOURS = 3


@dataclass(frozen=True, eq=False)
class Pane:
    """What a pane shows.

    Attributes:
        letter: A, B, C or D.
        order: the ranking.
        title: of the ranking, for people.
        about: network, class, and wavelet, for people.
    """

    letter: str
    order: Order
    title: str
    about: str

    @property
    def name(self) -> str:
        """On charts and in tables."""
        return f"{self.letter} · {self.title}"


def net_of(letter: str, kind: Kind) -> Classifier:
    """The network that a pane has chosen, before the pane is drawn.

    Raises:
        ModelError: it cannot be had.
    """
    where = recall(_key("model", letter, kind))
    titles = {models.spec(name).title: name for name in models.names(kind.name)}
    linked = titles.get(st.query_params.get(where, ""))
    return classifier(st.session_state.get(where) or linked or models.default(kind.name))


def choose_pane(letter: str, signal: Signal, samples: int, seed: int, grid: Grid) -> Pane | None:
    """The choices of a pane; None, with the reason on screen, where they cannot be met.

    Args:
        letter: of the pane.
        signal: the input of all panes.
        samples, seed, grid: what all panes share.
    """
    kind = kinds.of(signal)
    method = st.container()
    with st.popover(
        "",
        icon=":material/tune:",
        key=f"pane-{letter}",
        help=f"Network, class and scales of {letter}",
    ):
        try:
            called, net = _choose_network(letter, kind)
            x, probabilities = predictions(net, signal)
            index = _choose_class(letter, net, probabilities, signal)
            transform = choose_scales(tuple(x.shape[2:]), net, kind, letter.lower())
        except WamError as error:
            st.error(plain(f"{error}."), icon=":material/error:")
            method.error(plain(f"{error}."), icon=":material/error:")
            return None
    titles = {
        name: offered(name, kind)
        for name in METHODS
        if "opponent" not in name or x.shape[1] == _COLOURS
    }
    with method:
        name = st.selectbox(
            f"Method {letter}", list(titles), list(titles).index(_first(letter, titles, kind)),
            key=recall(_key("method", letter, kind)), format_func=titles.__getitem__,
            bind="query-params", label_visibility="collapsed",
        )  # fmt: skip
    usual = kind.defaults
    order = Order(
        signal.key, net, x, index, name,
        Settings(transform, samples, usual.spread, seed, usual.grading), grid,
    )  # fmt: skip
    about = [brief(net.label(index)), f"p = {float(probabilities[0, index]):.3g}"]
    if not isinstance(order.domain, Samples):
        about.append(f"{transform.title}, {transform.levels} levels")
    return Pane(letter, order, title(name, net, kind), " · ".join((called, *about)))


def title(name: str, net: Classifier, kind: Kind) -> str:
    """A method, with what it ranks by its own name."""
    return _titled(name, "mel spectrogram" if net.representation is not None else kind.elements)


def offered(name: str, kind: Kind) -> str:
    """A method in a menu: links hold that, so it is the same for every network of the kind."""
    return _titled(name, kind.ranked_in_menu)


def _titled(name: str, samples: str) -> str:
    known = METHODS[name].title
    if name == "random-samples":
        return f"Random {samples}"
    return known.replace("(samples)", f"({samples})")


def _first(letter: str, offered: dict[str, str], kind: Kind) -> str:
    """The method that Explain shows, then the baseline |z|, then others."""
    shown = session().explained.get(kind.name)
    method = None if shown is None else shown.request.method
    current = _OF_EXPLAIN[method or METHOD]
    order = [name for name in (current, *_OTHERS, "wam-ig") if name in offered]
    return list(dict.fromkeys(order))[LETTERS.index(letter)]


def _choose_network(letter: str, kind: Kind) -> tuple[str, Classifier]:
    name = st.selectbox(
        "Network",
        models.names(kind.name),
        key=recall(_key("model", letter, kind)),
        format_func=lambda known: models.spec(known).title,
        accept_new_options=models.architectures(kind.name) is None,
        bind="query-params",
        help="From the catalogue; for images also any timm classifier, by name.",
    )
    spec = models.spec(name or models.default(kind.name))
    st.caption(plain(" · ".join(filter(None, (spec.licence, spec.accuracy)))))
    return spec.title, classifier(spec.name)


def _choose_class(letter: str, net: Classifier, probabilities: Tensor, signal: Signal) -> int:
    order = probabilities[0].argsort(descending=True).tolist()
    names = distinct_labels([net.label(index) for index in range(len(order))])
    return int(
        st.selectbox(
            "Class",
            order,
            format_func=names.__getitem__,
            key=recall(f"compare-class/{letter}/{net.fingerprint[:8]}/{signal.key[:12]}"),
            bind="query-params",
            help="The most probable first; type to search.",
        )
    )


def _key(what: str, letter: str, kind: Kind) -> str:
    return kind.key(f"{what}-{letter.lower()}")
