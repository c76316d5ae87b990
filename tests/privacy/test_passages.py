from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.privacy.offsets import apply_edits
from engine.privacy.passages import Passage, Turn, parts, passages, plain_breaks
from engine.privacy.spoken import normalize


def turns(*texts: str) -> list[Turn]:
    return [Turn(index, normalize(text, "en")) for index, text in enumerate(texts)]


def only(*texts: str) -> Passage:
    (passage,) = passages(turns(*texts))
    return passage


def said(passage: Passage, part: str) -> list[tuple[int, str, str]]:
    """A find of `part` in the passage as (turn, words there, value)."""
    start = passage.text.index(part)
    by_index = {turn.index: turn.text.source for turn in passage.turns}
    hits = passage.hits("date", start, start + len(part), 0.9)
    return [(index, by_index[index][hit.start : hit.end], hit.value) for index, hit in hits]


def test_a_find_comes_back_to_the_words_of_its_turn() -> None:
    passage = only("what is it", "it is four one five, five", "fine")
    assert said(passage, "415") == [(1, "four one five", "415")]


def test_a_find_over_turns_is_cut_at_the_break_and_keeps_its_value() -> None:
    passage = only("it's four one five", "okay, go ahead.", "five five five please")
    assert passage.text == "it's 415\n555 please"
    assert said(passage, "415\n555") == [(0, "four one five", "415\n555"), (2, "five five five", "415\n555")]


@pytest.mark.parametrize("text", ["yes", "Okay, thank you.", "uh-huh", "mm-hmm, got it, go ahead", "...", ""])
def test_acknowledgements_are_left_out(text: str) -> None:
    assert list(passages(turns(text))) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "oui, d'accord"),
        ("de", "ja, alles klar."),
        ("es", "sí sí, dígame"),
        ("ja", "はい、どうぞ"),
        ("zh", "好的好的，您说"),
        ("ko", "네네, 말씀하세요"),
        ("hi", "जी हाँ, बोलिए"),
        ("ru", "да, слушаю"),
        ("xx", "yes, okay"),
    ],
)
def test_acknowledgements_of_other_languages_are_left_out(language: str, text: str) -> None:
    assert list(passages([Turn(0, normalize(text, language))], language)) == []


@pytest.mark.parametrize(
    ("language", "text"), [("fr", "oui à Paris"), ("ja", "はい、田中です"), ("de", "jagen"), ("zh", "好人")]
)
def test_what_says_more_in_other_languages_stays(language: str, text: str) -> None:
    assert len(list(passages([Turn(0, normalize(text, language))], language))) == 1


@pytest.mark.parametrize("text", ["yes it is Jo", "okay 5", "society", "thanks to John"])
def test_what_says_more_stays(text: str) -> None:
    assert only(text).turns[0].text.source == text


@given(st.lists(st.text("ab 1", min_size=1, max_size=900), max_size=25))
def test_every_turn_is_searched_once_after_the_turns_before_it(texts: list[str]) -> None:
    spoken = [Turn(index, apply_edits(f"x{text}", ())) for index, text in enumerate(texts)]
    searched: list[int] = []
    for passage in passages(spoken):
        for turn, start in zip(passage.turns, passage.starts, strict=True):
            assert passage.text[start : start + len(turn.text.text)] == turn.text.text
            found = list(passage.hits("date", start, start + 1, 0.9))
            assert [index for index, _ in found] == ([turn.index] if start >= passage.body else [])
            searched += [index for index, _ in found]
        indexes = [turn.index for turn in passage.turns]
        assert indexes == list(range(indexes[0], indexes[-1] + 1))
    assert searched == list(range(len(texts)))


@given(st.text("a\r\n\u2028\x0b ", max_size=20))
def test_breaks_of_every_kind_are_one_and_no_character_moves(text: str) -> None:
    plain = plain_breaks(text)
    assert len(plain) == len(text)
    assert set(plain) <= set("a\n ")
    assert [index for index, character in enumerate(plain) if character == "a"] == [
        index for index, character in enumerate(text) if character == "a"
    ]


@given(st.lists(st.text(alphabet="ab .?\n。", max_size=40), max_size=3), st.integers(0, 500))
def test_parts_are_the_turns_whole_and_in_order(texts: list[str], times: int) -> None:
    cut = list(parts([text * times for text in texts]))
    for index, text in enumerate(texts):
        own = [part for part in cut if part.turn == index]
        assert "".join(part.text for part in own) == text * times
        assert [part.start for part in own] == [sum(len(each.text) for each in own[:n]) for n in range(len(own))]
        assert len(own) == 1 or max(len(part.text) for part in own) <= 2000


@pytest.mark.parametrize(("filler", "end"), [("ab cd.\n", "\n"), ("ab cd. ", "."), ("ab cd ", " "), ("ab", "b")])
def test_a_long_turn_is_cut_where_most_is_over(filler: str, end: str) -> None:
    cut = list(parts([filler * 6000]))
    assert len(cut) > 3
    assert {part.text[-1] for part in cut[:-1]} == {end}


def test_what_was_said_long_ago_opens_no_passage() -> None:
    """Four short turns of the passage before, one long one."""
    short, long = "I see what you mean. " * 3, "and then we went on. " * 30
    assert [len(passage.turns) - body for passage, body in _led([short] * 100)] == [0, 4]
    assert [len(passage.turns) - body for passage, body in _led([long] * 10)] == [0, 1]


def _led(texts: list[str]) -> list[tuple[Passage, int]]:
    """The first two passages, each with how many of its turns are its own."""
    found = list(passages(turns(*texts)))[:2]
    return [(each, sum(start >= each.body for start in each.starts)) for each in found]
