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
        "The brightest place of the overlay is an eye: that is where the score of “tiger cat” reacts most.",
        "smoothgrad",
        "haar",
        3,
        tab="Input",
    ),
    Case(
        "runner-up",
        "Ask for the runner-up",
        "chelsea",
        "“Egyptian cat” is almost as probable as “tiger cat”, and its map is nearly the same: one animal, two names.",
        "smoothgrad",
        "haar",
        3,
        tab="Input",
        label="Egyptian cat",
    ),
    Case(
        "upright",
        "A rocket stands upright",
        "rocket",
        "Among the details, the vertical ones (V) hold more than half: the rocket and its towers are upright.",
        "integrated",
        "haar",
        3,
        tab="Bands",
    ),
    Case(
        "lying",
        "A cup lies flat",
        "coffee",
        "Among the details, the horizontal ones (H) lead, and more than half of all importance is coarse: "
        "it lies in the approximation.",
        "integrated",
        "haar",
        3,
        tab="Levels",
    ),
    Case(
        "fails",
        "A pretty map fails",
        "chelsea",
        "Press “Put it to the test”: the largest waves first, an order that never asked the network, "
        "bring the cat back sooner than this map does.",
        "smoothgrad",
        "haar",
        3,
        tab="Faithfulness",
    ),
    Case(
        "ticks",
        "A clock in the rain",
        "clock_in_rain",
        "The bright columns are the ticks: half of the importance lies between 2.8 and 11 kHz, though it "
        "rains all the time.",
        "integrated",
        "db4",
        8,
    ),
    Case(
        "in-turn",
        "First a helicopter, then a clock",
        "helicopter_then_clock",
        "For “clock tick” the first half, the helicopter, holds less than a tenth of the importance.",
        "integrated",
        "db4",
        8,
    ),
    Case(
        "rotor",
        "A helicopter is deep",
        "helicopter",
        "No octave holds more than the lowest band, below 86 Hz: look at “Importance by scale”.",
        "integrated",
        "db4",
        8,
        tab="Bands",
    ),
    Case(
        "saw",
        "A chainsaw hisses",
        "chainsaw",
        "The highest octave, 11 to 22 kHz, holds the largest share: far above what one would hum.",
        "integrated",
        "db4",
        8,
        tab="Bands",
    ),
    Case(
        "table-top",
        "A table is a top",
        "table",
        "Among the details, those across bottom and top hold more than two thirds: look at the flat top.",
        "integrated",
        "haar",
        2,
    ),
    Case(
        "chair-legs",
        "A chair stands on its legs",
        "chair",
        "Nearly half of the importance lies in the lowest third, where the legs are; level 2, about 4 voxels, leads.",
        "integrated",
        "haar",
        2,
        tab="Input",
    ),
    Case(
        "screen",
        "A monitor is thin",
        "monitor",
        "The finest level leads, and among the details the faces across front and back: the screen is a "
        "thin, flat sheet.",
        "integrated",
        "haar",
        2,
        tab="Bands",
    ),
    Case(
        "three",
        "A three, without its grain",
        "digit_3",
        "The coarsest of three levels holds the largest share: a digit is a shape, and not a texture.",
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
