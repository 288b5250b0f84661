"""The prepared cases: each sentence is held to the numbers, each opens on Explain as it says."""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from streamlit.testing.v1 import AppTest

import models
from app import kinds
from app.screens.cases import CASES, Case, find
from models import samples
from tests.app.pages import MAIN, mine, until_quiet
from wam_core import (
    Band,
    DiscreteWaveletTransform,
    IntegratedGradients,
    SmoothGrad,
    WaveletAttribution,
    explain,
)
from wam_core.defaults import POINTS
from wam_core.evaluation import controls
from wam_core.evaluation.controls import ENERGY, SHOWN, Entry
from wam_core.evaluation.pipeline import COARSE
from wam_core.evaluation.reliability import CLEARLY
from wam_core.steps import run_to_end
from wam_core.views import heat_map, level_profile, over_channels, profile

pytestmark = pytest.mark.slow


def _net(case: Case):  # type: ignore[no-untyped-def]
    return models.load(samples.network(case.sample) or models.default(case.kind.name))


@cache
def explained(key: str) -> WaveletAttribution:
    """As Explain does it with the settings of the case."""
    case = find(key)
    net, usual = _net(case), case.kind.defaults
    path = {
        "smoothgrad": SmoothGrad(POINTS, usual.spread),
        "integrated": IntegratedGradients(POINTS, grading=usual.grading),
    }[case.method]
    transform = DiscreteWaveletTransform(case.wavelet, case.levels, net.ndim, usual.padding)
    target = net.index(case.label) if case.label else None
    return explain(net, samples.load(case.sample), target, transform=transform, path=path)


def heat(key: str) -> np.ndarray:
    result = explained(key)
    summed = heat_map(over_channels(result.attribution, "magnitude"), result.transform, result.size)
    return summed[0, 0].numpy()


def levels(key: str) -> dict[int | None, float]:
    return level_profile(profile(explained(key).attribution))


def orientation(key: str, word: str) -> float:
    """Its share among the details."""
    details = {b: v for b, v in profile(explained(key).attribution).items() if not b.is_approx}
    return sum(v for b, v in details.items() if b.orientation == word) / sum(details.values())


def leads(key: str, word: str) -> bool:
    words = {
        band.orientation for band, _ in explained(key).attribution.bands() if not band.is_approx
    }
    return orientation(key, word) == max(orientation(key, other) for other in words)


def leader(key: str) -> int | None:
    return max(levels(key), key=levels(key).__getitem__)


def _eye() -> bool:
    """The eye on the left, in the network's 224 × 224 pixels, lies within these rows and columns."""
    smooth = gaussian_filter(heat("eyes"), 8)
    row, column = np.unravel_index(smooth.argmax(), smooth.shape)
    return 55 <= row <= 110 and 25 <= column <= 95 and explained("eyes").target.label == "tiger cat"


def _runner_up() -> bool:
    p = explained("runner-up").probabilities[0].sort(descending=True)
    net = _net(find("runner-up"))
    names = [net.label(int(index)) for index in p.indices[:2]]
    alike = np.corrcoef(heat("eyes").ravel(), heat("runner-up").ravel())[0, 1]
    return (
        names == ["tiger cat", "Egyptian cat"]
        and float(p.values[1]) > 0.8 * float(p.values[0])
        and alike > 0.9
        and explained("runner-up").target.label == "Egyptian cat"
    )


def _fails() -> bool:
    tried = run_to_end(
        controls.comparison(
            _net(find("fails")), explained("fails"), [Entry(SHOWN), Entry(ENERGY)], COARSE
        )
    )
    from app.figures import findings

    ours, loud = (findings.value("log-auc", tried[Entry(name)]) for name in (SHOWN, ENERGY))
    return loud - ours > CLEARLY * tried[Entry(SHOWN)].p


def _ticks() -> bool:
    """Half of it in two octaves, and where the clock ticks more than elsewhere."""
    share = levels("ticks")[2] + levels("ticks")[3]
    strength = heat("ticks")
    rate = strength.size / 5.0
    ticking = np.zeros(strength.size, bool)
    for event in samples.sound("clock_in_rain").events:
        if event.label == "clock_tick":
            ticking[int(event.start * rate) : int(event.stop * rate) + 1] = True
    density = strength[ticking].mean() / strength[~ticking].mean()
    return share >= 0.5 and density > 3 and _says("ticks", "clock tick")


def _says(key: str, label: str) -> bool:
    return explained(key).target.label == label


def _thirds(key: str, axis: int) -> np.ndarray:
    values = heat(key)
    along = values.sum(tuple(other for other in range(3) if other != axis))
    third = len(along) // 3
    return (
        np.array([along[:third].sum(), along[third : 2 * third].sum(), along[2 * third :].sum()])
        / along.sum()
    )


CLAIMS: Mapping[str, Callable[[], bool]] = {
    "eyes": _eye,
    "runner-up": _runner_up,
    "upright": lambda: leads("upright", "ad") and orientation("upright", "ad") > 0.5,
    "lying": lambda: leads("lying", "da") and levels("lying")[None] > 0.5,
    "fails": _fails,
    "ticks": _ticks,
    "in-turn": lambda: bool(
        heat("in-turn")[: 5 * 44100 // 2].sum() < 0.1 * heat("in-turn").sum()
    ) and _says("in-turn", "clock tick"),
    "rotor": lambda: leader("rotor") is None and _says("rotor", "helicopter"),
    "saw": lambda: leader("saw") == 1 and _says("saw", "chainsaw"),
    "table-top": lambda: orientation("table-top", "aad") > 2 / 3 and _says("table-top", "table"),
    "chair-legs": lambda: bool(0.45 < _thirds("chair-legs", 2)[0] < 0.5)
    and leader("chair-legs") == 2 and _says("chair-legs", "chair"),
    "screen": lambda: leader("screen") == 1 and leads("screen", "ada") and _says("screen", "monitor"),
    "three": lambda: leader("three") == 3 and _says("three", "3"),
}  # fmt: skip


def test_there_are_three_cases_of_each_kind_and_a_claim_for_each() -> None:
    assert {case.key for case in CASES} == set(CLAIMS) and len(CASES) == len(CLAIMS)
    for kind in kinds.all_kinds():
        assert sum(case.kind is kind for case in CASES) >= 3


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_what_a_card_says_is_true(case: Case) -> None:
    assert CLAIMS[case.key](), case.look
    assert case.look.endswith((".", "does."))


def _opened() -> None:
    import streamlit as st

    from app.screens import explain, gallery
    from app.screens.cases import find

    if wanted := st.session_state.pop("wanted", None):
        gallery.open_case(find(wanted))
    explain.screen()


def opened(app: AppTest, key: str) -> AppTest:
    app.session_state["wanted"] = key
    until_quiet(app)
    assert not app.error, [e.value for e in app.error]
    return app


def test_cases_open_one_after_the_other_as_they_say() -> None:
    app = AppTest.from_function(_opened, default_timeout=120)
    for key in ("ticks", "three", "runner-up", "lying", "table-top"):
        case = find(key)
        opened(app, key)
        shown = mine(app).explained[case.kind.name]
        result, expected = shown.result, explained(key)
        assert result.transform == expected.transform
        assert str(result.path) == str(expected.path)
        assert result.target.label == expected.target.label
        assert shown.subject.signal.sha256 == samples.load(case.sample).sha256
        tab = next(tab for tab in app.tabs if tab.label == case.tab)
        assert tab.children, f"{case.tab} is not the open tab"
        assert result.attribution.approx.sub(expected.attribution.approx).abs().max() <= (
            1e-4 * expected.attribution.approx.abs().max()
        )
    assert Band(2, "aad") in dict(expected.attribution.bands())


def test_every_card_is_drawn_with_its_sentence() -> None:
    app = AppTest.from_function(_gallery, default_timeout=120).run()
    assert not app.exception
    assert {f"open-{case.key}" for case in CASES} <= {button.key for button in app.button}
    captions = "\n".join(caption.value for caption in app.caption).replace("\\", "")
    assert all(case.look in captions for case in CASES)


def _gallery() -> None:
    from app.screens import gallery

    gallery.screen()


def test_presenting_hides_the_ways_between_screens_and_turns_cases() -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=120)
    app.query_params["present"] = "true"
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    said = "\n".join(markdown.value for markdown in app.markdown)
    assert "Press → for the first case" in said
    app.button(key="case-next").click().run()
    assert not app.exception, [e.value for e in app.exception]
    assert mine(app).case == CASES[0].key
    app.button(key="case-previous").click().run()
    assert mine(app).case == CASES[-1].key, "in a circle"
    assert f"{len(CASES)} of {len(CASES)}" in "\n".join(m.value for m in app.markdown)
    app.button(key="present-leave").click().run()
    assert not mine(app).presenting
    assert "case-next" not in [button.key for button in app.button]
