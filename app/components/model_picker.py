"""Which networks, and which of their classes is to be explained."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import streamlit as st
from torch import Tensor

import models
from app import glossary, kinds
from app.components.network_check import show_check
from app.kinds import Kind
from app.reproduction import Own
from app.runtime import ask, classifier, own_classifier, predict_steps
from app.server import server
from app.session import (
    AGAINST,
    CLASS,
    CONTRAST,
    MODEL,
    NETWORK_MENU,
    follow_address,
    plain,
    put,
    recall,
    session,
)
from models import class_names
from models.weight_files import SUFFIXES
from wam_core import Classifier, Contrast, Signal
from wam_core.errors import ModelError, WamError
from wam_core.outputs import MEANINGS, Choice

MOST = 4
"""Networks that are compared at a time."""

_KEPT = 4  # predictions of networks that are compared


def choose_model(kind: Kind) -> tuple[str, Classifier] | None:
    """A network and its name; None, with the reason on screen, where it cannot be had."""
    name = st.selectbox(
        "Network",
        models.names(kind.name),
        key=recall(kind.key(MODEL)),
        format_func=lambda known: models.spec(known).title,
        accept_new_options=models.architectures(kind.name) is None,
        bind="query-params",
        help=kind.network_help,
        on_change=put,
        args=(NETWORK_MENU, False),
    )
    follow_address(kind.key(MODEL), NETWORK_MENU)
    try:
        if (own := _own(kind)) is not None:
            return own.name, own
    except WamError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    spec = models.spec(name or models.default(kind.name))
    st.caption(plain(" · ".join(filter(None, (spec.licence, spec.accuracy)))))
    try:
        net = classifier(spec.name)
        if net.ndim != kind.ndim:
            raise ModelError(f"{spec.title} takes no {kind.name}; choose another network")
    except WamError as error:
        st.error(plain(str(error)), icon=":material/cloud_off:")
        return None
    return spec.name, net


def model_title(kind: Kind) -> str:
    """The name of the network that is chosen, before its control is drawn."""
    if (own := own_network(kind)) is not None:
        return Path(own.weights).stem
    where = kind.key(MODEL)
    name = st.session_state.get(where) or session().chosen.get(where) or st.query_params.get(where)
    return models.spec(name or models.default(kind.name)).title


def own_network(kind: Kind) -> Own | None:
    """What the visitor gave as a network of their own; None where nothing was given."""
    weights = st.session_state.get(kind.key("own-weights"))
    names = st.session_state.get(kind.key("own-labels"))
    if weights is None:
        return None
    architecture = st.session_state[kind.key("architecture")]
    return Own(weights.name, architecture, None if names is None else names.name)


def unshared_network(kind: Kind) -> tuple[str, ...]:
    """What of the network no link can hold, in a sentence."""
    if own_network(kind) is None:
        return ()
    return ("Your own network is not in it: its weights have to be given again.",)


def _own(kind: Kind) -> Classifier | None:
    """The visitor's own weights, if any were given; they go before the catalogue."""
    with st.expander("Your own network"):
        weights = st.file_uploader(
            "Weights (.safetensors, .pt, .pth, .ckpt, .bin)",
            type=SUFFIXES,
            max_upload_size=server().network_mb,
            key=kind.key("own-weights"),
        )
        architecture = _choose_architecture(kind)
        names = st.file_uploader(
            "Class names (.txt, .json or .csv)",
            type=["txt", "json", "csv"],
            key=kind.key("own-labels"),
        )
    if weights is None:
        return None
    labels = None
    if names is not None:
        labels = class_names.parsed(names.name, names.getvalue())
    data = weights.getvalue()
    sha256 = hashlib.sha256(data).hexdigest()
    net = own_classifier(sha256, data, architecture, labels, weights.name)
    if net.notes:
        st.caption(plain(f"{weights.name}: {'; '.join(net.notes)}."))
    net = net.with_output(_choose_output(kind))
    with st.expander("Check-up of your network"):
        show_check(net, kind)
    return net


def _choose_output(kind: Kind) -> Choice:
    """What the outputs of the visitor's own network are."""
    choices: tuple[Choice, ...] = get_args(Choice)
    return st.selectbox(
        "Outputs",
        choices,
        format_func=lambda name: MEANINGS.get(name, "found out from the network"),
        key=recall(kind.key("own-output")),
        help=glossary.hint(
            "logit",
            more="Probabilities and single logits are recognised. Whether several labels may be true "
            "at once cannot be seen from the network.",
        ),
    )


def _choose_architecture(kind: Kind, place: str = "") -> str:
    """The layout of layers that weights belong to; ``place`` where a screen asks a second time."""
    where = kind.key(f"architecture{place and f'-{place}'}")
    known = models.architectures(kind.name)
    if known is None:
        return st.text_input(
            "Architecture", "resnet18", key=where,
            help="Its name in timm, torchvision:NAME, or mnist_cnn, a small network for 28 × 28 "
            "grey digits; the weights have to fit it exactly.",
        )  # fmt: skip
    return st.selectbox(
        "Architecture",
        list(known),
        format_func=known.__getitem__,
        key=where,
        help="The layout of layers that the weights belong to; they have to fit it exactly.",
    )


def choose_networks(kind: Kind) -> dict[str, Classifier]:
    """Several, by the name that people read; the first is what the others are compared with.

    What cannot be had is named on screen and left out.
    """
    at_hand = [name for name in models.names(kind.name) if models.available(name)]
    chosen = st.multiselect(
        "Networks", models.names(kind.name), at_hand[:MOST],
        format_func=lambda name: models.spec(name).title,
        accept_new_options=models.architectures(kind.name) is None,
        max_selections=MOST, key=recall(f"networks-{kind.name}"), bind="query-params",
        help="The first is what the others are compared with. Of pictures, any classifier of timm is "
        "accepted by its name, and hf-hub:owner/name.",
    )  # fmt: skip
    found: dict[str, Classifier] = {}
    for name in chosen:
        try:
            found[models.spec(name).title] = classifier(name)
        except WamError as error:
            st.error(plain(str(error)), icon=":material/cloud_off:")
    found |= _own_networks(kind)
    if len(found) > MOST:
        st.error(f"{len(found)} networks are chosen; at most {MOST} are compared.")
        return {}
    return found


def unshared_networks() -> tuple[str, ...]:
    """What of several networks no link can hold, in a sentence."""
    if not any(st.session_state.get(_files_key(kind)) for kind in kinds.all_kinds()):
        return ()
    return ("Your own networks are not in it: their weights have to be given again.",)


def _files_key(kind: Kind) -> str:
    return f"own-networks-{kind.name}"


def _own_networks(kind: Kind) -> dict[str, Classifier]:
    """The visitor's own, all of one architecture."""
    with st.expander("Your own networks"):
        files = st.file_uploader(
            "Weights (.safetensors, .pt, .pth, .ckpt, .bin)", type=SUFFIXES,
            accept_multiple_files=True,
            max_upload_size=server().network_mb, key=_files_key(kind),
        )  # fmt: skip
        architecture = _choose_architecture(kind, "several")
    found: dict[str, Classifier] = {}
    for file in files[:MOST]:
        name, data = Path(file.name).stem, file.getvalue()
        try:
            if name in found:
                raise ModelError(f"two files are called {file.name}; rename one of them")
            sha256 = hashlib.sha256(data).hexdigest()
            found[name] = own_classifier(sha256, data, architecture, None, file.name)
        except WamError as error:
            st.error(plain(f"{file.name}: {error}."), icon=":material/error:")
    return found


def predictions(net: Classifier, signal: Signal) -> tuple[Tensor, Tensor]:
    """What the network receives, (1, c, *space), and its class probabilities, (1, classes)."""
    mine = session()
    known = (net.fingerprint, signal.key)
    if known not in mine.predictions:
        x = net.prepare(signal)
        probabilities = ask(
            predict_steps(net, x), owner=f"{mine.id}/predict", uses={net.module_fingerprint}
        )
        while len(mine.predictions) >= _KEPT:
            del mine.predictions[next(iter(mine.predictions))]
        mine.predictions[known] = x, probabilities
    return mine.predictions[known]


def choose_class(net: Classifier, probabilities: Tensor, about: str) -> int:
    """The class to explain: the most probable one, or any other.

    Args:
        net: whose classes.
        probabilities: (1, classes).
        about: what identifies the input; each pair of network and input has its own choice.
    """
    names, order = _classes(net, probabilities)
    subject = (net.fingerprint, about)
    _restore_class(subject, names, order)
    chosen = st.selectbox(
        "Class", order, format_func=names.__getitem__, key=recall(CLASS), bind="query-params",
        label_visibility="collapsed", help=glossary.hint("logit", "gradient"), width=200,
    )  # fmt: skip
    session().classes[subject] = int(chosen)
    return int(chosen)


def _classes(net: Classifier, probabilities: Tensor) -> tuple[list[str], list[int]]:
    """The names of all classes, and the classes by their probabilities, (1, classes)."""
    names = distinct_labels([net.label(index) for index in range(probabilities.shape[1])])
    return names, probabilities[0].argsort(descending=True).tolist()


def _restore_class(subject: tuple[str, str], names: Sequence[str], order: Sequence[int]) -> None:
    """Where input or network are others than before: the class that was chosen for them, or the first.

    Links of version 0.1 named the class by network and input.
    """
    mine = session()
    before, mine.subject = mine.subject, subject
    if before not in (None, subject):
        chosen = mine.classes.get(subject, order[0])
        put(CLASS, chosen)
        put(AGAINST, next((index for index in order if index != chosen), chosen))
    old = f"class/{subject[0][:8]}/{subject[1][:12]}"
    for where, now in ((old, CLASS), (f"any-{old}", CLASS), (f"against-{old}", AGAINST)):
        if (label := st.query_params.pop(where, None)) in names:
            put(now, names.index(str(label)))
            st.query_params[now] = str(label)


def choose_rival(net: Classifier, probabilities: Tensor, chosen: int) -> int | Contrast:
    """The class alone, or a contrast with another one.

    Args:
        net: whose classes.
        probabilities: (1, classes).
        chosen: the class that is explained.
    """
    if not st.toggle(
        "Contrast with another class",
        key=recall(CONTRAST),
        bind="query-params",
        help=glossary.hint("contrast"),
    ):
        return chosen
    names, order = _classes(net, probabilities)
    others = [index for index in order if index != chosen]
    against = st.selectbox(
        "rather than", others, format_func=names.__getitem__, key=recall(AGAINST),
        bind="query-params",
    )  # fmt: skip
    return Contrast(chosen, int(against))


def distinct_labels(labels: list[str]) -> list[str]:
    """Names that are no other class's too, as two of ImageNet's are cranes; links hold names."""
    often = Counter(labels)
    return [name if often[name] == 1 else f"{name} ({index})" for index, name in enumerate(labels)]
