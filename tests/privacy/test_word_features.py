"""Tokens cover a text without overlap; features tell words apart that the tagger must tell apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.privacy.word_features import (
    COMMON,
    LIST_BITS,
    SHAPES,
    TOKEN,
    TURN_BREAK,
    affix_rows,
    affixes,
    list_bits,
    norm,
    shape,
)


@given(st.text(max_size=60))
def test_every_visible_character_is_in_one_token(text: str) -> None:
    covered = [position for match in TOKEN.finditer(text) for position in range(*match.span())]
    assert covered == sorted(set(covered))
    missing = {text[position] for position in set(range(len(text))) - set(covered)}
    assert all(character.isspace() for character in missing)


@given(st.text(min_size=1, max_size=20))
def test_features_stay_within_their_tables(text: str) -> None:
    for match in TOKEN.finditer(text):
        word = norm(match[0])
        assert word and "\n" not in word
        assert 0 <= shape(match[0]) < SHAPES
        assert all(0 <= row < affix_rows() for row in affixes(word))
        assert all(0 <= bit < LIST_BITS for bit in list_bits(word))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("John's, don't", ["John", "'s", ",", "don", "'t"]),
        ("l'hôpital", ["l", "'", "hôpital"]),
        ("A1 12345", ["A", "1", "12345"]),
        ("a\nb", ["a", TURN_BREAK, "b"]),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert TOKEN.findall(text) == tokens


def test_numbers_are_known_by_their_length() -> None:
    assert norm("90210") == norm("10115") != norm("415")


def test_shapes_tell_letter_case() -> None:
    assert len({shape("smith"), shape("Smith"), shape("SMITH"), shape("McAdam"), shape("12345")}) == 5


@pytest.mark.parametrize(("word", "common"), [("payment", True), ("waiting", True), ("vinka", False), ("12", False)])
def test_everyday_words(word: str, common: bool) -> None:
    assert (COMMON in list_bits(word)) is common


def test_words_of_longer_entries_are_listed() -> None:
    assert list_bits("york") and not list_bits("qzxv")
