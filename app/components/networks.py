"""Several networks of one kind of input: of the catalogue, and the visitor's own."""

import hashlib
from pathlib import Path

import streamlit as st

import models
from app import kinds
from app.components.model_picker import choose_architecture
from app.runtime import classifier, own_classifier
from app.session import plain, recall
from wam_core import Classifier
from wam_core.errors import ModelError, WamError
from wam_core.signals import Modality

MOST = 4
"""Networks at a time."""


def choose_networks(kind: Modality) -> dict[str, Classifier]:
    """By the name that people read; the first is what the others are compared with.

    What cannot be had is named on screen and left out.
    """
    at_hand = [name for name in models.names(kind) if models.available(name)]
    chosen = st.multiselect(
        "Networks", models.names(kind), at_hand[:MOST],
        format_func=lambda name: models.spec(name).title, accept_new_options=kind == "image",
        max_selections=MOST, key=recall(f"networks-{kind}"), bind="query-params",
        help="The first is what the others are compared with. Of pictures, any classifier of timm is "
        "accepted by its name, and hf-hub:owner/name.",
    )  # fmt: skip
    found: dict[str, Classifier] = {}
    for name in chosen:
        try:
            found[models.spec(name).title] = classifier(name)
        except WamError as error:
            st.error(plain(str(error)), icon=":material/cloud_off:")
    found |= _own(kind)
    if len(found) > MOST:
        st.error(f"{len(found)} networks are chosen; at most {MOST} are compared.")
        return {}
    return found


def unshared() -> tuple[str, ...]:
    """What of the networks no link can hold, in a sentence."""
    if not any(st.session_state.get(_files_key(kind.name)) for kind in kinds.all_kinds()):
        return ()
    return ("Your own networks are not in it: their weights have to be given again.",)


def _files_key(kind: Modality) -> str:
    return f"own-networks-{kind}"


def _own(kind: Modality) -> dict[str, Classifier]:
    """The visitor's own, all of one architecture."""
    with st.expander("Your own networks"):
        files = st.file_uploader(
            "Weights (.safetensors)", type="safetensors", accept_multiple_files=True,
            max_upload_size=512, key=_files_key(kind),
        )  # fmt: skip
        architecture = choose_architecture(kind, "several")
    found: dict[str, Classifier] = {}
    for file in files[:MOST]:
        name, data = Path(file.name).stem, file.getvalue()
        try:
            if name in found:
                raise ModelError(f"two files are called {file.name}; rename one of them")
            found[name] = own_classifier(hashlib.sha256(data).hexdigest(), data, architecture, None)
        except WamError as error:
            st.error(plain(f"{file.name}: {error}."), icon=":material/error:")
    return found
