"""The gains on the chips of the variants are the numbers of the evaluation's tables."""

import re
from pathlib import Path

import pytest

from app.components.method_gains import GAINS, SOURCE, Gain, gain
from app.components.settings import METHODS

ROOT = Path(__file__).parents[2]
ROWS = {
    "path-signed": "Path-signed",
    "integrated": "WAM IG (eq. 3)",
    "smoothgrad": "WAM SmoothGrad (eq. 2)",
    "smoothgrad-magnitude": "WAM SmoothGrad (released)",
}
COLUMN = "gain over its control in log-AUC [90 %]"


def table(section: str) -> tuple[str, dict[str, list[float]]]:
    """The text of a section up to its first table, and the numbers of its column of gains by row."""
    page = (ROOT / SOURCE).read_text("utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    text, _, rest = page.partition("\n\n|")
    head, *rows = rest.split("\n\n")[0].splitlines()
    place = [cell.strip() for cell in head.strip("|").split("|")].index(COLUMN)
    found = {}
    for row in rows[1:]:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        numbers = re.findall(r"[+-]\d\.\d+", cells[place].replace("−", "-"))
        found[cells[0]] = [float(one) for one in numbers]
    return text, found


@pytest.mark.parametrize("known", GAINS, ids="-".join)
def test_a_gain_is_that_of_the_table(known: tuple[str, str]) -> None:
    one = GAINS[known]
    text, rows = table(one.study.section)
    assert rows[ROWS[known[1]]] == [one.value, one.low, one.high]
    assert re.search(rf"\*\*{one.study.n} of the \d+ ", text), "the number of inputs"


def test_every_variant_but_the_gradient_was_measured() -> None:
    kinds = {kind for kind, _ in GAINS}
    assert {
        (kind, name) for kind in kinds for name in METHODS if name != "gradient"
    } <= GAINS.keys()
    assert gain("image", "gradient") is None and gain("series", "integrated") is None


def test_a_chip_has_two_digits_and_the_popover_everything() -> None:
    best = gain("image", "path-signed")
    assert isinstance(best, Gain) and best.text == "+0.11"
    assert "+0.109 [+0.089, +0.129]" in best.sentence and "30 photographs" in best.sentence
    assert gain("sound", "smoothgrad").text == "−0.25"  # type: ignore[union-attr]
    unclear = gain("volume", "integrated")
    assert unclear is not None and unclear.sentence.endswith("Not significantly different from 0.")
