"""Which network, and which of its classes is to be explained."""

import hashlib
from collections import Counter
from pathlib import Path

import streamlit as st
import torch
from torch import Tensor

import models
from app import glossary
from app.reproduction import Own
from app.runtime import ask, classifier, own_classifier, predict_steps
from app.session import MODEL, key, plain, recall, session
from models import audio, volumes
from wam_core import Classifier, Contrast, Signal
from wam_core.errors import InputError, ModelError, WamError
from wam_core.signals import Modality
from wam_core.targets import Wanted

_OTHER = "other …"
_KEPT = 4  # predictions of networks that are compared
_HELP: dict[Modality, str] = {
    "image": "The first comes with this installation. Others are fetched from the model hub, if "
    "it can be reached. Any classifier of timm is accepted by its name, and hf-hub:owner/name.",
    "sound": "Both come with this installation, trained on ESC-10: one hears a mel spectrogram, "
    "the other the waveform itself.",
    "volume": "Both come with this installation, trained by this project: one names household "
    "objects, the other digits with a thickness. Your own 3-D network is read below.",
}


def choose_model(modality: Modality) -> tuple[str, Classifier] | None:
    """A network and its name; None, with the reason on screen, where it cannot be had."""
    open_ended = modality == "image"  # the hub has no sound networks that are read here
    name = st.selectbox(
        "Network",
        models.names(modality),
        key=recall(key(MODEL, modality)),
        format_func=lambda known: models.spec(known).title,
        accept_new_options=open_ended,
        bind="query-params",
        help=_HELP[modality],
    )
    try:
        if (own := _own(modality)) is not None:
            return own.name, own
    except WamError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    spec = models.spec(name or models.default(modality))
    st.caption(plain(" · ".join(filter(None, (spec.licence, spec.accuracy)))))
    try:
        net = classifier(spec.name)
        if net.ndim != _AXES[modality]:
            raise ModelError(f"{spec.title} takes no {modality}; choose another network")
    except WamError as error:
        st.error(plain(str(error)), icon=":material/cloud_off:")
        return None
    return spec.name, net


_AXES: dict[Modality, int] = {"sound": 1, "image": 2, "volume": 3}


def own_network(modality: Modality) -> Own | None:
    """What the visitor gave as a network of their own; None where nothing was given."""
    weights = st.session_state.get(key("own-weights", modality))
    names = st.session_state.get(key("own-labels", modality))
    if weights is None:
        return None
    architecture = st.session_state[key("architecture", modality)]
    return Own(weights.name, architecture, None if names is None else names.name)


def unshared(modality: Modality) -> tuple[str, ...]:
    """What of the network no link can hold, in a sentence."""
    if own_network(modality) is None:
        return ()
    return ("Your own network is not in it: its weights have to be given again.",)


def _own(modality: Modality) -> Classifier | None:
    """The visitor's own weights, if any were given; they go before the catalogue."""
    with st.expander("Your own network"):
        weights = st.file_uploader(
            "Weights (.safetensors)",
            type="safetensors",
            max_upload_size=512,
            key=key("own-weights", modality),
        )
        architecture = choose_architecture(modality)
        names = st.file_uploader(
            "Class names (.txt, one per line)", type="txt", key=key("own-labels", modality)
        )
    if weights is None:
        return None
    labels = None
    if names is not None:
        try:
            labels = tuple(names.getvalue().decode("utf-8").splitlines())
        except UnicodeDecodeError as error:
            raise InputError(
                f"{names.name} is not a text in UTF-8, one class name per line"
            ) from error
    data = weights.getvalue()
    net = own_classifier(hashlib.sha256(data).hexdigest(), data, architecture, labels)
    net.name = Path(weights.name).stem  # it was read from a file of another name
    return net


def choose_architecture(modality: Modality, place: str = "") -> str:
    """The layout of layers that weights belong to; ``place`` where a screen asks a second time."""
    where = key(f"architecture{place and f'-{place}'}", modality)
    if modality == "image":
        return st.text_input(
            "Architecture", "resnet18", key=where,
            help="Its name in timm, or mnist_cnn, a small network for 28 × 28 grey digits; the "
            "weights have to fit it exactly.",
        )  # fmt: skip
    known = audio.ARCHITECTURES if modality == "sound" else volumes.ARCHITECTURES
    return st.selectbox(
        "Architecture",
        list(known),
        format_func=lambda name: known[name].title,
        key=where,
        help="The layout of layers that the weights belong to; they have to fit it exactly.",
    )


def predictions(net: Classifier, signal: Signal) -> tuple[Tensor, Tensor]:
    """What the network receives, (1, c, *space), and its class probabilities, (1, classes)."""
    mine = session()
    known = (net.fingerprint, signal.key)
    if known not in mine.predictions:
        x = net.prepare(signal)
        probabilities = ask(
            predict_steps(net, x), owner=f"{mine.id}/predict", uses={net.fingerprint}
        )
        while len(mine.predictions) >= _KEPT:
            del mine.predictions[next(iter(mine.predictions))]
        mine.predictions[known] = x, probabilities
    return mine.predictions[known]


def class_key(net: Classifier, about: str) -> str:
    """Which class is explained: by its number."""
    return f"class/{net.fingerprint[:8]}/{about[:12]}"


def choose_class(net: Classifier, probabilities: Tensor, about: str) -> Wanted:
    """The class to explain: one of the top five, any other by search, or a contrast of two.

    Args:
        net: whose classes.
        probabilities: (1, classes).
        about: what identifies the input; a choice lasts as long as that does.
    """
    every = range(probabilities.shape[1])
    names = told_apart([net.label(index) for index in every])
    top = torch.topk(probabilities[0], min(5, len(every))).indices.tolist()
    where = class_key(net, about)
    picked = st.pills(
        "Class to explain",
        [*top, _OTHER],
        default=top[0],
        required=True,
        format_func=lambda c: c if c == _OTHER else names[c],
        key=recall(where),
        bind="query-params",
        help=glossary.hint(
            "logit",
            "gradient",
            more="The gradient is taken of the logit of this class. Explain the runner-up to see what "
            "speaks for it.",
        ),
    )
    chosen = (
        st.selectbox(
            "Any class",
            every,
            format_func=names.__getitem__,
            key=recall(f"any-{where}"),
            bind="query-params",
            help="Type to search.",
        )
        if picked == _OTHER
        else picked
    )
    if st.toggle(
        "Contrast with another class",
        key=recall("contrast"),
        bind="query-params",
        help=glossary.hint("contrast"),
    ):
        rival = next(c for c in top if c != chosen)
        against = st.selectbox(
            "rather than", every, index=rival, format_func=names.__getitem__,
            key=recall(f"against-{where}"), bind="query-params",
        )  # fmt: skip
        if against == chosen:
            st.warning("A contrast needs two different classes; the class alone is explained.")
            return int(chosen)
        return Contrast(int(chosen), int(against))
    return int(chosen)


def told_apart(labels: list[str]) -> list[str]:
    """Names that are no other class's too, as two of ImageNet's are cranes; links hold names."""
    often = Counter(labels)
    return [name if often[name] == 1 else f"{name} ({index})" for index, name in enumerate(labels)]
