"""Turns are clipped, exclusive, in order, and their speakers numbered."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diarization.turns import alone, exclusive, numbered, speech_spans, with_others
from engine.types import Span, SpeechRegion, Turn

TIMES = st.floats(-2, 12, allow_nan=False).map(lambda time: round(time, 1))
TURNS = st.lists(st.builds(Turn, st.sampled_from("ABC"), TIMES, TIMES), max_size=12)


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        pytest.param([("A", 0, 4), ("B", 5, 6)], [("A", 0, 4), ("B", 5, 6)], id="apart"),
        pytest.param([("A", 0, 4), ("B", 3, 6)], [("A", 0, 3), ("B", 3, 6)], id="the next one begins early"),
        pytest.param([("A", 0, 9), ("B", 3, 4)], [("A", 0, 3), ("B", 3, 4), ("A", 4, 9)], id="a backchannel"),
        pytest.param([("A", -1, 4), ("B", 9, 99)], [("A", 0, 4), ("B", 9, 10)], id="outside the call"),
        pytest.param([("B", 6, 8), ("A", 0, 4)], [("A", 0, 4), ("B", 6, 8)], id="out of order"),
        pytest.param([("A", 0, 4), ("A", 3, 6)], [("A", 0, 6)], id="one speaker, overlapping"),
        pytest.param([("A", 3, 3), ("B", 5, 4), ("C", 11, 12)], [], id="nothing left of them"),
    ],
)
def test_exclusive(turns, expected):
    assert exclusive([Turn(*turn) for turn in turns], 10.0) == [Turn(*turn) for turn in expected]


@given(TURNS)
def test_exclusive_turns_cover_the_same_time_once(turns):
    pieces = exclusive(turns, 10.0)
    assert all(0.0 <= piece.start_s < piece.end_s <= 10.0 for piece in pieces)
    assert all(before.end_s <= after.start_s for before, after in itertools.pairwise(pieces))
    for tenths in range(100):
        now = tenths / 10 + 0.05
        speaking = {turn.speaker for turn in turns if turn.start_s < now < turn.end_s}
        has_floor = {piece.speaker for piece in pieces if piece.start_s < now < piece.end_s}
        assert has_floor <= speaking
        assert bool(has_floor) == bool(speaking)


def test_numbered_by_first_speech():
    turns = [Turn("zoe", 4, 5), Turn("adam", 6, 7), Turn("zoe", 8, 9), Turn("mia", 1, 2)]
    assert [(turn.speaker, turn.start_s) for turn in numbered(turns)] == [("S1", 1), ("S2", 4), ("S3", 6), ("S2", 8)]


def test_who_speaks_beside_is_numbered_too():
    turns = [Turn("zoe", 4, 5, others=("kim", "mia")), Turn("mia", 6, 7)]
    assert numbered(turns) == (Turn("S1", 4, 5, others=("S3", "S2")), Turn("S2", 6, 7))


def test_who_speaks_at_the_same_time():
    spoken = [Turn("A", 0, 6), Turn("B", 2, 3), Turn("C", 2.5, 4), Turn("B", 5.5, 9)]
    found = with_others([Turn("A", 0, 5.5), Turn("B", 5.5, 9)], spoken)
    assert [(turn.speaker, turn.start_s, turn.end_s, "".join(turn.others)) for turn in found] == [
        ("A", 0, 2, ""),
        ("A", 2, 2.5, "B"),
        ("A", 2.5, 3, "BC"),
        ("A", 3, 4, "C"),
        ("A", 4, 5.5, ""),
        ("B", 5.5, 6, "A"),
        ("B", 6, 9, ""),
    ]


@given(TURNS)
def test_others_are_all_who_speak_but_the_one_who_has_the_floor(turns):
    pieces = with_others(exclusive(turns, 10.0), turns)
    for tenths in range(100):
        now = tenths / 10 + 0.05
        speaking = {turn.speaker for turn in turns if turn.start_s < now < turn.end_s}
        assert speaking == {name for p in pieces if p.start_s < now < p.end_s for name in (p.speaker, *p.others)}
    assert all(piece.speaker not in piece.others for piece in pieces)


def test_speech_spans():
    regions = [
        SpeechRegion(0, 3.0, 5.0),
        SpeechRegion(1, 0.0, 9.0),
        SpeechRegion(0, -0.2, 1.0),
        SpeechRegion(0, 4.5, 7.0),
        SpeechRegion(0, 9.5, 11.0),
        SpeechRegion(0, 12.0, 13.0),
    ]
    assert speech_spans(regions, 0, 10.0) == [Span(0.0, 1.0), Span(3.0, 7.0), Span(9.5, 10.0)]
    assert speech_spans(regions, 2, 10.0) == []


SPANS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).filter(lambda ends: ends[0] < ends[1])).map(
    lambda ends: speech_spans([SpeechRegion(0, float(a), float(b)) for a, b in ends], 0, 20.0)
)


@given(SPANS, SPANS)
def test_alone_is_what_nobody_else_says(spans, others):
    left = alone(spans, others)
    assert all(before.end_s <= after.start_s for before, after in itertools.pairwise(left))
    for second in range(20):
        inside = [any(span.start_s <= second < span.end_s for span in each) for each in (left, spans, others)]
        assert inside[0] == (inside[1] and not inside[2])


@given(TURNS, st.randoms())
def test_labels_depend_on_first_speech_alone(turns, chance):
    """However the turns come in and whatever a backend calls its speakers: S1 speaks first, nobody is left out."""
    apart = [dataclasses.replace(turn, start_s=turn.start_s + 0.001 * place) for place, turn in enumerate(turns)]
    renamed = [dataclasses.replace(turn, speaker={"A": "z", "B": "y", "C": "x"}[turn.speaker]) for turn in apart]
    chance.shuffle(renamed)
    found = numbered(apart)
    assert found == numbered(renamed)
    assert [*dict.fromkeys(turn.speaker for turn in found)] == [
        f"S{number + 1}" for number in range(len({turn.speaker for turn in turns}))
    ]
