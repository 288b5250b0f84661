"""What the fine and the coarse levels contributed: the sentences, and the numbers in them."""

import doctest
import re

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app.figures import contributed
from app.figures.contributed import Part, Whole, sentences, sureness
from models import samples
from tests.app.pages import MAIN, mine, texts, until_quiet
from wam_core.views import piece

WHOLE = Whole("cat", "probability", 0.5)


def part(brings: float, *, instead: str = "", adds: float | None = None) -> Part:
    return Part("Fine", "2 pixels", brings, 0.4, 0.2, instead, 0.9, 0.94, adds)


def test_examples_are_true() -> None:
    found = doctest.testmod(contributed)
    assert found.attempted and not found.failed


@pytest.mark.parametrize(
    ("brings", "words"),
    [
        (0.3, "speaks **for** “cat”: it brings **+0.30**"),
        (-0.2, "speaks **against** “cat”: it brings **−0.20**"),
        (0.02, "hardly matters for “cat”: it brings **+0.02**"),
        (0.0, "hardly matters for “cat”: it brings **less than 0.001**"),
    ],
)
def test_a_part_speaks_for_or_against_or_hardly_matters(brings: float, words: str) -> None:
    assert words in sentences(part(brings), WHOLE)


def test_what_the_network_says_instead_and_what_the_map_adds_are_told() -> None:
    told = sentences(part(0.3, instead="lynx", adds=-1.25), WHOLE)
    assert "without it 0.20 is left, and the network says “lynx”." in told
    assert told.endswith("The map’s values add −1.25 to the score.")
    assert "says" not in sentences(part(0.3), WHOLE)


def test_only_noisy_copies_have_a_share_they_tend_to() -> None:
    assert "roughly fine 80 %" in sureness([part(0.3)], [0.82])
    assert "roughly fine under 5 %" in sureness([part(0.3)], [0.01])
    assert "chance" not in sureness([part(0.3)], None)


def test_the_numbers_on_the_page_are_those_of_the_network() -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=90)
    app.query_params["method"], app.query_params["samples"] = "SmoothGrad", "8"
    until_quiet(app)
    shown = mine(app).explained["image"]
    result, net = shown.result, shown.subject.net
    names = {"Fine": lambda b: not b.is_approx and b.level <= 2}
    names["Coarse"] = lambda b: not names["Fine"](b)
    p = {
        name: float(
            net.predict(
                piece(
                    result.transform, result.coefficients, result.size,
                    [band for band, _ in result.attribution.bands() if inside(band)],
                )
            )[0, result.target.index]
        )
        for name, inside in names.items()
    }  # fmt: skip
    nothing = float(net.predict(torch.zeros_like(result.input))[0, result.target.index])
    whole = float(result.probabilities[0, result.target.index])
    said = texts(app).replace("−", "-")
    for name, other in (("Fine", "Coarse"), ("Coarse", "Fine")):
        line = next(line for line in said.splitlines() if line.startswith(f"- **{name}**"))
        told = float(re.search(r"brings \*\*([+-][\d.e-]+)\*\*", line)[1])
        brings = (p[name] - nothing + whole - p[other]) / 2
        assert told == pytest.approx(brings, abs=0.006), line
        assert ("speaks **for**" in line) == (brings > 0.05 * whole), line
    assert "**How sure?**" in said and "with ever more noisy copies" in said


def test_a_new_input_is_said_not_to_be_explained_yet_and_is_by_one_click() -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=90)
    app.query_params["method"] = "Gradient"
    until_quiet(app)
    assert "not explained yet" not in texts(app)
    mine(app).take(samples.load("coffee"))
    app.run()
    assert "is still the result of **chelsea" in texts(app)
    app.button(key="explain-now").click()
    until_quiet(app)
    assert mine(app).explained["image"].subject.signal.name.startswith("coffee")
    assert "not explained yet" not in texts(app)
