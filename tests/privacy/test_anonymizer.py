from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.privacy.anonymizer import Markers, redact_utterance, spoken_text
from engine.privacy.hits import Hit, resolve
from engine.types import RedactedUtterance, Redaction, Utterance, Word


def utterance(text: str, words: list[str] | None = None, index: int = 3) -> Utterance:
    """An utterance whose words last half a second each, from second 10 on."""
    spoken = text.split() if words is None else words
    timed = tuple(Word(word, 10 + i / 2, 10.4 + i / 2, 0.9 - i / 100) for i, word in enumerate(spoken))
    return Utterance(index, "A", "customer", 9.5, 30.0, text, timed)


def redact(spoken: Utterance, *said: tuple[str, str]) -> tuple[RedactedUtterance, list[Redaction]]:
    text = spoken_text(spoken)
    hits = [Hit(entity, text.index(part), text.index(part) + len(part), 0.8, part) for entity, part in said]
    return redact_utterance(spoken, text, hits, Markers([text]))


def test_words_are_redacted_whole_with_their_times_and_punctuation_stays() -> None:
    spoken = utterance("I am (John Smith), call 415-555!")
    redacted, redactions = redact(spoken, ("person_name", "John Smith"), ("phone_number", "415"))
    assert redacted.text == "I am ([PERSON_NAME_1]), call [PHONE_NUMBER_1]!"
    assert [word.text for word in redacted.words] == ["I", "am", "([PERSON_NAME_1]),", "call", "[PHONE_NUMBER_1]!"]
    assert [(one.start_s, one.end_s) for one in redactions] == [(11.0, 11.9), (12.5, 12.9)]
    assert redacted.words[2].probability == pytest.approx(0.87)
    assert all(redacted.text[one.start_char : one.end_char] == one.marker for one in redactions)
    assert {one.utterance for one in redactions} == {3}


def test_two_hits_in_one_word_are_one() -> None:
    redacted, redactions = redact(utterance("ask John/Mary now"), ("person_name", "John"), ("person_name", "Mary"))
    assert redacted.text == "ask [PERSON_NAME_1] now"
    assert len(redactions) == 1


def test_a_chat_goes_by_characters_and_has_no_times() -> None:
    chat = Utterance(0, "A", "agent", None, None, "id:4421,ok", ())
    redacted, redactions = redact(chat, ("password", "4421"))
    assert redacted.text == "id:[PASSWORD_1],ok"
    assert (redactions[0].start_s, redactions[0].end_s) == (None, None)


def test_without_word_times_the_whole_utterance_is_silenced() -> None:
    _, redactions = redact(utterance("my pin is 4421", words=[]), ("password", "4421"))
    assert (redactions[0].start_s, redactions[0].end_s) == (9.5, 30.0)


def test_scripts_without_spaces_keep_their_words_tight() -> None:
    spoken = utterance("番号は0312です", words=["番号", "は", "0312", "です"])
    redacted, _ = redact(spoken, ("phone_number", "0312"))
    assert redacted.text == "番号は[PHONE_NUMBER_1]です"
    assert [word.text for word in redacted.words] == ["番号", "は", "[PHONE_NUMBER_1]", "です"]


@pytest.mark.parametrize("text", ["something else", "my pin is", "my pin is 4421 really"])
def test_words_are_the_truth_where_the_text_differs(text: str) -> None:
    spoken = utterance(text, words=["my", "pin", "is", "4421"])
    redacted, _ = redact(spoken, ("password", "4421"))
    assert redacted.text == "my pin is [PASSWORD_1]"


def test_the_same_value_keeps_its_number_and_given_numbers_are_not_given_again() -> None:
    markers = Markers(["hello [PERSON_NAME_4]", "[PERSON_NAME_2] [UNKNOWN_9]"])
    assert markers.marker("person_name", "John Smith") == "[PERSON_NAME_5]"
    assert markers.marker("person_name", "JOHN  SMITH,") == "[PERSON_NAME_5]"
    assert markers.marker("person_name", "John") == "[PERSON_NAME_6]"
    assert markers.marker("phone_number", "415 555") == markers.marker("phone_number", "415-555") == "[PHONE_NUMBER_1]"


@st.composite
def found(draw: st.DrawFn) -> tuple[Utterance, list[Hit]]:
    words = draw(st.lists(st.text("ab1.,()'", min_size=1, max_size=6), min_size=1, max_size=10))
    text = " ".join(words)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8, unique=True)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    hits = [Hit("person_name", start, end, 0.5, text[start:end]) for start, end in pairs]
    return utterance(text, words), resolve(text, hits)


@given(found(), st.booleans())
def test_text_words_and_redactions_agree(case: tuple[Utterance, list[Hit]], with_words: bool) -> None:
    spoken, hits = case
    spoken = spoken if with_words else utterance(spoken.text, words=[])
    redacted, redactions = redact_utterance(spoken, spoken.text, hits, Markers([]))
    if with_words:
        assert " ".join(word.text for word in redacted.words) == redacted.text
    spans = [(one.start_char, one.end_char) for one in redactions]
    assert spans == sorted(spans)
    assert all(redacted.text[one.start_char : one.end_char] == one.marker for one in redactions)
    assert bool(redactions) == bool(hits)
    position, kept = 0, ""
    for start, end in spans:
        kept += redacted.text[position:start]
        position = end
    kept += redacted.text[position:]
    outside = {index for index in range(len(spoken.text)) if not any(h.start <= index < h.end for h in hits)}
    assert len(kept) <= len(outside)


def test_who_speaks_at_the_same_time_stays_with_the_words() -> None:
    spoken = utterance("call John Peter Smith now")
    others = [("B",), ("B",), (), ("C", "B"), ()]
    words = [dataclasses.replace(word, others=each) for word, each in zip(spoken.words, others, strict=True)]
    redacted, _ = redact(dataclasses.replace(spoken, words=tuple(words)), ("person_name", "John Peter Smith"))
    assert [(word.text, word.others) for word in redacted.words] == [
        ("call", ("B",)),
        ("[PERSON_NAME_1]", ("B", "C")),
        ("now", ()),
    ]


@given(found(), st.data())
def test_redaction_loses_nobody_who_may_have_spoken(case: tuple[Utterance, list[Hit]], data: st.DataObject) -> None:
    spoken, hits = case
    others = st.lists(st.sampled_from("BCD"), unique=True).map(tuple)
    words = tuple(dataclasses.replace(word, others=data.draw(others)) for word in spoken.words)
    redacted, _ = redact_utterance(dataclasses.replace(spoken, words=words), spoken.text, hits, Markers([]))
    for now in redacted.words:
        before = [word for word in words if now.start_s <= word.start_s and word.end_s <= now.end_s]
        assert set(now.others) == {name for word in before for name in word.others}
        assert len(set(now.others)) == len(now.others)


def test_without_word_times_a_find_is_heard_in_the_whole_utterance() -> None:
    """Audio is then redacted too far rather than too little."""
    spoken = utterance("call 415-555-2671 today", [])
    _, (redaction,) = redact(spoken, ("phone_number", "415-555-2671"))
    assert (redaction.start_s, redaction.end_s) == (spoken.start_s, spoken.end_s)
