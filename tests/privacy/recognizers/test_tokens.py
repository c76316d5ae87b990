from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.privacy.layout import DIGITS_KEY
from engine.privacy.recognizers.tokens import line_tokens, lines_with, tokenize, tokens_at

SPEECH = st.text(alphabet="abcXYZ019 .,'’-&?:\n[]_éßİ", max_size=80)


@given(SPEECH)
def test_tokens_stand_in_order_where_they_say(text: str) -> None:
    tokens = tokenize(text)
    assert all(before.end <= after.start for before, after in pairwise(tokens))
    for token in tokens:
        assert text[token.start : token.end].lower().replace("’", "'") == token.word
        assert text[token.start : token.end].count("\n") == 0
        assert text.rfind("\n", 0, token.start) + 1 == token.line
        assert token.start < token.stem_end <= token.end


@given(SPEECH, st.integers(0, 80))
def test_tokens_at_a_position_are_those_of_its_line(text: str, position: int) -> None:
    position = min(position, len(text))
    tokens, first = tokens_at(text, position)
    line = text.rfind("\n", 0, position) + 1
    assert [(token.start, token.word) for token in tokens] == [
        (token.start, token.word) for token in tokenize(text) if token.line == line
    ]
    assert all(token.start < position for token in tokens[:first])
    assert all(token.start >= position for token in tokens[first:])


@pytest.mark.parametrize(
    ("line", "joined"),
    [
        ("new york", [False, True]),
        ("jean-luc", [False, True]),
        ("marks & spencer", [False, True]),
        ("boston, texas", [False, False]),
        ("it works. mary", [False, True, False]),
        ("mr. smith", [False, True]),
        ("St. Louis", [False, True]),
        ("j. p. morgan", [False, True, True]),
        ("at&t", [False]),
    ],
)
def test_what_joins_tokens(line: str, joined: list[bool]) -> None:
    assert [token.joined for token in line_tokens(line, 0)] == joined


@pytest.mark.parametrize(
    ("line", "written", "capitals"),
    [
        ("My name is John", True, ["my", "john"]),
        ("my name is john", False, []),
        ("I think so and I'll wait", False, []),
        ("MY NAME IS JOHN", False, []),
        ("it is spelled SMITH", False, []),
        ("Thank You For Calling Us Today", False, []),
        ("John Smith", True, ["john", "smith"]),
    ],
)
def test_which_capitals_tell(line: str, written: bool, capitals: list[str]) -> None:
    tokens = line_tokens(line, 0)
    assert {token.written for token in tokens} == {written}
    assert [token.word for token in tokens if token.capital] == capitals


@pytest.mark.parametrize(
    ("line", "openings"),
    [
        ("He left. Mark stayed", ["he", "mark"]),
        ("Dr. Patel stayed", ["dr"]),
        ('she said "Mark it"', ["she", "mark"]),
        ("Agent: Hello", ["agent", "hello"]),
    ],
)
def test_where_sentences_open(line: str, openings: list[str]) -> None:
    assert [token.word for token in line_tokens(line, 0) if token.opening] == openings


def test_possessives_have_a_stem() -> None:
    token = line_tokens("john’s", 0)[0]
    assert (token.word, token.stem, token.stem_end) == ("john's", "john", 4)


def test_markers_are_one_token() -> None:
    assert [token.word for token in line_tokens("[PERSON_NAME_1] called", 0)] == ["[person_name_1]", "called"]


def test_lines_with_a_word_or_a_digit() -> None:
    text = "the Bank\nno money\nbanking\n12 a"
    assert list(lines_with(text, frozenset({"bank"}))) == [(0, "the Bank")]
    assert list(lines_with(text, DIGITS_KEY)) == [(26, "12 a")]
