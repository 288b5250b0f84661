"""How a result shows itself in a notebook: a picture and a table, and nothing that could run."""

import base64
import io
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from torch import nn

from tests.oracles import SIZES, draw, network
from wam_core import (
    Contrast,
    DiscreteWaveletTransform,
    Gradient,
    IntegratedGradients,
    SmoothGrad,
    explain,
    views,
)
from wam_core.classifier import Classifier
from wam_core.errors import SettingsError
from wam_core.module import explain_module
from wam_core.plot.notebook import result_png
from wam_core.plot.stripes import bands_png
from wam_core.signals import read

HOSTILE = ["<script>alert(1)</script>", 'a" onerror="b', "$x_{ 猫"]


class Page(HTMLParser):
    """What a browser would make of it: tags with their attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.cells = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.cells.append(data.strip())

    def after(self, name):
        return self.cells[self.cells.index(name) + 1]


def result_of(ndim, path=IntegratedGradients(5), batch=1, target=0, size=None):  # noqa: B008
    net = network(ndim, size=size)
    net.labels = tuple(HOSTILE)
    levels = 1 if ndim == 3 else 2
    return explain(
        net, draw(ndim, batch, size=size), target,
        transform=DiscreteWaveletTransform("haar", levels, ndim), path=path,
    )  # fmt: skip


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("batch", [1, 2])
def test_a_picture_of_every_number_of_axes_stands_in_the_page_itself(ndim, batch):
    result = result_of(ndim, batch=batch)
    page = Page(result._repr_html_())
    (picture,) = [given for tag, given in page.tags if tag == "img"]
    kind, _, data = picture["src"].partition(",")
    assert kind == "data:image/png;base64"
    drawn = read(base64.b64decode(data), "glance.png")
    assert min(drawn.size) > 200 and np.ptp(drawn.values) > 200
    assert ("Sample 1 of 2" in picture["alt"]) == (batch == 2)


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_the_table_holds_the_result_s_own_numbers(ndim):
    result = result_of(ndim)
    page = Page(result._repr_html_())
    assert float(page.after("score")) == pytest.approx(float(result.scores[0]), rel=5e-3)
    assert float(page.after("probability")) == pytest.approx(
        float(result.probabilities[0, 0]), rel=5e-3
    )
    assert page.after("completeness gap") == f"{float(result.completeness_gap[0]):.1%}"
    assert page.after("padding") == "reflect" and page.after("network") == "smooth"
    assert page.after("input").endswith("2 × " + " × ".join(map(str, SIZES[ndim])))
    shares = views.level_profile(views.profile(result.attribution))
    shown = [cell for cell in page.cells if cell.endswith("%")][1:]  # after the gap
    assert shown[-len(shares) :] == [f"{share:.1%}" for share in shares.values()]
    level, most = max(shares.items(), key=lambda one: one[1])
    words = next(given["alt"] for tag, given in page.tags if tag == "img")
    assert (
        f"{most:.0%}" in words and ("approximation" if level is None else f"level {level}") in words
    )


@pytest.mark.parametrize("target", [0, 1, 2, Contrast(0, 1)])
def test_names_of_strangers_are_text(target):
    page = Page(result_of(2, target=target)._repr_html_())
    assert {tag for tag, _ in page.tags} <= {"div", "img", "p", "table", "tr", "th", "td", "span"}
    assert {name for _, given in page.tags for name in given} <= {"alt", "src", "style"}
    of = target.of if isinstance(target, Contrast) else target
    assert page.after("explained").startswith(HOSTILE[of])


def test_a_variant_without_a_start_has_no_gap_and_a_contrast_no_probability():
    page = Page(result_of(2, Gradient(), target=Contrast(0, 1))._repr_html_())
    assert not {"completeness gap", "probability"} & set(page.cells)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (SmoothGrad(9, 0.3, 0), "standard error"),
        (IntegratedGradients(6), "without every second step"),
    ],
)
def test_how_far_the_map_is_from_its_limit_is_told(path, name):
    result = result_of(2, path)
    told = Page(result._repr_html_()).after(name)
    assert (
        told == f"± {float(result.standard_error()[0]):.0%} of the map"
        and told != "± 0% of the map"
    )


def test_a_score_that_does_not_respond_is_said_so():
    class Deaf(nn.Module):
        def forward(self, x):
            return x.flatten(1)[:, :2] * 0

    text = explain_module(Deaf(), draw(2))._repr_html_()
    assert "does not respond" in text and "undefined" in text


def test_the_stripes_are_the_painted_bands():
    result = result_of(1, Gradient(), size=(64,))
    loud = max(views.profile(result.attribution).items(), key=lambda one: one[1])[0]
    only = result.attribution.map_bands(
        lambda band, values: values if band == loud else torch.zeros_like(values)
    )
    quiet = read(bands_png(type(result)(**{**vars(result), "attribution": only})), "a.png").values
    assert (read(bands_png(result), "b.png").values != quiet).any()
    with pytest.raises(SettingsError, match="2 spatial axes"):
        bands_png(result_of(2))


def test_a_result_finds_its_view_when_it_is_asked_for_and_not_before():
    program = """
import io, sys
import wam_core
assert "torch" not in sys.modules
from wam_core.attribution import WaveletAttribution
result = WaveletAttribution.load(io.BytesIO(sys.stdin.buffer.read()))
assert "matplotlib" not in sys.modules
assert "data:image/png" in result._repr_html_()
"""
    saved = io.BytesIO()
    result_of(2).save(saved)
    run = subprocess.run(
        [sys.executable, "-c", program], input=saved.getvalue(), capture_output=True, check=False
    )
    assert run.returncode == 0, run.stderr.decode()


def test_in_a_terminal_it_is_one_line():
    told = repr(result_of(2))
    assert "\n" not in told and len(told) < 200
    assert re.search(r"IntegratedGradients, haar, 2 levels of 17 × 20", told)


def test_the_grey_of_a_volume_runs_from_its_least_value_to_its_largest():
    def shown(scale, shift):
        features = int(np.prod(SIZES[3]))
        module = nn.Sequential(nn.Flatten(), nn.Linear(features, 2, dtype=torch.float64))
        nn.init.constant_(module[1].weight, 1e-3)
        x = draw(3, channels=1) * scale + shift
        net = Classifier(module, ndim=3)
        transform = DiscreteWaveletTransform("haar", 1, 3)
        return read(result_png(explain(net, x, 0, transform=transform, path=Gradient())), "a.png")

    assert (shown(1, 0).values == shown(1000, -5).values).mean() > 0.999
