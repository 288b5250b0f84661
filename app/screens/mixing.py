"""Noise and overlap: add something to a sound, explain the mixture, count what was kept of each."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st
import torch

import models
from app import kinds
from app.components import explanation, jobs
from app.components.downloads import offer_sounds
from app.components.input_picker import choose_input
from app.components.model_picker import (
    choose_class,
    choose_model,
    choose_rival,
    predictions,
    unshared_network,
)
from app.components.page import chart, heading
from app.components.player import Clip, Sounds, player
from app.components.settings import choose_path, choose_transform
from app.components.share import INPUT, SECOND, Link, ask_for_missing_files, missing_files
from app.figures import captions, experiment_charts
from app.figures.theme import Look
from app.kinds import sound_tracks
from app.kinds.received import sound_samples
from app.kinds.sound_input import choose_second
from app.kinds.sound_masks import MASKS, Choice, choose_keep
from app.screens import summary
from app.screens.details import cautions
from app.screens.outcomes import COMPARED, RANKINGS, Outcome, outcomes
from app.screens.toolbar import Wanted
from app.session import Explained, ExplanationTask, Subject, plain, recall, session
from wam_core import Classifier, export
from wam_core.errors import WamError
from wam_core.evaluation.mixtures import Mixture, overlap, with_noise
from wam_core.signals import SOUND

_CLEARLY = 0.5  # dB: less is heard by nobody
_KIND = kinds.named(SOUND)
_SLOT = "experiment"
_SOUNDS = "the same two sounds, network, class, settings and view"

Mix = Callable[[Classifier, torch.Tensor], tuple[Mixture, str] | None]


def noise() -> None:
    """White noise is added."""
    _page(_with_noise, Link(kind=_KIND.name))


def second_sound() -> None:
    """Another sound is laid over the first."""
    _page(_with_second, Link(_SOUNDS, _KIND.name, (INPUT, SECOND)))


def _page(choose: Mix, link: Link) -> None:
    """The page, from top to bottom."""
    mine = session()
    jobs.collect()
    with st.sidebar:
        wanted = _controls(choose)
    heading(
        "Does the explanation find the target?",
        "Something is added to a sound, so that it is known which part of the mixture is the target. "
        "The mixture is explained; then it is counted how much of what the explanation keeps is the "
        "target, and how much is what was added.",
        replace(link, lacking=unshared_network(_KIND)),
    )
    if ask_for_missing_files(*link.places):
        return
    if wanted.task is not None:
        explanation.update(wanted.task, wanted.seconds, st.empty())
    stale = wanted.task is not None and not explanation.is_current(wanted.task)
    with st.container():
        explanation.problem()
        if wanted.problem:
            st.error(wanted.problem, icon=":material/error:")
        if explanation.is_running(_SLOT):
            explanation.watch()
        elif stale:
            _offer(wanted)
    if _SLOT not in mine.explained:
        return
    if stale:
        st.html(explanation.PALE)
    with st.container(key="result"):
        _inspect(mine.explained[_SLOT])


def _offer(wanted: Wanted) -> None:
    """The button for what does not run by itself."""
    if explanation.button("Run", wanted.seconds, "run"):
        session().again = True
        st.rerun()


def _controls(choose: Mix) -> Wanted:
    """The sidebar: what it asks for."""
    st.subheader("Target", anchor=False)
    signal = choose_input(_KIND)
    if missing_files():
        return Wanted()
    st.subheader("Network", anchor=False)
    chosen = choose_model(_KIND)
    if chosen is None:
        return Wanted()
    name, net = chosen
    st.subheader("Added to it", anchor=False)
    try:
        signal = _KIND.choose_excerpt(signal, net)
        x, probabilities = predictions(net, signal)
        mixed = choose(net, x)
    except WamError as error:
        return Wanted(problem=plain(f"{error}. The previous result stays."))
    if mixed is None:
        return Wanted()
    mixture, words = mixed
    subject = Subject(signal, net, models.spec(name).title, tuple(x.shape[2:]), mixture, words)
    target = choose_rival(net, probabilities, choose_class(net, probabilities, signal.key))
    st.subheader("Method", anchor=False)
    variant = st.container()
    try:
        transform = choose_transform(subject.size, _KIND, export.rate(net))
        transform.check(subject.size)
    except WamError as error:
        return Wanted(problem=plain(str(error)))
    with variant:
        path = choose_path(net, _KIND, transform)
    task = ExplanationTask(explanation.request(subject, target, transform, path), subject, _SLOT)
    return Wanted(task, explanation.estimate(net, path))


def _with_noise(net: Classifier, x: torch.Tensor) -> tuple[Mixture, str]:
    """The mixture, and what is added in words."""
    decibels = st.slider(
        "Target against noise", -20, 30, 0, format="%d dB", key=recall("snr"), bind="query-params",
        help="The signal-to-noise ratio. At 0 dB the white noise is as loud as the sound; the "
        "paper’s noise experiment takes that.",
    )  # fmt: skip
    seed = int(
        st.number_input(
            "Seed of the noise", 0, 2**31 - 1, 42, key=recall("noise-seed"), bind="query-params"
        )
    )
    return with_noise(x, decibels, seed), f"white noise at {decibels:g} dB, seed {seed}"


def _with_second(net: Classifier, x: torch.Tensor) -> tuple[Mixture, str] | None:
    """The mixture, and what is added in words; None while a link asks for the second sound."""
    second = choose_second()
    if missing_files(SECOND):
        return None
    if second is None:
        raise WamError("Choose a second sound to lay over the first one")
    share = st.slider(
        "How loud the second is", 0.05, 2.0, 0.2, 0.05, format="%.2f ×", key=recall("overlap-share"),
        bind="query-params",
        help="Peak of the second sound relative to the peak of the first; the paper takes 0.2.",
    )  # fmt: skip
    # a network without padding takes sounds of any length: the second is as long as the first
    length = x.shape[2]
    other = net.prepare(second)[:, :, :length]
    other = torch.nn.functional.pad(other, (0, length - other.shape[2]))
    return overlap(x, other, share), f"{second.name} at {share:g} × the peak"


@st.fragment
def _inspect(explained: Explained) -> None:
    """The result. Nothing here runs the explanation again: these are views."""
    dark = st.context.theme.type == "dark"
    mixture, result = explained.subject.mixture, explained.result
    assert mixture is not None  # an experiment always has one
    st.caption(
        plain(
            f"{explained.subject.signal.name}, with {explained.subject.mixed}: the target stands at "
            f"{experiment_charts.decibels(mixture.ratio)} against what was added. Explained: {result.target}."
        )
    )
    _predictions(explained, mixture, Look(dark))
    if result.is_zero:
        st.info("No signal: the gradient is zero everywhere, so nothing can be ranked.")
        return
    cautions(explained)
    st.subheader("What was kept of each", anchor=False)
    with st.container(horizontal=True):
        choice = choose_keep([band for band, _ in result.attribution.bands()], COMPARED)
    found = outcomes(explained, choice)
    st.markdown(_sentence(found, choice))
    _figures(found, Look(dark))
    st.subheader("To be seen and heard", anchor=False)
    _draw_player(explained, mixture, choice, found)


def _predictions(explained: Explained, mixture: Mixture, look: Look) -> None:
    """What the network says before and after."""
    before, after = st.columns(2)
    with before:
        st.markdown("**Before:** the target alone")
        alone = sound_tracks.predicted(explained, sound_samples(mixture.wanted))
        summary.bars(explained, alone, look, "before")
    with after:
        st.markdown("**After:** the mixture")
        summary.bars(explained, explained.result.probabilities[0], look, "after")


def _sentence(found: list[Outcome], choice: Choice) -> str:
    """Whether the explanation finds the target better than loudness does, in plain words."""
    by = {(one.ranking, one.mask): one for one in found}
    sentences = []
    for mask in (MASKS[name] for name in COMPARED):
        ours, loud = by["explanation", mask], by["loudness", mask]
        lead = ours.gain - loud.gain
        more = experiment_charts.decibels(ours.gain, change=True)
        rival = experiment_charts.decibels(loud.gain, change=True)
        comparison = (
            f"That beats keeping what is loudest by {experiment_charts.decibels(lead)}."
            if lead > _CLEARLY
            else f"Keeping what is loudest reaches {rival}: here **the explanation does not beat "
            "\\|z\\|**, which knows nothing of the network."
        )
        sentences.append(
            f"**{mask}:** in the kept part the target stands at {experiment_charts.decibels(ours.ratio)}, {more} "
            f"against the mixture. {comparison}"
        )
    return f"At {captions.percent(choice.share)} of the coefficients:\n" + "".join(
        f"- {one}\n" for one in sentences
    )


def _figures(found: list[Outcome], look: Look) -> None:
    by = {
        name: {one.mask: one.gain for one in found if one.ranking == ranking}
        for ranking, name in RANKINGS.items()
    }
    chart(
        experiment_charts.gains_figure(by, look),
        "gains",
        "Change of target against the rest: "
        + ", ".join(f"{n} {w.lower()} {g:+.1f} dB" for n, ws in by.items() for w, g in ws.items()),
    )
    share = st.column_config.ProgressColumn
    st.dataframe(
        [
            {
                "Ranking": RANKINGS[one.ranking],
                "Way": one.mask,
                "Target : other": round(one.ratio, 1) + 0.0,  # no −0.0
                "Target kept": 100 * one.target,
                "Other kept": 100 * one.other,
                "Prediction": one.label,
                "p": one.probability,
            }
            for one in found
        ],
        hide_index=True,
        column_config={
            "Target : other": st.column_config.NumberColumn(
                format="%+.1f dB", help="Energy of the target against the other in the kept part."
            ),
            "Target kept": share(
                format="%.0f %%", min_value=0, max_value=100, help="Of the target’s energy."
            ),
            "Other kept": share(
                format="%.0f %%", min_value=0, max_value=100, help="Of the energy that was added."
            ),
            "p": st.column_config.NumberColumn(
                format="%.3f", help="Of the explained class, on the kept part alone."
            ),
        },
        alt="What each ranking keeps of the target and of what was added",
    )


def _draw_player(
    explained: Explained, mixture: Mixture, choice: Choice, found: list[Outcome]
) -> None:
    """The mixture on one time axis, with its parts and what is kept of it."""
    part = sound_tracks.parts(explained, choice)
    loud = next(o for o in found if (o.ranking, o.mask) == ("loudness", MASKS[choice.mask]))
    tracks = {
        "mixture": sound_samples(mixture.sum),
        "target": sound_samples(mixture.wanted),
        "added": sound_samples(mixture.other),
        "kept": part.kept,
        "rest": part.rest,
        "loudest": loud.kept,
    }
    clips = [Clip(name, name.capitalize(), wave) for name, wave in tracks.items()]
    player(
        sound_tracks.rows(explained),
        Sounds.with_one_gain(clips, sound_tracks.rate(explained)),
        key="experiment-player",
    )
    st.caption(f"Kept: {choice}, by the explanation. Loudest: the same share by |z|.")
    offer_sounds(tracks, sound_tracks.rate(explained))
