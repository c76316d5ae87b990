from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.privacy.recognizers.base import Find, Rule, phrases
from engine.privacy.recognizers.finders import Frame, either, in_lines, listed, with_endings

FAMILIES = ("events", "health", "locations", "names", "organizations", "people")
PIECES = st.sampled_from(
    phrases(
        """
        my name is, i live in, may i have your name?, calling from, mr., John, smith, o'brien, Bank, 12, Oak
        Street, İzmir, nurse, i'm a, german, O, positive, A, S M I T H, 90210, zip, christmas,
        [PERSON_NAME_1], broke my leg, ., ', ß, 'S, -, &
        """
    )
)


def test_either_is_one_group() -> None:
    assert either("a, b[cd]", "e") == "(?:a|b[cd]|e)"


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("rare", [Find(0, 4, 0.5)]),
        ("very rare", [Find(5, 9, 0.9)]),
        ("plain", []),
        ("very plain", [Find(5, 10, 0.9)]),
        ("how?\nplain indeed", [Find(5, 10, 0.7)]),
        ("how?\nplain", []),
    ],
)
def test_listed_entries_and_their_frames(text: str, finds: list[Find]) -> None:
    frames = (Frame(0.9, r"\bvery "), Frame(0.7, r"how\?\n", r" indeed"))
    assert list(listed([(("rare",), 0.5), (("plain",), 0.0)], frames)(text)) == finds


def test_rules_look_only_at_lines_with_their_words() -> None:
    rule = Rule(r"a (?P<value>\w+)", 0.6)
    find = in_lines(("key",), rule, check=lambda value: value != "no")
    assert list(find("a b\nkey a c\nkey a no")) == [Find(10, 11, 0.6)]


def test_endings() -> None:
    find = with_endings(("itis",), 0.7, least=7, but=frozenset({"nonitis"}))
    assert list(find("an Arthritis, itis, nonitis")) == [Find(3, 12, 0.7)]


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES | st.just("\n") | st.text(max_size=6), max_size=14).map(" ".join))
def test_no_family_stumbles(text: str) -> None:
    for find in _finders():
        for found in find(text):
            assert 0 <= found.start < found.end <= len(text)
            assert 0.0 < found.score <= 1.0


def _finders() -> list[Callable[[str], list[Find]]]:
    from importlib import import_module

    if not _BUILT:
        made = [import_module(f"engine.privacy.recognizers.{family}").recognizers() for family in FAMILIES]
        _BUILT.extend(recognizer.find for family in made for recognizer in family)
    return _BUILT


_BUILT: list[Callable[[str], list[Find]]] = []
