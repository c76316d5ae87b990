from __future__ import annotations

from pathlib import Path

import pytest

from engine.privacy.recognizers import lexicon
from engine.privacy.recognizers.lexicon import Phrases, is_common, words
from engine.privacy.recognizers.tokens import tokenize

LISTS = sorted(path.stem for path in Path(lexicon.__file__).with_name("lexicons").glob("*.txt"))


@pytest.mark.parametrize("name", LISTS)
def test_entries_are_clean(name: str) -> None:
    entries = words(name)
    assert entries
    assert [entry for entry in entries if entry != entry.strip().lower() or "  " in entry or "\t" in entry] == []


def test_strong_street_words_are_street_words() -> None:
    assert words("strong_streets") <= words("streets")


@pytest.mark.parametrize(
    "word",
    [
        "the",
        "payment",
        "payments",
        "called",
        "stopped",
        "tried",
        "companies",
        "regarding",
        "politeness",
        "42",
        "b12",
        "won't",
    ],
)
def test_everyday_words(word: str) -> None:
    assert is_common(word)


@pytest.mark.parametrize("word", ["kowalski", "thrasyvoulos", "okonkwo", "vitkovany", "smith", "jennifer"])
def test_rare_words(word: str) -> None:
    assert not is_common(word)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from New York City to York", ["New York City", "York"]),
        ("new, york", ["york"]),
        ("it is York's wall", ["York's"]),
        ("the heart attack", ["heart attack"]),
        ("two heart attacks", ["heart attacks"]),
        ("a heart", []),
        ("newyork", []),
    ],
)
def test_phrases_longest_first(text: str, found: list[str]) -> None:
    tokens = tokenize(text)
    phrases = Phrases(("york", "new york", "new york city", "heart attack"), plural=True)
    assert [text[tokens[first].start : tokens[last].end] for first, last in phrases.find(tokens)] == found


def test_a_key_of_each_phrase_is_in_every_line_that_holds_it() -> None:
    assert Phrases(("the acme bank",)).keys == {"acme"}
    assert Phrases(("may day",)).keys <= {"may", "day"}
