"""Window time to call time across the gaps that were left out."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from engine.asr.recognizer import Recognition
from engine.asr.segments import segment
from engine.types import Span, Window, Word

WINDOW = Window(1, (Span(10.0, 12.0), Span(20.0, 23.0)))


def heard(*words: tuple[str, float, float]) -> Recognition:
    timed = tuple(Word(text, start_s, end_s, 0.9) for text, start_s, end_s in words)
    return Recognition(language="en", text=" ".join(word.text for word in timed), words=timed)


def test_words_map_into_their_piece():
    (found,) = segment(WINDOW, heard(("one", 0.5, 1.0), ("two", 2.5, 3.0)))
    assert [(word.start_s, word.end_s) for word in found.words] == [(10.5, 11.0), (20.5, 21.0)]
    assert (found.channel, found.start_s, found.end_s, found.text) == (1, 10.5, 21.0, "one two")


def test_a_word_at_the_seam_does_not_reach_over_the_gap():
    (found,) = segment(WINDOW, heard(("hello", 1.2, 2.0), ("goodbye", 2.0, 2.8), ("late", 1.9, 3.5)))
    assert [(word.start_s, word.end_s) for word in found.words] == [(11.2, 12.0), (20.0, 20.8), (20.0, 21.5)]


def test_pieces_without_word_times():
    found = segment(WINDOW, Recognition(language="en", text="a b", pieces=((0.0, 1.0, "a"), (2.5, 9.0, "b"))))
    assert [(part.start_s, part.end_s, part.text, part.words) for part in found] == [
        (10.0, 11.0, "a", ()),
        (20.5, 23.0, "b", ()),
    ]


def test_nothing_heard_no_segment():
    assert segment(WINDOW, Recognition(outcome="silence")) == []


@given(st.lists(st.floats(0.0, 5.0), min_size=2, max_size=20))
def test_order_is_kept_and_every_word_is_inside_one_piece(edges):
    edges.sort()
    words = [(str(i), start_s, end_s) for i, (start_s, end_s) in enumerate(itertools.pairwise(edges))]
    (found,) = segment(WINDOW, heard(*words))
    starts = [word.start_s for word in found.words]
    assert starts == sorted(starts)
    for word in found.words:
        assert word.start_s <= word.end_s
        assert any(piece.start_s <= word.start_s and word.end_s <= piece.end_s for piece in WINDOW.pieces)
