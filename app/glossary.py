"""The words that a newcomer meets, explained once: tooltips, lessons and the glossary read them here."""

from collections.abc import Mapping
from dataclasses import dataclass

from wam_core.evaluation.metrics import METRICS


@dataclass(frozen=True)
class Term:
    """A word and what it means.

    Attributes:
        name: as it is written in a sentence.
        meaning: in one or two plain sentences; stands in tooltips.
        lesson: the key of the lesson that shows it; empty where none does.
    """

    name: str
    meaning: str
    lesson: str = ""


_TERMS = (
    Term(
        "wavelet",
        "A short wave that begins and ends at nothing. Small and large copies of it, put at every "
        "place, add up to the input.",
        "wave",
    ),
    Term(
        "wavelet transform",
        "Takes an input apart into copies of a small wave. Nothing is lost: put together again, "
        "the copies are the input.",
        "wave",
    ),
    Term(
        "filter",
        "A short list of numbers that slides along the input: at each place it multiplies and adds.",
        "wave",
    ),
    Term(
        "scaling function",
        "The smooth companion of a wavelet: it carries the rough shape that the waves leave out.",
        "wave",
    ),
    Term(
        "coefficient",
        "One number: how strongly one copy of the wave, at one place and of one size, is present.",
        "wave",
    ),
    Term("|z|", "The size of a coefficient, whatever its sign: how much of that wave is there."),
    Term(
        "level",
        "A size of the waves. Level 1 is the finest; each level above it is twice as large.",
        "bands",
    ),
    Term("octave", "A range of pitch whose upper end is twice as high as its lower end.", "bands"),
    Term(
        "orientation",
        "Which way a detail lies: along which axes the input changes there. A picture has "
        "horizontal, vertical and diagonal details; a sound has only one kind.",
        "bands",
    ),
    Term(
        "band",
        "All coefficients of one level and one orientation.",
        "bands",
    ),
    Term(
        "approximation",
        "What is left when all details are taken away: a small, blurred version of the input.",
        "bands",
    ),
    Term(
        "mosaic",
        "All bands side by side in one picture: the approximation in the corner, details outwards, "
        "the finest last.",
        "bands",
    ),
    Term(
        "padding",
        "How the input is continued beyond its edges, where a filter reaches over them.",
        "where",
    ),
    Term("network", "A program that learnt from examples to tell classes apart."),
    Term("logit", "The network’s raw score for a class, before it becomes a probability.", "where"),
    Term("probability", "The network’s scores turned into shares that add up to 1.", "truth"),
    Term(
        "gradient",
        "How fast the score of a class would change if one number of the input changed a little.",
        "where",
    ),
    Term(
        "adjoint",
        "The rule that carries a gradient from pixels (samples, voxels) to coefficients without a mistake.",
        "where",
    ),
    Term(
        "importance",
        "The size of the gradient at a coefficient, written |γ|: how much the score hangs on it.",
        "where",
    ),
    Term(
        "attribution",
        "One signed number for each coefficient: how it moves the score of a class.",
        "where",
    ),
    Term(
        "signed",
        "With its sign: above 0 (red) it raises the score, below 0 (blue) it lowers it.",
        "reading",
    ),
    Term("magnitude", "Without its sign: how strongly it acts, either way.", "reading"),
    Term(
        "variant",
        "Where gradients are taken: at the input itself (Gradient), at many noisy copies "
        "(SmoothGrad), along the way from nothing to the input (Integrated Gradients), or while the "
        "input grows out of its strongest coefficients (path-signed).",
        "variants",
    ),
    Term(
        "SmoothGrad",
        "The mean of the gradients at many noisy copies of the input: what is only chance averages out.",
        "variants",
    ),
    Term(
        "spread",
        "How strong the noise is: its standard deviation, as a share of the input’s range.",
        "variants",
    ),
    Term(
        "Integrated Gradients",
        "Gradients collected on the way from a baseline to the input, each times the step taken "
        "there. They add up to what the score gained on the way.",
        "variants",
    ),
    Term(
        "path-signed",
        "The input’s own coefficients, up to 2.7 times larger where the network took them for the "
        "class while the input grew out of its strongest ones, and smaller where against. The sign "
        "says which; the size is mostly the input’s.",
        "variants",
    ),
    Term("baseline", "Where that way begins: what counts as ‘nothing there’.", "variants"),
    Term(
        "standard error",
        "How far a mean of noisy maps still is from that of endlessly many, as a share of its size. "
        "Four times as many samples halve it.",
        "variants",
    ),
    Term(
        "step doubling",
        "How far the map moves when every second step on the way is left out: more than it would "
        "move by taking twice as many.",
        "variants",
    ),
    Term(
        "completeness gap",
        "The part of the score’s change that the values of Integrated Gradients miss or exceed. "
        "0 is perfect; more steps make it smaller.",
        "variants",
    ),
    Term("quadrature", "How the points on the way are placed and weighed.", "variants"),
    Term(
        "seed",
        "Where chance begins to count from: the same seed gives the same numbers again.",
    ),
    Term(
        "scale profile",
        "How the importance divides among the levels, in shares that add up to 100 %.",
        "reading",
    ),
    Term(
        "contribution",
        "What a part adds to the probability of the class, as the mean over every order of putting "
        "the parts in (the Shapley value). All parts together add up to the probability for the "
        "whole input, less that for an empty one.",
        "reading",
    ),
    Term(
        "reconstruction",
        "An input put together again from some of its coefficients only.",
        "reading",
    ),
    Term(
        "contrast",
        "The score of one class minus that of another: why this rather than that.",
        "reading",
    ),
    Term(
        "control",
        "An order of the coefficients that never asked the network. An explanation that is no "
        "better has explained nothing.",
        "truth",
    ),
    Term(
        "randomisation",
        "A test: the network’s weights are drawn anew, so that it knows nothing. A map that stays "
        "the same shows the input, not what the network learnt.",
        "truth",
    ),
    Term(
        "rank correlation",
        "Whether two maps put the same coefficients first: 1 is the same order, 0 none in common.",
        "truth",
    ),
    Term("SSIM", "How alike two pictures look: 1 is the same, near 0 nothing in common.", "truth"),
    Term(
        "robust network",
        "A network trained to keep its answer when the input is changed on purpose by very little.",
        "reading",
    ),
    Term(
        "spectrogram",
        "A picture of a sound: time runs to the right, pitch upwards, brightness is loudness.",
    ),
    Term("mel", "A scale of pitch with steps that sound equally large to people."),
    *(Term(metric.title, metric.meaning, "truth") for metric in METRICS.values()),
)

TERMS: Mapping[str, Term] = {term.name.casefold(): term for term in _TERMS}
"""By name, in lower case."""


def hint(*names: str, more: str = "") -> str:
    """A tooltip: what the words mean, then what only this control has to say.

    Raises:
        KeyError: a word that the glossary does not explain.

    >>> hint("seed")
    '**Seed**: Where chance begins to count from: the same seed gives the same numbers again.'
    """
    meanings = [f"**{_capital(term.name)}**: {term.meaning}" for term in map(find, names)]
    return "\n\n".join((*meanings, more) if more else meanings).replace("|", "\\|")


def find(name: str) -> Term:
    """A term by its name, in any case.

    Raises:
        KeyError: there is none.
    """
    if (term := TERMS.get(name.casefold())) is None:
        raise KeyError(f"{name!r} is not in the glossary of {len(TERMS)} words")
    return term


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
