"""A call as sentences with cues, and quotes that read well."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.conversation import Conversation, read
from engine.analysis.lexicon import load_lexicon
from engine.analysis_types import Role
from engine.types import Language, RedactedTranscript, RedactedUtterance
from tests.analysis.conftest import said

ENGLISH = load_lexicon("en")


def by(*roles: Role) -> Conversation:
    utterances = tuple(RedactedUtterance(i, f"S{i}", role, None, None, f"word {i}.") for i, role in enumerate(roles))
    return read(RedactedTranscript(Language("en", 1.0), (), utterances), ENGLISH)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ("I saw Mr. Smith and Dr. Jones. Yes.", ["I saw Mr. Smith and Dr. Jones.", "Yes."]),
        ("It costs 3.50 at example.com today", ["It costs 3.50 at example.com today"]),
        ("no punctuation at all", ["no punctuation at all"]),
        ("一つ。二つ。", ["一つ。", "二つ。"]),
        ("line one\nline two", ["line one", "line two"]),
        ("Well... okay", ["Well...", "okay"]),
        (" ?! ", []),
        ("", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert [sentence.text for sentence in read(said(text), ENGLISH).sentences] == sentences


@pytest.mark.parametrize(
    ("present", "asked", "found"),
    [
        (("agent", "customer"), "agent", ["S0"]),
        (("agent", "unknown"), "customer", ["S1"]),
        (("unknown", "unknown"), "agent", ["S0", "S1"]),
        (("customer",), "agent", []),
        (("agent", "customer"), "unknown", ["S0", "S1"]),
    ],
)
def test_who_said_it(present: tuple[Role, ...], asked: Role, found: list[str]) -> None:
    assert [sentence.speaker for sentence in by(*present).said_by(asked)] == found


def test_cues_are_found_unless_negated() -> None:
    (risk,) = read(said("I want to cancel my contract"), ENGLISH).sentences
    (no_risk,) = read(said("I do not want to cancel my contract"), ENGLISH).sentences
    assert "risk.churn" in risk.cues
    assert "risk.churn" not in no_risk.cues


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("we will send it", "We will send it."),
        ("Is it here?", "Is it here?"),
        ("ほい。", "ほい。"),
        ("[PERSON_NAME_1] called", "[PERSON_NAME_1] called."),
    ],
)
def test_a_quote_has_a_capital_and_an_end(text: str, quote: str) -> None:
    assert read(said(text), ENGLISH).sentences[0].quote(160) == quote


def test_a_long_quote_starts_about_its_cue() -> None:
    (sentence,) = read(
        said("word " * 100 + "and we will send you the form by tomorrow " + "word " * 100), ENGLISH
    ).sentences
    quote = sentence.quote(60, "commitment")
    assert quote.startswith("We will send you the form")
    assert quote.endswith("…")
    assert len(quote) <= 60


@given(st.text(max_size=300), st.integers(10, 100))
def test_a_quote_keeps_to_its_length(text: str, most: int) -> None:
    transcript = RedactedTranscript(
        Language("en", 1.0), (), (RedactedUtterance(0, "A", "agent", None, None, f"I will send {text}"),)
    )
    for sentence in read(transcript, ENGLISH).sentences:
        assert 0 < len(sentence.quote(most, "commitment")) <= most + 2  # "ß" has two capitals, and the end mark
