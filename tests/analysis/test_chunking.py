"""Splitting keeps every word in order under its index, and no part is over its budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.chunking import estimate_tokens, line_tokens, split
from engine.analysis.prompts import Line

WORDS = st.sampled_from(["yes", "a", "invoice", "[PERSON_NAME_1]", "42", "ünïcödé", "请问", "incomprehensibilities"])
TEXTS = st.lists(WORDS, min_size=1, max_size=60).map(" ".join)


# --- tokens -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 0),
        ("thank you for calling how can I help you today", 10, 16),  # 10 tokens in common vocabularies
        ("4111 1111 1111 1111", 16, 20),  # a token a digit
        ("Здравствуйте", 4, 12),
        ("请问有什么可以帮您", 6, 14),
        ("😀😀", 2, 6),
    ],
)
def test_estimate_is_cautious_but_not_absurd(text: str, least: int, most: int) -> None:
    assert least <= estimate_tokens(text) <= most


@given(st.text(), st.text())
def test_estimate_of_a_whole_is_at_most_that_of_its_halves(left: str, right: str) -> None:
    assert estimate_tokens(left + right) <= estimate_tokens(left) + estimate_tokens(right)


# --- splitting --------------------------------------------------------------------------------------------------------


@given(st.lists(TEXTS, min_size=1, max_size=40), st.integers(40, 400))
def test_split_keeps_every_word_in_order_under_its_index(texts: list[str], budget: int) -> None:
    lines = [Line(index, "agent/S0", text) for index, text in enumerate(texts)]
    pieces = [piece for part in split(lines, budget) for piece in part]
    for line in lines:
        own = [piece.text for piece in pieces if piece.index == line.index]
        assert " ".join(own).split() == line.text.split()
    assert [piece.index for piece in pieces] == sorted(piece.index for piece in pieces)


@given(st.lists(TEXTS, min_size=1, max_size=40), st.integers(40, 400))
def test_no_part_is_over_the_budget_or_empty(texts: list[str], budget: int) -> None:
    parts = split([Line(index, "agent/S0", text) for index, text in enumerate(texts)], budget)
    assert all(0 < line_tokens(part) <= budget for part in parts)


def test_what_fits_stays_whole() -> None:
    lines = (Line(0, "agent/S0", "hello"), Line(1, "customer/S1", "hello"))
    assert split(lines, line_tokens(lines)) == (lines,)


def test_parts_are_of_about_equal_size() -> None:
    lines = [Line(index, "agent/S0", "about the same number of words in every line") for index in range(100)]
    sizes = [len(part) for part in split(lines, line_tokens(lines) // 2 - 1)]
    assert len(sizes) == 3
    assert max(sizes) - min(sizes) <= 3


def test_splitting_nothing_gives_nothing() -> None:
    assert split((), 100) == ()


def test_script_without_spaces_is_cut_but_never_inside_a_marker() -> None:
    text = "问" * 30 + "[PERSON_NAME_1]" + "问" * 31
    pieces = [piece for part in split([Line(3, "agent/S0", text)], 50) for piece in part]
    assert "".join(piece.text for piece in pieces) == text
    assert any("[PERSON_NAME_1]" in piece.text for piece in pieces)
    assert {piece.index for piece in pieces} == {3}


def test_a_word_that_never_fits_ends_in_single_characters() -> None:
    pieces = [piece for part in split([Line(0, "agent/S0", "xyz")], 1) for piece in part]
    assert "".join(piece.text for piece in pieces) == "xyz"
