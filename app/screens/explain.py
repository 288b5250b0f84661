"""Explain: an input, a network, a class and a variant; then the explanation by level and orientation."""

import streamlit as st
import torch

from app.figures import bands, captions, mosaic, predictions, profile
from app.figures import signal as picture
from app.figures.theme import CONFIG, Look
from app.runtime import ask, predict_steps
from app.state import Session, plain, session
from app.widgets import job
from app.widgets.downloads import offer
from app.widgets.model_picker import choose_class, choose_model
from app.widgets.model_picker import predictions as predict
from app.widgets.settings import choose_path, choose_transform
from app.widgets.upload import choose_input
from app.widgets.views import choose_bands, choose_look, choose_share
from wam_core import Classifier, WaveletAttribution
from wam_core.errors import WamError
from wam_core.views import Selection, heat_map, over_channels, reconstruction
from wam_core.views import profile as scale_profile


def screen() -> None:
    """The page, from top to bottom."""
    mine = session()
    job.collect()
    with st.sidebar:
        wish = _controls(mine)
    st.title("What did the network use?", anchor=False)
    with st.container():  # always there, so that what follows keeps its place on the page
        job.problem()
        if wish:
            st.error(wish, icon=":material/error:")
        if mine.job is not None:
            job.watch()
    if mine.result is not None:
        inspect(mine.result, mine.result_net, mine)
    elif mine.job is None:
        st.info("Choose an input and a network on the left, then press **Explain**.")


def _controls(mine: Session) -> str | None:
    """The sidebar; starts a job when asked to. Returns what is wrong, in one sentence."""
    st.subheader("Input", anchor=False)
    signal = choose_input()
    st.subheader("Network", anchor=False)
    chosen = choose_model()
    if chosen is None:
        return None
    name, net = chosen
    try:
        x, probabilities = predict(net, signal)
    except WamError as error:
        return plain(f"{error}. The previous result stays.")
    target = choose_class(net, probabilities)
    st.subheader("Method", anchor=False)
    path = choose_path()
    try:
        transform = choose_transform(tuple(x.shape[2:]))
        transform.check(tuple(x.shape[2:]))
    except WamError as error:
        return plain(str(error))
    asked = job.request(signal, name, target, transform, path)
    seconds = job.estimate(net, path)
    pressed = st.button(
        f"Explain · about {seconds:.0f} s" if seconds >= 1 else "Explain · under 1 s",
        type="primary",
        width="stretch",
        icon=":material/play_arrow:",
        key="explain",
    )
    first = not mine.welcomed  # a first visit shows a result without a click
    superseded = mine.job is not None and mine.job_request != asked
    if pressed or first or superseded:
        mine.welcomed = True
        job.start(asked, net, signal, path, name, tuple(x.shape[2:]))
    if mine.result is not None and mine.job is None and mine.result_request != asked:
        st.caption(":material/history: The result shown is of earlier settings; press Explain.")
    return None


@st.fragment
def inspect(result: WaveletAttribution, net: Classifier, mine: Session) -> None:
    """The result. Nothing here runs the explanation again: these are views."""
    dark = st.context.theme.type == "dark"
    shares = scale_profile(result.attribution)
    target = str(result.target)
    st.markdown(plain(captions.summary(shares, target)))
    _overview(result, net, mine, shares, Look(dark=dark))
    if result.is_zero:
        st.info("No signal: the gradient is zero everywhere, so there is no map to show.")
        return
    look = choose_look(dark)
    chosen = choose_bands(result.attribution)
    names = ["Overview", "Scales × orientations", "Per level", "Reconstruct", "Details"]
    tabs = dict(zip(names, st.tabs(names, on_change="rerun", key="tab"), strict=True))
    for name, draw in (
        ("Overview", _map),
        ("Scales × orientations", _grid),
        ("Per level", _levels),
        ("Reconstruct", _reconstruct),
        ("Details", _details),
    ):
        if tabs[name].open:
            with tabs[name]:
                draw(result, net, mine, look, chosen)


def _overview(result, net, mine, shares, look):
    """What was seen, what it was taken for, and which scales counted."""
    original, seen, classes, scales = st.columns([3, 3, 5, 6])
    with original:
        st.image(
            mine.result_signal.values.transpose(1, 2, 0),
            width="stretch",
            caption=plain(f"Original: {mine.result_signal.name}"),
            alt="The input as it was uploaded",
        )
    with seen:
        st.image(
            job.pixels(net, result.input),
            width="stretch",
            caption=plain(f"What the network sees: {net.frontend.describe(mine.result_signal)}"),
            alt="The input as the network receives it",
        )
    with classes:
        st.markdown(f"**{plain(mine.result_model)}** says")
        top = torch.topk(result.probabilities[0], min(5, result.logits.shape[1]))
        labels = [net.label(index) for index in top.indices.tolist()]
        _chart(
            predictions.figure(labels, top.values.tolist(), result.target.label, look),
            "predictions",
            "Most probable: "
            + ", ".join(f"{n} {p:.2f}" for n, p in zip(labels, top.values.tolist(), strict=True)),
        )
        st.caption(plain(f"explained: {result.target}, logit {float(result.scores[0]):.3g}"))
    with scales:
        st.markdown("**Importance by scale**")
        _chart(profile.figure(shares, look), "profile", captions.profile_text(shares))


def _map(result, net, mine, look, chosen):
    """The overlay beside the mosaic."""
    left, right = st.columns(2)
    with left:
        st.markdown("**Where: the chosen bands over the input**")
        opacity, share = st.columns(2)
        alpha = opacity.slider("Opacity", 0.0, 1.0, 0.7, 0.05, key="opacity")
        part = share.select_slider(
            "Show the strongest", [1, 2, 5, 10, 20, 50, 100], 20,
            format_func=lambda q: f"{q} %", key="threshold",
        )  # fmt: skip
        heat = heat_map(
            over_channels(result.attribution, look.sign), result.transform, result.size, chosen
        )
        _chart(
            picture.figure(
                job.pixels(net, result.input), look, heat[0, 0].cpu().numpy(),
                opacity=alpha, share=part / 100, height=500,
            ),
            "overlay",
            f"Heat-map of {len(chosen)} bands over the input, strongest {part} % of the pixels",
        )  # fmt: skip
    with right:
        st.markdown("**What: the mosaic of all bands**")
        st.caption(
            "Coarse in the top left corner, finer outwards; each tile is one level and orientation."
        )
        _chart(
            mosaic.figure(result.attribution, look),
            "mosaic",
            captions.profile_text(scale_profile(result.attribution)),
        )


def _grid(result, net, mine, look, chosen):
    """Every band on the input's own grid."""
    st.caption(
        "Zoom or pan one tile and all follow. Rows: levels, coarse on top. Columns: orientations."
    )
    _chart(
        bands.figure(result.attribution, result.transform, result.size, look),
        "grid",
        captions.profile_text(scale_profile(result.attribution)),
    )


def _levels(result, net, mine, look, chosen):
    """The sum of the orientations of each level over the input."""
    attribution = over_channels(result.attribution, look.sign)
    levels = [None, *range(result.transform.levels, 0, -1)]
    heats = {
        level: heat_map(
            attribution, result.transform, result.size,
            [b for b, _ in attribution.bands() if (None if b.is_approx else b.level) == level],
        )[0, 0].cpu().numpy()
        for level in levels
    }  # fmt: skip
    for start in range(0, len(levels), 2):
        for column, level in zip(st.columns(2), levels[start : start + 2], strict=False):
            with column:
                name = "Approximation" if level is None else f"Level {level}"
                size = 2 ** (level or result.transform.levels)
                st.markdown(
                    f"**{name}** · {'more than' if level is None else 'about'} {size} pixels"
                )
                _chart(
                    picture.figure(
                        job.pixels(net, result.input), look, heats[level], opacity=0.85, height=440
                    ),
                    f"level-{level}",
                    f"{name} over the input",
                )
    st.caption("Each map has its own scale. The orientations of a level are added up.")


def _reconstruct(result, net, mine, look, chosen):
    """What the strongest coefficients alone look like, and what the network makes of them."""
    share, invert = choose_share()
    keep = Selection(share, frozenset(chosen), invert)
    x = reconstruction(result, keep)
    probabilities = ask(predict_steps(net, x), owner=f"{mine.id}/reconstruct")[0]
    best = int(probabilities.argmax())
    index = result.target.index
    before = float(result.probabilities[0, index])
    left, right = st.columns(2)
    with left:
        st.image(
            job.pixels(net, x),
            width="stretch",
            caption=plain(
                f"{'Without' if invert else 'Only'} the strongest {100 * share:.3g} % of the coefficients in "
                f"{len(chosen)} bands; the rest is zero. Values beyond black and white are clipped for display only."
            ),
            alt="The reconstruction",
        )
    with right:
        kept = best == int(result.logits[0].argmax())
        st.markdown(
            f"The network now says **{plain(net.label(best))}** with p = {float(probabilities[best]):.3g}: "
            f"the prediction {'is kept' if kept else 'changes'}."
        )
        after = float(probabilities[index])
        st.metric(
            f"p of {result.target.label}",
            f"{after:.3g}",
            f"{after - before:+.2g} against the whole input",
            delta_color="off",
        )


def _details(result, net, mine, look, chosen):
    """Settings, provenance, and everything to take away."""
    gap = result.completeness_gap
    if gap is not None:
        missing = float(gap[0])
        st.metric(
            "Completeness gap",
            captions.percent(missing),
            help="Integrated Gradients should add up to "
            "f(x) − f(x₀). This is the part that is missing or too much; more steps make it smaller.",
        )
    source = result.provenance
    st.table(
        {
            "variant": plain(str(result.path)),
            "wavelet": f"{result.transform.wavelet}, {result.transform.levels} levels, {result.transform.boundary}",
            "target": plain(str(result.target)),
            "network": plain(source.model),
            "fingerprint": source.fingerprint[:16],
            "input SHA-256": source.input_sha256[:16],
            "device": f"{source.device}, micro-batch {source.micro_batch}",
            "time": f"{source.seconds:.2f} s",
            "versions": ", ".join(f"{k} {v}" for k, v in source.versions.items()),
        }
    )
    offer(result, net, mine.result_signal)


def _chart(figure, key: str, alt: str) -> None:
    st.plotly_chart(figure, theme=None, config=CONFIG, key=key, alt=alt)
