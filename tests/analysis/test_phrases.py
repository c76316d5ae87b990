"""Phrases in noisy text: what is found, and what must not be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.lexicon import load_lexicon
from engine.analysis.phrases import negated
from engine.analysis.tokens import Tokenizer

LEXICON = load_lexicon("en")
TOKENIZER = Tokenizer(LEXICON.inflection)


def found(phrase: str, text: str) -> bool:
    return any(LEXICON.phrases([("key", phrase)]).find(TOKENIZER.tokens(text)))


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("thank you for calling", "THANK YOU, for calling!"),
        ("thank you for calling", "thank you so for calling"),  # one word more
        ("thank you for calling", "thank you calling today"),  # a weak word less
        ("anything else", "is there anything else i can do"),
        ("I apologise", "we and i apologize for that"),
        ("call * back", "I will call you right back"),
        ("call * back", "call back"),
        ("I/we will * send/email", "We'll gladly email it"),
        ("this is [PERSON_NAME]", "Hello, this is [PERSON_NAME_3]."),
        ("by [DATE]", "you get it by [DATE_1]"),
        ("have a nice day", "have a very nice day"),
        ("hello", "hello"),
        ("not working", "it is not working"),
        ("do not worry", "don't worry"),
    ],
)
def test_a_phrase_is_found(phrase: str, text: str) -> None:
    assert found(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("thank you for calling", "thank you for"),
        ("thank you for calling", "calling for you thank"),
        ("anything else", "anything or somebody else"),  # two words take no other between them
        ("I can offer", "I can not offer anything"),
        ("I will * send", "I will not send it"),
        ("call * back", "call me then whenever you like back"),
        ("this is [PERSON_NAME]", "this is [ORGANIZATION_1]"),
        ("let me * check", "let me"),
        ("hello", ""),
        ("let me", "letter me"),
    ],
)
def test_a_phrase_is_not_found(phrase: str, text: str) -> None:
    assert not found(phrase, text)


@pytest.mark.parametrize("phrase", ["", " ", "*", "* *", "/", "...", "a/"])
def test_an_odd_phrase_does_no_harm(phrase: str) -> None:
    assert not found(phrase, "hello there")


def test_every_place_is_found() -> None:
    phrases = LEXICON.phrases([("sorry", "I am sorry"), ("bye", "bye")])
    matches = list(phrases.find(TOKENIZER.tokens("I am sorry, bye, I am so sorry")))
    assert [(match.key, match.start, match.stop) for match in matches] == [
        ("sorry", 0, 3),
        ("bye", 3, 4),
        ("sorry", 4, 8),
    ]


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("I do not really want it", 4, True),
        ("I do not, I want it", 4, False),  # another clause
        ("not one two three four", 4, False),  # too far
        ("want it not", 0, False),
    ],
)
def test_a_negator_reaches_a_few_words_within_its_clause(text: str, position: int, expected: bool) -> None:
    assert negated(TOKENIZER.tokens(text), position, LEXICON.negators) is expected


WORDS = st.lists(st.sampled_from("thank you for calling a not i will send".split()), max_size=12).map(" ".join)


@given(st.text(alphabet="ab/* .[]'", max_size=20), WORDS)
def test_any_phrase_and_any_text_give_matches_inside_the_text(phrase: str, text: str) -> None:
    tokens = TOKENIZER.tokens(text)
    for match in LEXICON.phrases([("key", phrase), ("other", text)]).find(tokens):
        assert 0 <= match.start < match.stop <= len(tokens)


@given(WORDS.filter(bool))
def test_a_text_holds_itself_as_a_phrase(text: str) -> None:
    matches = LEXICON.phrases([("key", text)]).find(TOKENIZER.tokens(text))
    assert any(match.start == 0 and match.stop == len(TOKENIZER.tokens(text)) for match in matches)
