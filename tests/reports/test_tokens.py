from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.reports.tokens import tokenize
from engine.result_types import CallResult, ResultUtterance
from engine.types import Redaction, Word


def said(text: str, *words: str) -> ResultUtterance:
    timed = tuple(Word(word, float(number), number + 0.5, 0.9) for number, word in enumerate(words))
    return ResultUtterance(0, "S1", "agent", 0.0, 60.0, text, None, timed)


def redaction(text: str, marker: str) -> Redaction:
    start = text.index(marker)
    return Redaction("person_name", marker, 0, start, start + len(marker), 1.0, 1.5, 0.9)


def shapes(utterance: ResultUtterance, *redactions: Redaction) -> list[tuple[str, float | None, bool]]:
    """Each token's text, start, and whether it is a marker."""
    tokens = tokenize(utterance, redactions)
    return [(each.text, each.word.start_s if each.word else None, each.redaction is not None) for each in tokens]


def test_words_and_the_space_between() -> None:
    assert shapes(said("Hello, my  friend", "Hello,", "my", "friend")) == [
        ("Hello,", 0.0, False), (" ", None, False), ("my", 1.0, False), ("  ", None, False), ("friend", 2.0, False),
    ]  # fmt: skip


def test_a_language_without_spaces() -> None:
    assert shapes(said("返金を希望", "返金", "を", "希望")) == [
        ("返金", 0.0, False), ("を", 1.0, False), ("希望", 2.0, False),
    ]  # fmt: skip


def test_a_marker_takes_the_time_of_its_word_and_leaves_the_punctuation() -> None:
    text = "I am ([PERSON_NAME_1]), hello"
    assert shapes(said(text, "I", "am", "([PERSON_NAME_1]),", "hello"), redaction(text, "[PERSON_NAME_1]")) == [
        ("I", 0.0, False), (" ", None, False), ("am", 1.0, False), (" (", None, False),
        ("[PERSON_NAME_1]", 2.0, True), ("), ", None, False), ("hello", 3.0, False),
    ]  # fmt: skip


def test_a_chat_has_markers_without_times() -> None:
    text = "I am [PERSON_NAME_1]"
    assert shapes(said(text), redaction(text, "[PERSON_NAME_1]")) == [
        ("I am ", None, False), ("[PERSON_NAME_1]", None, True),
    ]  # fmt: skip


def test_one_odd_word_does_not_lose_the_rest() -> None:
    assert shapes(said("one two three", "one", "TWO", "three"))[-1] == ("three", 2.0, False)


def test_a_redaction_that_does_not_fit_the_text_is_not_drawn() -> None:
    wrong = Redaction("person_name", "[PERSON_NAME_1]", 0, 2, 17, None, None, 0.9)
    assert shapes(said("I am [PERSON_NAME_1]"), wrong) == [("I am [PERSON_NAME_1]", None, False)]


WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
OFFSETS = st.integers(-3, 60)


@given(
    text=st.lists(WORDS, max_size=8).map(" ".join),
    words=st.lists(WORDS, max_size=10),
    cuts=st.lists(st.tuples(OFFSETS, OFFSETS)),
)
def test_the_tokens_are_the_text(text: str, words: list[str], cuts: list[tuple[int, int]]) -> None:
    redactions = [Redaction("url", text[a:b] or "x", 0, a, b, None, None, 0.5) for a, b in cuts if a >= 0]
    tokens = tokenize(said(text, *words), redactions)
    assert "".join(token.text for token in tokens) == text
    assert all(token.text for token in tokens)
    starts = [token.word.start_s for token in tokens if token.word and not token.redaction]
    assert starts == sorted(starts)


def test_every_word_of_the_sample_is_placed(call: CallResult) -> None:
    for utterance in call.utterances:
        own = [each for each in call.redactions if each.utterance == utterance.index]
        tokens = tokenize(utterance, own)
        assert sum(token.word is not None for token in tokens) == len(utterance.words)
        assert [token.redaction for token in tokens if token.redaction] == own
