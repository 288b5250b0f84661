"""The Explain screen without a browser: what is drawn, what is recomputed, what survives."""

import gc
import io
import math

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.components import explanation
from app.session import Explained
from models import samples
from tests.app.links import opened, shared
from tests.app.pages import MAIN, is_pale, mine, run, texts, until_quiet
from wam_core import IntegratedGradients, PathSigned, WaveletAttribution
from wam_core.scheduling import Ticket
from wam_core.signals.image import encode_png

PREVIEW = "The input, not explained yet"


def visit(**link: str) -> AppTest:
    """A page at an address, not drawn yet; with the variant of a single pass, where none is named."""
    return opened(AppTest.from_file(str(MAIN), default_timeout=90), {"method": "Gradient"} | link)


@pytest.fixture(scope="module")
def visited() -> AppTest:
    """A first visit, with its result."""
    return until_quiet(AppTest.from_file(str(MAIN), default_timeout=90))


@pytest.fixture
def app() -> AppTest:
    """A visit with its result."""
    return until_quiet(visit())


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but a first result is explained without the button."""
    monkeypatch.setattr(explanation, "AUTOMATIC_S", 0.0)


def shown(app: AppTest) -> Explained:
    return mine(app).explained["image"]


def offers_to_explain(app: AppTest) -> bool:
    return "explain" in [button.key for button in app.button]


def pictures(app: AppTest) -> list[str]:
    """The alternative texts of the plain pictures on the page."""
    return [picture.alt for image in app.get("image") for picture in image.proto.imgs]


def test_a_first_visit_shows_a_result_without_a_click(visited: AppTest) -> None:
    result = shown(visited).result
    assert result.target.label in ("tiger cat", "Egyptian cat", "tabby, tabby cat")
    assert isinstance(result.path, IntegratedGradients)
    assert "of the attribution for" in texts(visited)
    titles = [tab.label for tab in visited.tabs]
    assert titles[0] == "Input" and titles[-3:] == ["Contributions", "Faithfulness", "Details"]
    assert not offers_to_explain(visited) and not is_pale(visited)
    assert PREVIEW not in pictures(visited)


def test_a_search_for_garbage_skips_the_libraries(visited: AppTest) -> None:
    # Streamlit searches after every run of a page, and all other threads wait
    assert gc.get_freeze_count() > 100_000


def test_views_never_recompute(app: AppTest) -> None:
    before = shown(app).result
    app.session_state["sign"] = "signed"
    app.session_state["colours"] = "own"
    app.session_state["bands-3"] = [
        band for band, _ in before.attribution.bands() if band.level == 1
    ]
    app.session_state["tab"] = "Reconstruct"
    until_quiet(app)
    assert shown(app).result is before
    assert not mine(app).jobs["explain"].is_running
    assert "The network now says" in texts(app)


def test_another_variant_is_explained_by_itself(app: AppTest) -> None:
    app.session_state["method"] = "path-signed"
    until_quiet(app)
    result = shown(app).result
    assert result.path == PathSigned(result.transform, 25)
    assert f"log p −{abs(float(result.scores[0])):.3g}" in texts(app).replace("\\", "")
    app.session_state["method"] = "integrated"
    until_quiet(app)
    assert isinstance(shown(app).result.path, IntegratedGradients)
    assert not offers_to_explain(app)
    assert "Completeness" in [m.label.split()[0] for m in _on_tab(app, "Details").metric]


def test_what_takes_long_waits_for_the_button_and_the_old_result_is_pale(
    app: AppTest, patient: None
) -> None:
    before = shown(app)
    assert "Meaning" in popovers(app)
    app.session_state["wavelet"] = "db2"
    until_quiet(app)
    assert shown(app) is before and is_pale(app)
    assert "Meaning" not in popovers(app), "no finding stands over a result of other settings"
    assert app.button(key="explain").label.startswith("Explain · ")
    app.button(key="explain").click()
    until_quiet(app)
    assert shown(app).request.wavelet == "db2"
    assert not is_pale(app) and not offers_to_explain(app)


def test_a_first_result_comes_by_itself_however_long_it_takes(patient: None) -> None:
    assert "image" in mine(until_quiet(visit())).explained


def popovers(app: AppTest) -> list[str]:
    """The names of the menus, in order."""
    return [block.proto.popover.label.replace("\\", "") for block in app.get("popover")]


def test_a_map_says_how_far_it_is_from_its_limit_and_may_stop_there(app: AppTest) -> None:
    app.session_state["method"] = "smoothgrad"
    run(app)
    next(s for s in app.select_slider if s.label.startswith("Stop at")).set_value(0.5)
    next(s for s in app.slider if s.label == "Samples").set_value(30)
    next(s for s in app.select_slider if s.label == "Spread").set_value(0.01)
    until_quiet(app)
    result = shown(app).result
    assert result.path.samples == 30 and result.asked.until == 0.5
    assert 8 <= result.path.samples <= 30
    assert f"{result.path.samples} of at most 30 samples" in texts(app)


def _on_tab(app: AppTest, name: str) -> AppTest:
    app.session_state["tab"] = name
    return run(app)


def start_a_long_run(app: AppTest) -> Ticket[WaveletAttribution]:
    """Ask for more passes than a test waits for."""
    app.session_state["method"] = "smoothgrad"
    app.session_state["samples"] = 200
    run(app)
    app.button(key="explain").click()
    run(app)
    assert "cancel-explain" in [button.key for button in app.button]
    ticket = mine(app).jobs["explain"].ticket
    assert ticket is not None
    return ticket


def test_a_setting_changed_in_mid_run_supersedes_the_job(app: AppTest, patient: None) -> None:
    slow = start_a_long_run(app)
    app.session_state["method"] = "integrated"
    until_quiet(app)
    assert slow.wait(30) and slow.state == "cancelled"
    assert isinstance(shown(app).result.path, IntegratedGradients)


def test_going_back_to_the_settings_of_the_result_ends_the_run(app: AppTest, patient: None) -> None:
    before, slow = shown(app), start_a_long_run(app)
    assert is_pale(app)
    app.session_state["method"] = "gradient"
    run(app)
    assert slow.wait(30) and slow.state == "cancelled"
    assert shown(app) is before
    assert not is_pale(app) and not offers_to_explain(app)
    assert not app.warning, "nobody cancelled anything"


def test_a_cancelled_run_is_not_started_again_by_itself(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shown(app)
    with monkeypatch.context() as patch:
        patch.setattr(explanation, "AUTOMATIC_S", 0.0)
        slow = start_a_long_run(app)
    monkeypatch.setattr(explanation, "AUTOMATIC_S", math.inf)
    app.button(key="cancel-explain").click()
    until_quiet(app)
    assert slow.state == "cancelled" and not mine(app).jobs["explain"].is_running
    assert shown(app) is before and is_pale(app) and offers_to_explain(app)
    assert "Cancelled" in texts(app)
    app.session_state["samples"] = 3  # other settings are another run
    until_quiet(app)
    assert shown(app).result.path.samples == 3
    assert "Cancelled" not in texts(app)


def test_an_upload_is_on_the_page_before_its_result(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explanation, "_PATIENCE_S", 0.0)
    app.session_state["method"] = "integrated"
    until_quiet(app)
    before = shown(app)
    data = encode_png(np.ascontiguousarray(samples.load("coffee").values.transpose(1, 2, 0)))
    app.file_uploader(key="upload").set_value(("mug.png", data, "image/png"))
    run(app)
    assert shown(app) is before and mine(app).jobs["explain"].is_running
    assert PREVIEW in pictures(app)
    assert not app.tabs and "tiger cat" not in texts(app), "nothing is left of the other input"
    until_quiet(app)
    assert shown(app).subject.signal.name == "mug.png"
    assert PREVIEW not in pictures(app) and app.tabs


def test_the_menus_are_called_after_what_is_chosen(app: AppTest) -> None:
    assert popovers(app)[:3] == ["Chelsea the cat", "EfficientNet-Lite0", "Gradient"]
    app.pills(key="sample").set_value("coffee")
    app.session_state["method"] = "integrated"
    until_quiet(app)
    assert popovers(app)[:3] == ["Cup of coffee", "EfficientNet-Lite0", "Integrated"]


def test_a_link_names_the_class_and_its_rival() -> None:
    link = {"class": "Egyptian cat", "contrast": "true", "against": "lynx, catamount"}
    app = until_quiet(visit(**link))
    assert str(shown(app).result.target) == "Egyptian cat − lynx, catamount"
    assert app.selectbox(key="class").options[0] == "tiger cat", "the most probable one is first"
    assert {name: [value] for name, value in link.items()}.items() <= shared(app).items()


def test_another_input_begins_at_its_most_probable_class(app: AppTest) -> None:
    lynx = shown(app).subject.net.index("lynx, catamount")
    app.session_state["class"] = lynx
    until_quiet(app)
    assert shown(app).result.target.index == lynx
    app.session_state["wavelet"] = "db2"
    until_quiet(app)
    assert shown(app).result.target.index == lynx, "it lasts as long as the input does"
    app.pills(key="sample").set_value("coffee")
    until_quiet(app)
    result = shown(app).result
    assert shown(app).subject.signal.name == "coffee.png"
    assert result.target.index == int(result.probabilities[0].argmax()) != lynx


@pytest.mark.parametrize(
    ("old", "target"),
    [
        ({"class/{}": "Egyptian cat"}, "Egyptian cat"),
        ({"class/{}": "Any other", "any-class/{}": "lynx, catamount"}, "lynx, catamount"),
        (
            {
                "class/{}": "Egyptian cat",
                "contrast": "true",
                "against-class/{}": "tabby, tabby cat",
            },
            "Egyptian cat − tabby, tabby cat",
        ),
    ],
)
def test_a_link_of_version_0_1_named_the_class_by_network_and_input(
    app: AppTest, old: dict[str, str], target: str
) -> None:
    subject = shown(app).subject
    where = f"{subject.net.fingerprint[:8]}/{subject.signal.key[:12]}"
    other = until_quiet(visit(**{name.format(where): value for name, value in old.items()}))
    assert str(shown(other).result.target) == target
    assert not [name for name in other.query_params if where in name]


def test_a_picture_the_network_cannot_take_leaves_the_result(app: AppTest) -> None:
    before = shown(app)
    strip = encode_png(np.zeros((1, 20_000, 3), np.uint8))
    app.file_uploader(key="upload").set_value(("strip <b>*.png", strip, "image/png"))
    run(app)
    assert shown(app) is before
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


def test_frames_of_a_picture_and_brightness_are_chosen(app: AppTest) -> None:
    frames = [Image.new("RGB", (64, 48), (level, 0, 0)) for level in (10, 90, 200)]
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    app.file_uploader(key="upload").set_value(("f.png", out.getvalue(), "image/png"))
    app.run()
    assert mine(app).inputs["image"].item == ("frame", 0)
    next(n for n in app.number_input if n.label == "Number").set_value(2)
    app.run()
    assert not app.exception
    assert mine(app).inputs["image"].values[0].max() == 200
    dim = np.linspace(0, 4095, 64 * 48).reshape(48, 64).astype(np.uint16)
    out = io.BytesIO()
    Image.fromarray(dim).save(out, "PNG")
    app.file_uploader(key="upload").set_value(("d.png", out.getvalue(), "image/png"))
    app.run()
    assert mine(app).inputs["image"].values.max() == 16
    next(b for b in app.selectbox if b.label == "Part of the file").set_value("stretched")
    app.run()
    assert not app.exception
    assert mine(app).inputs["image"].values.max() == 255
