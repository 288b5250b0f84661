"""The glossary: plain, without doubles, and what tooltips of the screens are made of."""

import ast
import re
from pathlib import Path

import pytest

from app import glossary

ROOT = Path(__file__).parents[2]
# words that stand in a sentence without being terms there
_EVERYDAY = {"network", "level", "signed", "seed", "spread", "control", "insertion", "deletion"}


def test_every_term_is_a_sentence_and_stands_once() -> None:
    names = [term.name for term in glossary.TERMS.values()]
    assert len(names) >= 40 and len({name.casefold() for name in names}) == len(names)
    for term in glossary.TERMS.values():
        assert term.meaning[0].isupper() or term.meaning.startswith(("log-AUC", "μ")), term
        assert term.meaning.endswith("."), term
        assert len(term.meaning) < 240, f"{term.name} is not short"


def test_lessons_explain_what_the_glossary_says_they_do() -> None:
    from app.lessons import LESSONS

    known = {lesson.key for lesson in LESSONS}
    assert {term.lesson for term in glossary.TERMS.values()} - {""} == known


def test_an_unknown_word_is_named() -> None:
    with pytest.raises(KeyError, match="flux"):
        glossary.hint("flux")


def test_a_hint_says_what_the_words_mean_and_then_the_rest() -> None:
    said = glossary.hint("padding", "filter", more="And this.")
    first, second, last = said.split("\n\n")
    assert first == f"**Padding**: {glossary.find('padding').meaning}"
    assert second == f"**Filter**: {glossary.find('filter').meaning}" and last == "And this."


def _helps() -> list[tuple[str, str]]:
    """Texts of tooltips that are written where they stand, and where that is."""
    found = []
    for path in sorted((ROOT / "app").rglob("*.py")):
        if "cli" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "help":
                literal = [
                    part.value
                    for part in ast.walk(node.value)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                ]
                said = ast.unparse(node.value)
                if "hint(" not in said and "_help" not in said:  # those are hints with a name
                    found.append((f"{path.name}:{node.value.lineno}", " ".join(literal)))
    return found


def test_no_tooltip_uses_a_term_without_the_glossary() -> None:
    terms = [name for name in glossary.TERMS if name not in _EVERYDAY]
    words = re.compile(r"(?<!\w)(" + "|".join(map(re.escape, terms)) + r")s?(?!\w)", re.I)
    found = [
        f"{place} {hit[0]!r}: {text}" for place, text in _helps() if (hit := words.search(text))
    ]
    assert not found, "\n".join(found)
