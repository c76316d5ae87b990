from __future__ import annotations

import re

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from engine.privacy.layout import CODE, DIGITS, DIGITS_KEY, NUMBER, OPENINGS, WORD, layout
from engine.privacy.recognizers.base import Rule, RulesFinder

TEXT = st.text(alphabet="ab1é2 .-/$@_\nAＢ٣", max_size=60)


@given(TEXT, st.sets(st.sampled_from(["ab", "a", "b", "a1", "é", "1"])))
def test_lines_with_words_are_those_that_hold_one(text: str, keys: set[str]) -> None:
    offsets = [0, *(found.end() for found in re.finditer("\n", text))]
    lines = list(zip(offsets, text.split("\n"), strict=True))
    if keys:
        expected = [(at, line) for at, line in lines if keys & set(WORD.findall(line.lower()))]
    else:
        expected = [(at, line) for at, line in lines if re.search(r"\d", line)]
    assert list(layout(text).lines_with(frozenset(keys) or DIGITS_KEY)) == expected
    assert [layout(text).line_at(at) for at, _ in lines] == lines


@pytest.mark.parametrize(
    ("opening", "text", "starts"),
    [
        (NUMBER, "415 5, x1 $20 1.5 [3 -7 は03", [0, 4, 14, 22, 25]),
        (DIGITS, "x12 3.4", [1, 4, 6]),
        (CODE, "AB12 a-1-2 12 A1 x@B22 -C33", [0, 5]),
    ],
)
def test_where_numbers_and_codes_begin(opening: str, text: str, starts: list[int]) -> None:
    assert [start for start, _ in layout(text).places(opening, "")] == starts


REST = {NUMBER: r"\d(?:[ -]?\d){1,4}(?!\d)", DIGITS: r"(?<![.a])\d+(?:/\d+)?", CODE: r"[A-Z0-9](?:-?[A-Z0-9]){1,4}"}


@given(TEXT, st.sampled_from(OPENINGS))
def test_a_rule_with_an_opening_finds_what_the_whole_pattern_matches(text: str, opening: str) -> None:
    """Looking at the places of the opening alone is a shortcut and nothing else."""
    pattern = opening + REST[opening]
    found = [(find.start, find.end) for find in RulesFinder((Rule(pattern, 0.5),))(text)]
    assert found == [match.span() for match in regex.compile(pattern, regex.IGNORECASE).finditer(text)]


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("a\nb\nc", []),
        ("1\nb\nc\nd", ["1\nb"]),
        ("a\nb\n1\nd\ne", ["b\n1\nd"]),
        ("1\nb\nc\nd\n2", ["1\nb", "d\n2"]),
        ("1\nb\nc\n2", ["1\nb", "c\n2"]),
        ("1\nb\n2\nc", ["1\nb\n2\nc"]),
    ],
)
def test_regions_are_lines_and_their_neighbors(text: str, regions: list[str]) -> None:
    assert [text[slice(*region)].strip("\n") for region in layout(text).regions(r"\d")] == regions
