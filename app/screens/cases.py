"""Prepared cases: what to open with one click, and what to look at. Tests hold each sentence to its numbers."""

from dataclasses import dataclass

from app import kinds
from app.kinds import Kind
from models import samples


@dataclass(frozen=True)
class Case:
    """An explanation worth looking at, of a sample by an embedded network.

    Attributes:
        key: in links and tests.
        title: on its card.
        sample: the input.
        look: one sentence: what is to be seen. It has to be true of the numbers.
        method, wavelet, levels: how it is explained.
        tab: of the result.
        label: the class to explain, of the five most probable; empty takes the first.
    """

    key: str
    title: str
    sample: str
    look: str
    method: str
    wavelet: str
    levels: int
    tab: str = "Input"
    label: str = ""

    @property
    def kind(self) -> Kind:
        """Of the input."""
        return kinds.named(samples.modality(self.sample))


CASES = (
    Case(
        "eyes",
        "The eye of the cat",
        "chelsea",
        "The largest attribution for “tiger cat” is at the left eye.",
        "smoothgrad",
        "haar",
        3,
        tab="Input",
    ),
    Case(
        "runner-up",
        "The second class",
        "chelsea",
        "“Egyptian cat” is almost as probable as “tiger cat”, and its map is nearly the same.",
        "smoothgrad",
        "haar",
        3,
        tab="Input",
        label="Egyptian cat",
    ),
    Case(
        "upright",
        "Vertical edges of a rocket",
        "rocket",
        "More than half of the detail attribution is vertical: the rocket and its towers.",
        "integrated",
        "haar",
        3,
        tab="Bands",
    ),
    Case(
        "lying",
        "Coarse horizontal shapes of a cup",
        "coffee",
        "More than half of the attribution is in the approximation. Of the detail bands, the horizontal ones lead.",
        "integrated",
        "haar",
        3,
        tab="Levels",
    ),
    Case(
        "fails",
        "A map below the magnitude baseline",
        "chelsea",
        "Magnitude |z|, which does not depend on the network, has a higher insertion log-AUC than this "
        "SmoothGrad map.",
        "smoothgrad",
        "haar",
        3,
        tab="Faithfulness",
    ),
    Case(
        "ticks",
        "A clock in the rain",
        "clock_in_rain",
        "The bright columns are the ticks. Half of the attribution is between 2.8 and 11 kHz.",
        "integrated",
        "db4",
        8,
    ),
    Case(
        "in-turn",
        "A helicopter, then a clock",
        "helicopter_then_clock",
        "For “clock tick”, the first half (the helicopter) has less than a tenth of the attribution.",
        "integrated",
        "db4",
        8,
    ),
    Case(
        "rotor",
        "Low frequencies of a helicopter",
        "helicopter",
        "The lowest band, below 86 Hz, has the largest share of the attribution.",
        "integrated",
        "db4",
        8,
        tab="Bands",
    ),
    Case(
        "saw",
        "High frequencies of a chainsaw",
        "chainsaw",
        "The highest octave, 11 to 22 kHz, has the largest share of the attribution.",
        "integrated",
        "db4",
        8,
        tab="Bands",
    ),
    Case(
        "table-top",
        "The top of a table",
        "table",
        "More than two thirds of the detail attribution is in horizontal faces: the table top.",
        "integrated",
        "haar",
        2,
    ),
    Case(
        "chair-legs",
        "The legs of a chair",
        "chair",
        "Nearly half of the attribution is in the lowest third, the legs. Level 2 (4 voxels) leads.",
        "integrated",
        "haar",
        2,
        tab="Input",
    ),
    Case(
        "screen",
        "The thin screen of a monitor",
        "monitor",
        "The finest level leads. Of the detail bands, front and back faces lead: a thin, flat sheet.",
        "integrated",
        "haar",
        2,
        tab="Bands",
    ),
    Case(
        "three",
        "The coarse shape of a three",
        "digit_3",
        "The coarsest of three levels has the largest share of the attribution.",
        "integrated",
        "haar",
        3,
        tab="Reconstruct",
    ),
)


def find(key: str) -> Case:
    """A case by its key.

    Raises:
        KeyError: there is none.
    """
    for case in CASES:
        if case.key == key:
            return case
    raise KeyError(f"there is no case {key!r} among {len(CASES)}")
