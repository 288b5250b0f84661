"""What is explained: an input from a file, a sample or a device, and a network that takes it."""

import base64
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import models
from app import kinds
from app.components import explanation
from app.components.model_picker import choose_model, model_title, own_network, predictions
from app.components.share import mismatch, missing_files, stop_asking
from app.kinds import Kind
from app.reproduction import Origin
from app.server import server
from app.session import (
    INPUT_MENU,
    MODALITY,
    MODEL,
    NETWORK_MENU,
    SAMPLE,
    Subject,
    Upload,
    follow_address,
    is_moved,
    keep_hidden,
    plain,
    put,
    recall,
    session,
)
from models import samples
from wam_core import Signal
from wam_core.errors import InputError
from wam_core.signals import read
from wam_core.signals.image import encode_webp
from wam_core.signals.limits import bytes_text

Place = Callable[[Kind], AbstractContextManager[Any]]
"""Where controls are drawn, once the kind of input is known."""

_THUMBNAIL = 108, 144  # px: rows, columns; drawn at half that size


def choose_subject(*, menus: bool = False) -> Subject | None:
    """An input and a network; None where the reason is on screen already.

    Args:
        menus: whether each is a menu in a row, named by what is chosen, or a part of a column.

    Raises:
        WamError: the network cannot take the input.
    """
    if not menus:
        st.subheader("Input", anchor=False)
    signal = choose_input(place=input_menu if menus else None)
    if missing_files():  # the page asks for the file of a link
        return None
    kind = kinds.of(signal)
    if menus:
        network: DeltaGenerator = st.popover(
            plain(model_title(kind)), key=NETWORK_MENU, on_change="rerun", help="Network"
        )
    else:
        st.subheader("Network", anchor=False)
        network = st.container()
    with network:
        chosen = choose_model(kind)
    if chosen is None:
        return None
    name, net = chosen
    signal = kind.choose_excerpt(signal, net)
    x, _ = predictions(net, signal)
    origin = Origin(session().samples.get(kind.name), own_network(kind))
    return Subject(signal, net, models.spec(name).title, tuple(x.shape[2:]), origin=origin)


def input_menu(kind: Kind) -> AbstractContextManager[Any]:
    """A menu that is called after the input."""
    mine = session()
    sample = mine.samples.get(kind.name, kind.first_sample)
    name = mine.inputs[kind.name].name if kind.name in mine.inputs else ""
    return st.popover(
        plain(samples.title(sample) if sample else name),
        key=INPUT_MENU, on_change="rerun", icon=":material/add_photo_alternate:",
        help="Input: a sample or your own file",
    )  # fmt: skip


def choose_input(only: Kind | None = None, place: Place | None = None) -> Signal:
    """The visitor's input; a sample at first. A file that cannot be read leaves the last one.

    Args:
        only: the only kind that this screen explains; None lets the visitor choose.
        place: where everything but the kind is drawn; here, where None.
    """
    keep_hidden()
    mine = session()
    if mine.switch is not None:
        # While a job is watched, the browser reports the widgets as it last saw them, several times
        # a second: that may undo what the upload has just put here.
        put(MODALITY, mine.switch)
        if not explanation.is_busy():
            mine.switch = None
    kind = only or kinds.named(_choose_kind("stretch" if place is None else "content"))
    _take_addressed(kind)
    with place(kind) if place is not None else st.container():
        _offer_files()
        chosen = _choose_sample(kind)
        kind.offer_recording(_take)
        signal = kind.choose_form(mine.inputs[kind.name])
        if chosen is not None:
            st.caption(f"{plain(samples.title(chosen))}: {plain(samples.credit(chosen))}")
        for note in signal.notes:
            st.caption(plain(note))
        if place is None:
            input_problem()
    return signal


def input_problem() -> None:
    """Why the last file could not be read, where it could not."""
    if (sentence := session().input_error) is not None:
        st.error(plain(sentence), icon=":material/broken_image:")


def accepted(kind: Kind) -> str:
    """Which files of a kind are read, and how large they may be."""
    limits = server().limits
    return f"{kind.accepted(limits)}, in files of up to {bytes_text(limits.file_bytes)}."


def _choose_kind(width: Literal["stretch", "content"]) -> str:
    titles = {kind.name: kind.title for kind in kinds.all_kinds()}
    return str(
        st.segmented_control(
            "Kind of input", list(titles), key=recall(MODALITY), default=next(iter(titles)),
            required=True, format_func=titles.__getitem__, bind="query-params",
            label_visibility="collapsed", width=width,
        )
    )  # fmt: skip


def _offer_files() -> None:
    *others, last = (kind.noun for kind in kinds.all_kinds())
    st.file_uploader(
        f"Drop {', '.join(others)} or {last}",
        key="upload",
        on_change=_take,
        args=("upload",),
        max_upload_size=server().limits.file_megabytes,
        help=" ".join(accepted(kind) for kind in kinds.all_kinds())
        + " Kept in memory only; deleted when you close this tab.",
    )


def _take(widget: str) -> None:
    """Read what was just uploaded, photographed or recorded; it decides what is explained."""
    mine, file = session(), st.session_state[widget]
    put(INPUT_MENU, False)
    if file is None:
        mine.input_error = None
        return
    data = file.getvalue()
    try:
        signal = read(data, file.name, server().limits)
    except InputError as error:
        mine.input_error = f"{error}. The previous input stays."
        return
    if (refusal := mismatch(Upload(signal.name, signal.sha256))) is not None:
        mine.input_error = refusal
        return
    stop_asking()  # it is here
    mine.take(signal, several=data if signal.holds_several else None)
    put(kinds.of(signal).key(SAMPLE), None, INPUT_MENU)
    put(MODALITY, signal.modality)
    mine.switch = signal.modality if explanation.is_busy() else None


def _choose_sample(kind: Kind) -> str | None:
    """A sample as the input of its kind; None while the input is a visitor's own."""
    mine = session()
    current, where = mine.samples.get(kind.name, kind.first_sample), kind.key(SAMPLE)
    first = current == kind.first_sample
    if where not in st.session_state and not first:
        put(where, current, INPUT_MENU)  # shown again, after the other kind of input
    st.html(_sample_pictures(kind.name))
    with st.container(key="sample-pictures"):
        chosen = st.pills(
            "or a sample",
            samples.names(kind.name),
            key=where,
            default=kind.first_sample,
            format_func=samples.title,
            on_change=_take_sample,
            args=(kind,),
            bind="query-params",
        )
    follow_address(where, INPUT_MENU)
    return chosen


def _take_addressed(kind: Kind) -> None:
    """Take the input that the address names, before anything shows it: at first, and after Back."""
    mine, where = session(), kind.key(SAMPLE)
    first = kind.name not in mine.inputs
    returned = where not in st.session_state and where in st.query_params
    if not (first or returned or is_moved()):
        return
    title = st.query_params.get(where, samples.title(kind.first_sample))
    name = next((one for one in samples.names(kind.name) if samples.title(one) == title), None)
    if first:
        name = st.session_state.get(where) or name or kind.first_sample
        mine.take(samples.load(name), name)
        if kind.key(MODEL) not in st.query_params:  # a link may ask for another one
            _choose_network_of(name, kind)
    elif name is None:
        if kind.name in mine.own:
            mine.take(mine.own[kind.name])
    elif name != mine.samples.get(kind.name):
        mine.take(samples.load(name), name)


@st.cache_data(show_spinner=False)
def _sample_pictures(kind: str) -> str:
    """A style that puts a small picture above the name of each sample of a kind.

    Samples are no uploads, so all visitors may share it.
    """
    rules = []
    for nth, name in enumerate(samples.names(kind), start=1):
        pixels = kinds.named(kind).thumbnail(samples.load(name), *_THUMBNAIL)
        picture = base64.b64encode(encode_webp(pixels)).decode()
        rules.append(
            f".st-key-sample-pictures button:nth-of-type({nth})::before "
            f'{{ background-image: url("data:image/webp;base64,{picture}"); }}'
        )
    return f"<style>{' '.join(rules)}</style>"


def _take_sample(kind: Kind) -> None:
    if kind.key(SAMPLE) in session().hidden and not st.session_state.get(INPUT_MENU, True):
        return  # nobody chose it: see keep_hidden
    put(INPUT_MENU, False)
    chosen = st.session_state[kind.key(SAMPLE)]
    if chosen is not None:
        session().take(samples.load(chosen), chosen)
        _choose_network_of(chosen, kind)


def _choose_network_of(name: str, kind: Kind) -> None:
    """Choose the network that a sample belongs to, where it belongs to one."""
    if network := samples.network(name):
        put(kind.key(MODEL), network, NETWORK_MENU)
