"""What is looked at: an input of any kind, and a network that takes it."""

import streamlit as st

import models
from app.components.model_picker import choose_model, own_network, predictions
from app.components.share import awaited
from app.components.upload import choose_input
from app.components.window import choose_window
from app.reproduction import Origin
from app.session import Subject, session


def choose_subject() -> Subject | None:
    """Both, from the sidebar; None where the reason is on screen already.

    Raises:
        WamError: the network cannot take the input.
    """
    st.subheader("Input", anchor=False)
    signal = choose_input()
    if awaited():  # the page asks for the file of a link
        return None
    st.subheader("Network", anchor=False)
    kind = signal.modality
    chosen = choose_model(kind)
    if chosen is None:
        return None
    name, net = chosen
    signal = choose_window(signal, net)
    x, _ = predictions(net, signal)
    origin = Origin(session().samples.get(kind), own_network(kind))
    return Subject(signal, net, models.spec(name).title, tuple(x.shape[2:]), origin=origin)
