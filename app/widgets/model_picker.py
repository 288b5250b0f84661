"""Which network, and which of its classes is to be explained."""

import hashlib

import streamlit as st
import torch
from torch import Tensor

import models
from app.runtime import ask, classifier, own_classifier, predict_steps
from app.state import MODEL, plain, session
from wam_core import Classifier, Contrast, Signal
from wam_core.errors import InputError, WamError
from wam_core.target import Wanted

_OTHER = "other …"


def choose_model() -> tuple[str, Classifier] | None:
    """A network and its name; None, with the reason on screen, where it cannot be had."""
    name = st.selectbox(
        "Network",
        models.names("image"),
        key=MODEL,
        format_func=lambda known: models.spec(known).title,
        accept_new_options=True,
        bind="query-params",
        help="The first comes with this installation. Others are fetched from the model hub, if "
        "it can be reached. Any classifier of timm is accepted by its name, and hf-hub:owner/name.",
    )
    try:
        if (own := _own()) is not None:
            return own.name, own
    except WamError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    spec = models.spec(name or models.default("image"))
    st.caption(plain(" · ".join(filter(None, (spec.licence, spec.accuracy)))))
    try:
        return spec.name, classifier(spec.name)
    except WamError as error:
        st.error(plain(str(error)), icon=":material/cloud_off:")
        return None


def _own() -> Classifier | None:
    """The visitor's own weights, if any were given; they go before the catalogue."""
    with st.expander("Your own network"):
        weights = st.file_uploader(
            "Weights (.safetensors)", type="safetensors", max_upload_size=512, key="own-weights"
        )
        architecture = st.text_input(
            "Architecture", "resnet18", help="Its name in timm; the weights have to fit it exactly."
        )
        names = st.file_uploader("Class names (.txt, one per line)", type="txt", key="own-labels")
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
    return own_classifier(hashlib.sha256(data).hexdigest(), data, architecture, labels)


def predictions(net: Classifier, signal: Signal) -> tuple[Tensor, Tensor]:
    """What the network receives, (1, c, h, w), and its class probabilities, (1, classes)."""
    mine = session()
    key = (net.fingerprint, signal.sha256)
    if key not in mine.predictions:
        x = net.prepare(signal)
        mine.predictions = {key: (x, ask(predict_steps(net, x), owner=f"{mine.id}/predict"))}
    return mine.predictions[key]


def choose_class(net: Classifier, probabilities: Tensor) -> Wanted:
    """The class to explain: one of the top five, any other by search, or a contrast of two."""
    top = torch.topk(probabilities[0], min(5, probabilities.shape[1])).indices.tolist()
    picked = st.pills(
        "Class to explain",
        [*top, _OTHER],
        default=top[0],
        required=True,
        format_func=lambda c: c if c == _OTHER else net.label(c),
        key=f"class/{net.fingerprint[:8]}/{session().signal.sha256[:12] if session().signal else ''}",
        help="The logit of this class is what the gradient is taken of. Explain the runner-up to "
        "see what speaks for it.",
    )
    every = range(probabilities.shape[1])
    chosen = (
        st.selectbox("Any class", every, format_func=net.label, help="Type to search.")
        if picked == _OTHER
        else picked
    )
    if st.toggle("Contrast with another class", help="Explain f_A − f_B: why A rather than B."):
        rival = next(c for c in top if c != chosen)
        against = st.selectbox("rather than", every, index=rival, format_func=net.label)
        if against == chosen:
            st.warning("A contrast needs two different classes; the class alone is explained.")
            return int(chosen)
        return Contrast(int(chosen), int(against))
    return int(chosen)
