"""About: the method in short, the networks with their licences, versions and device."""

import streamlit as st

import models
from app.runtime import model_cache, scheduler, uptime
from app.server import device
from app.session import plain
from wam_core.provenance import versions


def screen() -> None:
    """The page, from top to bottom."""
    st.title("About WAM Explorer", anchor=False)
    st.markdown(
        "Conventional saliency maps say *where* a network looked. The **Wavelet Attribution Method** "
        "takes the gradient of a class score with respect to the **wavelet coefficients** of the "
        "input, so it also says *what* was used: scales, orientations, frequency bands. Method: Kasmi, "
        "Brunetto, Fel, Parekh, *One Wave To Explain Them All* (ICML 2025, arXiv 2410.01482)."
    )
    st.markdown(
        "A gradient map is a hint, not a proof: energetic coefficients score well in the published "
        "metric with any ranking, even one that ignores the network. **Reconstruct** shows "
        "whether the strongest coefficients carry the prediction, **Faithfulness** whether that is "
        "more than the largest ones do."
    )
    st.subheader("Networks", anchor=False)
    # a table, and no data frame: a licence that asks for credit is to be read whole
    st.table(
        [
            {
                "network": plain(spec.title),
                "for": f"{spec.modality}s",
                "licence": plain(spec.licence),
                "accuracy": plain(spec.accuracy or "not measured here"),
                "here": "yes"
                if models.available(spec.name)
                else "fetched when chosen"
                if spec.downloads
                else "not installed",
            }
            for spec in map(models.spec, models.names())
        ]
    )
    st.subheader("This server", anchor=False)
    st.markdown(
        f"Device: **{plain(device())}**. "
        + ", ".join(f"{k} {plain(v)}" for k, v in versions().items())
    )
    _status()
    st.caption(
        "Uploads stay in memory and are gone when you close the tab. Nothing is sent anywhere."
    )


@st.fragment(run_every=5)
def _status() -> None:
    """How busy the server is, for its operator and for whoever waits."""
    load, kept = scheduler().load(), model_cache().kept()
    hours, minutes = divmod(round(uptime()) // 60, 60)
    lines = {
        "up": f"{hours} h {minutes} min" if hours else f"{minutes} min",
        "lanes": str(load.lanes),
        "jobs": f"{load.running} at work, {load.waiting} waiting, of {load.people} visitors",
        "in the background": str(load.background),
        "longest present step": f"{load.step:.1f} s",
        "networks in memory": ", ".join(f"{k.name} ({k.bytes / 2**20:.0f} MiB)" for k in kept)
        or "none yet",
    }
    st.markdown(" · ".join(f"{name}: **{plain(value)}**" for name, value in lines.items()))
