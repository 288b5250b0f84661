"""What can be taken away from a result."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import streamlit as st

from app import kinds, reproduction
from app.kinds.received import Download
from app.session import Explained, session
from wam_core import WaveletAttribution, export
from wam_core.signals import audio


def offer(explained: Explained) -> None:
    """The numbers, and what else there is of this kind of input; made when they are asked for."""
    result = explained.result
    _buttons(
        [
            Download("Numbers (.npz)", "attribution.npz", partial(_npz, result)),
            *kinds.of(explained.subject.signal).downloads(explained),
            Download("Profile (.csv)", "profile.csv", partial(_profile, explained)),
            Download("Manifest (.json)", "manifest.json", partial(_manifest, explained)),
        ]
    )


def offer_sounds(sounds: Mapping[str, npt.NDArray[np.floating]], rate: int) -> None:
    """WAV files of sounds (samples,), by name; turned down together where one would be cut off."""
    peak = max((float(np.abs(values).max(initial=0.0)) for values in sounds.values()), default=0.0)
    gain = 1 / peak if peak > 1 else 1.0
    _buttons(
        [
            Download(
                f"{name.capitalize()} (.wav)", f"{name}.wav", partial(_wav, values * gain, rate)
            )
            for name, values in sounds.items()
        ]
    )
    level = f", turned down by {20 * np.log10(peak):.1f} dB" if peak > 1 else ""
    st.caption(f"16 bits, {rate / 1000:g} kHz, all equally loud as in the input{level}.")


def _buttons(files: Sequence[Download]) -> None:
    row = st.container(horizontal=True)
    for label, name, make in files:
        row.download_button(label, data=make, file_name=name, key=name, icon=":material/download:")


def _wav(values: npt.NDArray[np.floating], rate: int) -> bytes:
    return audio.encode_wav(values[None], rate, nonce=session().id)


def _manifest(explained: Explained) -> str:
    result, net, signal = explained.result, explained.subject.net, explained.subject.signal
    again = reproduction.both(result, net, signal, explained.subject.origin)
    return json.dumps(export.manifest(result, net, signal, reproduce=again), indent=2)


def _profile(explained: Explained) -> str:
    result, net, signal = explained.result, explained.subject.net, explained.subject.signal
    return export.profile_csv(result, export.rate(net), export.network_grid(net, signal))


def _npz(result: WaveletAttribution) -> bytes:
    buffer = io.BytesIO()
    result.save(buffer)
    return buffer.getvalue()


def offer_table(make: Callable[[], str], name: str, label: str = "Every number (.csv)") -> None:
    """A table as a file, made when it is asked for."""
    st.download_button(label, data=make, file_name=name, key=name, icon=":material/download:")
