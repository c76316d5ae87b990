from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.reports.labels import (
    clock,
    doubts,
    entity_name,
    file_name,
    language_name,
    marker_name,
    one_line,
    speaker_names,
    split_markers,
)
from engine.result_types import CallResult
from engine.types import Language, Speaker, Word


@pytest.mark.parametrize(
    ("seconds", "decimals", "expected"),
    [
        (0, 0, "0:00"),
        (59.999, 0, "0:59"),
        (60, 0, "1:00"),
        (3599.9, 0, "59:59"),
        (3600, 0, "1:00:00"),
        (45296, 0, "12:34:56"),
        (-0.02, 0, "0:00"),
        (1.2, 1, "00:01.2"),
        (59.96, 1, "01:00.0"),
        (83.46, 1, "01:23.5"),
        (3723.04, 1, "1:02:03.0"),
    ],
)
def test_clock(seconds: float, decimals: int, expected: str) -> None:
    assert clock(seconds, decimals) == expected


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        ("person_name", "Person name"),
        ("PERSON_NAME", "Person name"),
        ("url", "URL"),
        ("ip_address", "IP address"),
        ("us_social_security_number", "US social security number"),
        ("credit_card_cvv", "Credit card CVV"),
        ("drug", "Drug"),
    ],
)
def test_entity_names(entity: str, expected: str) -> None:
    assert entity_name(entity) == expected


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("[PERSON_NAME_1]", "Person name 1"),
        ("[CREDIT_CARD_CVV_12]", "Credit card CVV 12"),
        ("[URL_3]", "URL 3"),
        ("####", "####"),
        ("[something else]", "[something else]"),
    ],
)
def test_marker_names(marker: str, expected: str) -> None:
    assert marker_name(marker) == expected


def test_free_text_is_cut_at_its_markers() -> None:
    assert split_markers("Call [PERSON_NAME_1] at [URL_2].") == [
        ("Call ", False), ("[PERSON_NAME_1]", True), (" at ", False), ("[URL_2]", True), (".", False),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "no marker", "[not one]", "[PERSON_NAME]", "[1]", "[[PERSON_NAME_1]"])
def test_cutting_loses_nothing(text: str) -> None:
    assert "".join(piece for piece, _ in split_markers(text)) == text


@pytest.mark.parametrize(
    ("speakers", "expected"),
    [
        ([("S1", "agent"), ("S2", "customer")], {"S1": "Agent", "S2": "Customer"}),
        ([("S1", "agent"), ("S2", "agent")], {"S1": "Agent (S1)", "S2": "Agent (S2)"}),
        ([("S1", "unknown"), ("S2", "unknown")], {"S1": "S1", "S2": "S2"}),
        ([("S1", "agent"), ("S2", "unknown")], {"S1": "Agent", "S2": "S2"}),
    ],
)
def test_speaker_names(call: CallResult, speakers: list, expected: dict[str, str]) -> None:
    listed = tuple(Speaker(id_, role, None, 1.0) for id_, role in speakers)
    assert speaker_names(dataclasses.replace(call, speakers=listed, utterances=())) == expected


@pytest.mark.parametrize(
    ("probability", "others", "expected"),
    [
        (0.9, (), ""),
        (0.3, (), "Hard to hear"),
        (0.9, ("S1",), "Agent speaks too"),
        (0.3, ("S1", "S\n3"), "Hard to hear, Agent speaks too, S 3 speaks too"),
    ],
)
def test_what_speaks_against_a_word(probability: float, others: tuple[str, ...], expected: str) -> None:
    assert doubts(Word("so", 0.0, 0.1, probability, others), {"S1": "Agent"}) == expected


def test_a_speaker_who_is_not_listed_has_a_name_all_the_same(call: CallResult) -> None:
    assert speaker_names(dataclasses.replace(call, speakers=())) == {"S1": "Agent", "S2": "Customer"}


def test_language_and_file(call: CallResult) -> None:
    assert (language_name(Language("uk", 1.0)), language_name(Language("xx", 1.0))) == ("Ukrainian", "xx")
    assert language_name(None) is None
    assert file_name(call) == "northline-billing-0417.wav"


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in line)
    assert one_line(line) == line


def test_one_line_takes_the_teeth_out_of_terminal_escapes() -> None:
    assert one_line("a\x1b[2Jb\r\nc\u2028d\te") == "a [2Jb c d e"
