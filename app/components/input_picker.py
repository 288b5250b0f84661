"""What is looked at: an input from a file, a sample or a device, and a network that takes it."""

import streamlit as st

import models
from app import kinds
from app.components import explanation
from app.components.model_picker import choose_model, own_network, predictions
from app.components.share import mismatch, missing_files, stop_asking
from app.kinds import Kind
from app.reproduction import Origin
from app.server import server
from app.session import MODALITY, MODEL, SAMPLE, Subject, Upload, plain, put, recall, session
from models import samples
from wam_core import Signal
from wam_core.errors import InputError
from wam_core.signals import read
from wam_core.signals.limits import bytes_text


def choose_subject() -> Subject | None:
    """An input and a network, from the sidebar; None where the reason is on screen already.

    Raises:
        WamError: the network cannot take the input.
    """
    st.subheader("Input", anchor=False)
    signal = choose_input()
    if missing_files():  # the page asks for the file of a link
        return None
    st.subheader("Network", anchor=False)
    kind = kinds.of(signal)
    chosen = choose_model(kind)
    if chosen is None:
        return None
    name, net = chosen
    signal = kind.choose_excerpt(signal, net)
    x, _ = predictions(net, signal)
    origin = Origin(session().samples.get(kind.name), own_network(kind))
    return Subject(signal, net, models.spec(name).title, tuple(x.shape[2:]), origin=origin)


def choose_input(only: Kind | None = None) -> Signal:
    """The visitor's input; a sample at first. A file that cannot be read leaves the last one.

    Args:
        only: the only kind that this screen explains; None lets the visitor choose.
    """
    mine = session()
    if mine.switch is not None:
        # While a job is watched, the browser reports the widgets as it last saw them, several times
        # a second: that may undo what the upload has just put here.
        put(MODALITY, mine.switch)
        if not explanation.is_busy():
            mine.switch = None
    kind = only or kinds.named(_choose_kind())
    _offer_files()
    chosen = _choose_sample(kind)
    kind.offer_recording(_take)
    if mine.input_error is not None:
        st.error(plain(mine.input_error), icon=":material/broken_image:")
    signal = kind.choose_form(mine.inputs[kind.name])
    if chosen is not None:
        st.caption(f"{plain(samples.title(chosen))}: {plain(samples.credit(chosen))}")
    for note in signal.notes:
        st.caption(plain(note))
    return signal


def accepted(kind: Kind) -> str:
    """Which files of a kind are read, and how large they may be."""
    limits = server().limits
    return f"{kind.accepted(limits)}, in files of up to {bytes_text(limits.file_bytes)}."


def _choose_kind() -> str:
    titles = {kind.name: kind.title for kind in kinds.all_kinds()}
    return str(
        st.segmented_control(
            "Kind of input", list(titles), key=recall(MODALITY), default=next(iter(titles)),
            required=True, format_func=titles.__getitem__, bind="query-params",
            label_visibility="collapsed", width="stretch",
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
        + " It stays in memory and is gone when you close this tab.",
    )


def _take(widget: str) -> None:
    """Read what was just uploaded, photographed or recorded; it decides what is explained."""
    mine, file = session(), st.session_state[widget]
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
    put(kinds.of(signal).key(SAMPLE), None)
    put(MODALITY, signal.modality)
    mine.switch = signal.modality if explanation.is_busy() else None


def _choose_sample(kind: Kind) -> str | None:
    """A sample as the input of its kind; None while the input is a visitor's own."""
    mine = session()
    current, where = mine.samples.get(kind.name, kind.first_sample), kind.key(SAMPLE)
    first = current == kind.first_sample
    if where not in st.session_state and not first and kind.name in mine.inputs:
        put(where, current)  # drawn anew, after the other kind of input
    chosen = st.pills(
        "or a sample",
        samples.names(kind.name),
        key=where,
        default=kind.first_sample if first else None,
        format_func=samples.title,
        on_change=_take_sample,
        args=(kind,),
        bind="query-params",
    )
    if kind.name not in mine.inputs:
        name = chosen or kind.first_sample
        mine.take(samples.load(name), name)
        if kind.key(MODEL) not in st.query_params:  # a link may ask for another one
            _choose_network_of(name, kind)
    return chosen


def _take_sample(kind: Kind) -> None:
    chosen = st.session_state[kind.key(SAMPLE)]
    if chosen is not None:
        session().take(samples.load(chosen), chosen)
        _choose_network_of(chosen, kind)


def _choose_network_of(name: str, kind: Kind) -> None:
    """Choose the network that a sample belongs to, where it belongs to one."""
    if network := samples.network(name):
        put(kind.key(MODEL), network)
