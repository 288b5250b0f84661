"""The lessons without a browser: every lesson for every kind of input, computed and not canned."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from app.lessons import LESSONS
from tests.app.pages import MAIN, mine, texts, until_quiet

pytestmark = pytest.mark.slow

KINDS = ("Image", "Sound", "Volume")
TITLES = {lesson.key: f"{nth} {lesson.title}" for nth, lesson in enumerate(LESSONS, start=1)}


def _page() -> None:
    from app.screens import learn

    learn.screen()


def visit(lesson: str, kind: str = "Image") -> AppTest:
    app = AppTest.from_function(_page, default_timeout=120)
    app.query_params["modality"] = kind
    app.query_params["lesson"] = TITLES.get(lesson, "Glossary")
    return settled(app)


def settled(app: AppTest) -> AppTest:
    until_quiet(app)
    assert not app.error, [e.value for e in app.error]
    return app


def press(app: AppTest, name: str) -> AppTest:
    app.button(key=f"start-{name}").click()
    return settled(app)


def found(app: AppTest, name: str):  # type: ignore[no-untyped-def]
    return next(value for (known, _), value in mine(app).measured.items() if known == name)


@pytest.mark.parametrize("kind", KINDS)
def test_a_wave_meets_a_line_of_the_input(kind: str) -> None:
    app = visit("wave", kind)
    assert "The coefficient at this place is" in texts(app)
    assert "100 % of the largest" in texts(app), "it starts at the largest one"
    place = next(slider for slider in app.slider if slider.label == "Place")
    place.set_value(0 if place.value else 1).run()
    assert "100 % of the largest" not in texts(app)


@pytest.mark.parametrize("kind", KINDS)
def test_an_input_is_taken_apart_and_put_back(kind: str) -> None:
    app = visit("bands", kind)
    (parts,) = re.findall(r"differ from the input by at most \*\*1 part in ([\d,]+)", texts(app))
    assert int(parts.replace(",", "")) >= 100_000
    slider = next(s for s in app.slider if s.label == "Levels taken away")
    slider.set_value(slider.max).run()
    assert not app.exception


@pytest.mark.parametrize("kind", KINDS)
def test_the_network_decides_between_adjoint_and_transform(kind: str) -> None:
    app = visit("where", kind)
    (card,) = app.metric
    assert not card.value.startswith("0\u00a0%")
    press(app, "lesson-nudges")
    judged = found(app, "lesson-nudges")
    assert len(judged.differences) == 12
    assert "the adjoint misses the measured change by" in texts(app)
    if kind != "Sound":  # so close to silence a nudge decides nothing; the page says so
        assert "only the adjoint is on the line" in texts(app)


def test_haar_needs_no_adjoint_on_a_picture() -> None:
    app = visit("where")
    (wrong,) = app.metric
    app.session_state["lesson-judged-5"] = "haar"
    app.run()
    (right,) = app.metric
    assert wrong.value != right.value and right.value in ("0\u00a0%", "< 0.01\u00a0%")


@pytest.mark.parametrize("kind", KINDS)
def test_smoothgrad_averages_and_the_path_adds_up(kind: str) -> None:
    app = visit("variants", kind)
    press(app, "lesson-smooth")
    assert "One copy alone is" in texts(app)
    press(app, "lesson-walk")
    walked = found(app, "lesson-walk")
    result = walked.result
    change = float(result.scores[0] - result.origin_scores[0])
    assert walked.points[-1].total == pytest.approx(
        change, rel=float(result.completeness_gap[0]) + 1e-3
    )
    assert f"the score rises by {change:.3g}" in texts(app)
    assert "Completeness gap" in texts(app)


@pytest.mark.parametrize("kind", KINDS)
def test_one_can_say_what_fine_and_coarse_levels_contributed(kind: str) -> None:
    app = visit("reading", kind)
    press(app, "lesson-explained")
    said = texts(app)
    assert "The **coarse** levels hold" in said and "The **fine** levels hold" in said
    assert said.count("From them alone the network says") == 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_map_has_to_beat_what_never_asked(kind: str) -> None:
    app = visit("truth", kind)
    press(app, "lesson-explained")
    press(app, "lesson-trial")
    assert ("Here the map holds." in texts(app)) != (
        "Here the pretty map fails the test." in texts(app)
    )
    press(app, "lesson-ignorant")
    ignorant = found(app, "lesson-ignorant")
    assert f"correlate {ignorant.correlation:.2f}".replace("-", "−") in texts(app)


def test_every_lesson_ends_with_two_questions_and_leads_on() -> None:
    for lesson in LESSONS:
        assert len(lesson.questions) == 2
        assert all(question.ask and question.answer for question in lesson.questions)
    app = visit("wave")
    assert [expander.label for expander in app.expander].count("Answer") == 2
    app.button(key="lesson-next").click().run()
    assert "Peel your input" in texts(app)
    app.button(key="lesson-back").click().run()
    assert "A wavelet is a short wave" in texts(app)


def test_the_glossary_is_searched() -> None:
    app = visit("glossary")
    every = len(app.table[0].value)
    app.text_input(key="glossary-search").set_value("completeness").run()
    assert 0 < len(app.table[0].value) < every
    app.text_input(key="glossary-search").set_value("no such word").run()
    assert not app.table and "Try a shorter one" in app.info[0].value


def test_learn_is_a_screen_of_the_dashboard() -> None:
    text = MAIN.read_text("utf-8")
    assert "learn.screen" in text
