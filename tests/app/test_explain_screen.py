"""The Explain screen without a browser: what is drawn, what is recomputed, what survives."""

import gc

import pytest
import torch
from streamlit.testing.v1 import AppTest

from tests.app.pages import MAIN, mine, texts, until_quiet
from wam_core import Gradient, IntegratedGradients, PathSigned
from wam_core.signals import Signal


@pytest.fixture(scope="module")
def visited() -> AppTest:
    """A first visit, with its result."""
    return until_quiet(AppTest.from_file(str(MAIN), default_timeout=90))


@pytest.fixture
def app() -> AppTest:
    return until_quiet(AppTest.from_file(str(MAIN), default_timeout=90))


def test_a_first_visit_shows_a_result_without_a_click(visited: AppTest) -> None:
    result = mine(visited).explained["image"].result
    assert result.target.label in ("tiger cat", "Egyptian cat", "tabby, tabby cat")
    assert "of the attribution for" in texts(visited)
    assert [tab.label for tab in visited.tabs][:2] == ["Overview", "Scales × orientations"]


def test_a_search_for_garbage_skips_the_libraries(visited: AppTest) -> None:
    # Streamlit searches after every run of a page, and all other threads wait
    assert gc.get_freeze_count() > 100_000


def test_views_never_recompute(app: AppTest) -> None:
    before = mine(app).explained["image"].result
    app.session_state["sign"] = "signed"
    app.session_state["colours"] = "own"
    app.session_state["bands-3"] = [
        band for band, _ in before.attribution.bands() if band.level == 1
    ]
    app.session_state["tab"] = "Reconstruct"
    until_quiet(app)
    assert not app.exception
    assert mine(app).explained["image"].result is before
    assert not mine(app).jobs["explain"].is_running
    assert "The network now says" in texts(app)


def test_another_variant_waits_for_the_button(app: AppTest) -> None:
    before = mine(app).explained["image"].result
    assert isinstance(before.path, IntegratedGradients)
    app.session_state["method"] = "path-signed"
    app.run()
    assert mine(app).explained["image"].result is before
    assert "earlier settings" in texts(app)
    app.button(key="explain").click()
    until_quiet(app)
    after = mine(app).explained["image"].result
    assert isinstance(after.path, PathSigned)
    app.session_state["method"] = "integrated"
    app.run()
    app.button(key="explain").click()
    until_quiet(app)
    assert "Completeness" in [m.label.split()[0] for m in _on_tab(app, "Details").metric]


def test_path_signed_explains_log_p(app: AppTest) -> None:
    app.session_state["method"] = "path-signed"
    app.run()
    app.button(key="explain").click()
    until_quiet(app)
    result = mine(app).explained["image"].result
    assert result.path == PathSigned(result.transform, 25)
    assert f"log p −{abs(float(result.scores[0])):.3g}" in texts(app).replace("\\", "")


def test_a_map_says_how_far_it_is_from_its_limit_and_may_stop_there(app: AppTest) -> None:
    app.session_state["method"] = "smoothgrad"
    app.run()
    next(s for s in app.select_slider if s.label.startswith("Stop at")).set_value(0.5)
    next(s for s in app.slider if s.label == "Samples").set_value(30)
    next(s for s in app.select_slider if s.label == "Spread").set_value(0.01)
    app.run()
    app.button(key="explain").click()
    until_quiet(app)
    result = mine(app).explained["image"].result
    assert result.asked.samples == 30 and result.asked.until == 0.5
    assert 8 <= result.path.samples <= 30
    assert f"{result.path.samples} of at most 30 samples" in texts(app)


def _on_tab(app: AppTest, name: str) -> AppTest:
    app.session_state["tab"] = name
    return app.run()


def test_a_setting_changed_in_mid_run_supersedes_the_job(app: AppTest) -> None:
    app.session_state["method"] = "smoothgrad"
    app.run()
    next(s for s in app.slider if s.label == "Samples").set_value(200)
    app.run()
    app.button(key="explain").click()
    app.run()
    slow = mine(app).jobs["explain"].ticket
    assert slow is not None
    app.session_state["method"] = "gradient"
    until_quiet(app)
    assert slow.state == "cancelled"
    assert isinstance(mine(app).explained["image"].result.path, Gradient)


def test_a_picture_the_network_cannot_take_leaves_the_result(app: AppTest) -> None:
    state = mine(app)
    before = state.explained["image"].result
    strip = torch.zeros(3, 1, 20_000, dtype=torch.uint8).numpy()
    state.inputs["image"] = Signal.from_values(strip, "image", "strip <b>*.png")
    state.samples["image"] = None
    app.run()
    assert not app.exception
    assert state.explained["image"].result is before
    assert any("previous result stays" in e.value for e in app.error)


@pytest.mark.parametrize(
    ("name", "said"),
    [("no_such_network", "no\\_such\\_network"), ("local-dir:/etc", "not open to visitors")],
)
def test_a_network_that_cannot_be_had_is_one_sentence(name: str, said: str) -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params["model"] = name
    app.run()
    assert not app.exception
    assert [said in error.value for error in app.error] == [True]


def test_about_names_licences() -> None:
    page = AppTest.from_function(_about, default_timeout=60).run()
    assert not page.exception
    shown = page.table[0].value.to_string().replace("\\", "")
    assert "Apache-2.0" in shown
    assert "trained on ESC-10 by K. J. Piczak" in shown


def _about() -> None:
    from app.screens import about

    about.screen()
