"""Topics: what a call says more than everyday language does, spelled as it says it."""

from __future__ import annotations

import pytest

from engine.analysis.conversation import read
from engine.analysis.keyness import products, topics
from engine.analysis.lexicon import load_lexicon
from engine.types import Language, RedactedTranscript, RedactedUtterance
from tests.analysis.conftest import said


def found(transcript: RedactedTranscript) -> tuple[str, ...]:
    return tuple(subject.topic for subject in topics(read(transcript, load_lexicon(transcript.language.code))))


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("The router is here. The router is there.", "router"),
        ("My invoices are wrong.", "invoices"),
        ("I lost my credit card.", "credit card"),
        ("The thermostat, yes, the thermostat.", "thermostat"),
        ("A pay slip and a pay slip.", "pay slip"),
    ],
)
def test_a_topic(text: str, topic: str) -> None:
    assert topic in found(said(text))


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for calling, how can I help you today? Thank you for calling.",
        "One two three, four five six. One two three.",
        "[PERSON_NAME_1] and [PERSON_NAME_1], [ACCOUNT_NUMBER_1].",
        "It was terrible, terrible, really terrible.",
        "The zebra.",  # once is chance
        "Monday, Tuesday. Monday.",
        "",
    ],
)
def test_no_topic(text: str) -> None:
    assert found(said(text)) == ()


def test_the_most_telling_topic_comes_first_and_there_are_at_most_six() -> None:
    text = "Invoice refund router contract delivery warranty modem, invoice. Invoice."
    assert found(said(text))[0] == "invoice"
    assert len(found(said(text))) == 6


def test_a_pair_takes_the_place_of_its_words() -> None:
    assert found(said("The credit card. My credit card. A credit card.")) == ("credit card",)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fr", "Ma facture, oui, la facture.", ("facture",)),
        ("nl", "Mijn factuur, ja, de factuur is er niet, niet echt, nee.", ("factuur",)),
        ("ja", "料金が高い。料金が。", ()),  # no word borders to go by
    ],
)
def test_other_languages(language: str, text: str, expected: tuple[str, ...]) -> None:
    utterances = (RedactedUtterance(0, "A", "agent", None, None, text),)
    assert found(RedactedTranscript(Language(language, 1.0), (), utterances)) == expected


def test_products_by_how_often_they_are_named() -> None:
    transcript = said("My card, the router, my cards and an invoice. The modem. A router and a card.")
    assert products(read(transcript, load_lexicon("en"))) == ("card", "router")


def test_where_a_topic_is_talked_about() -> None:
    """A stretch runs over a question between, and ends where the talk is about something else for long."""
    turns = ["The invoice is wrong.", "Oh?", "The invoice.", *["I see."] * 3, "And the invoices of May."]
    transcript = said(*turns)
    (invoice,) = topics(read(transcript, load_lexicon("en")))
    assert (invoice.topic, invoice.spans) == ("invoice", ((0, 2), (6, 6)))
