"""Risks, signs of a sale, intents and the stage of a sale: from the customer's words, unless taken back."""

from __future__ import annotations

import pytest

from engine.analysis.conversation import Conversation, read
from engine.analysis.lexicon import load_lexicon
from engine.analysis.signals import funnel_stage, intents, risks, sales
from engine.types import Language, RedactedTranscript
from tests.analysis.conftest import said


def customer(*texts: str, language: str = "en") -> Conversation:
    """A call in which the agent says nothing of note, utterance 0, 2, … and the customer this."""
    turns = said(*[turn for text in texts for turn in ("[PERSON_NAME_1]", text)]).utterances
    return read(RedactedTranscript(Language(language, 1.0), (), turns), load_lexicon(language))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("I want to cancel my contract.", ["churn"]),
        ("I will switch to another provider.", ["churn"]),
        ("Let me speak to your manager.", ["complaint"]),
        ("You will hear from my lawyer.", ["legal"]),
        ("I did not authorize this payment, it is fraud.", ["fraud"]),
        ("You charged me twice, I want my money back.", ["payment"]),
        ("I will post it on social media.", ["reputation"]),
        ("My brother was taken to hospital.", ["safety"]),
        ("Who has access to my personal data?", ["data_protection"]),
        ("I do not want to cancel my contract.", []),
        ("I will not sue you.", []),
        ("Thank you, that is all.", []),
    ],
)
def test_a_risk(text: str, kinds: list[str]) -> None:
    assert [risk.kind for risk in risks(customer(text))] == kinds


def test_a_risk_is_told_once_with_all_its_evidence() -> None:
    (risk,) = risks(customer("I will call my lawyer.", "Yes.", "My lawyer says so."))
    assert (risk.text, risk.evidence) == ("I will call my lawyer.", (1, 5))


def test_what_the_agent_says_is_no_risk_and_no_sale() -> None:
    call = read(
        said("Do you want to cancel your contract? Are you interested in an upgrade?", "No."), load_lexicon("en")
    )
    assert risks(call) == sales(call) == ()


@pytest.mark.parametrize(
    ("language", "text", "kind"),
    [
        ("fr", "Je vais résilier mon contrat.", "churn"),
        ("es", "Voy a llamar a mi abogado.", "legal"),
        ("de", "Ich werde kündigen.", "churn"),
        ("it", "È una truffa.", "fraud"),
        ("pt", "Quero falar com o gerente.", "complaint"),
    ],
)
def test_risks_in_other_languages(language: str, text: str, kind: str) -> None:
    assert [risk.kind for risk in risks(customer(text, language=language))] == [kind]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("I am interested in your offer.", ["interest"]),
        ("How much does it cost?", ["price_question"]),
        ("I want a faster plan.", ["upgrade"]),
        ("What is the difference between them?", ["comparison"]),
        ("That is too expensive.", ["objection"]),
        ("I will take it.", ["commitment"]),
        ("I am not interested in it.", ["objection"]),
        ("My router is broken.", []),
    ],
)
def test_a_sign_of_a_sale(text: str, kinds: list[str]) -> None:
    assert [sale.kind for sale in sales(customer(text))] == kinds


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (("I want to cancel my contract.",), ("cancellation",)),
        (("I am calling about my invoice.",), ("billing",)),
        (("My internet is not working.",), ("technical_support",)),
        (("I would like to book an appointment.",), ("purchase", "appointment")),
        (("I am calling about my bill.", "And the parcel."), ("billing",)),  # what is asked for, not what is mentioned
        (("The parcel.", "The parcel and the bill."), ("delivery",)),
        (("Hello.",), ()),
    ],
)
def test_intents(texts: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    assert intents(customer(*texts)) == wanted


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("I saw your advert.", "awareness"),
        ("How much is it?", "consideration"),
        ("I will take it.", "purchase"),
        ("I want to cancel my contract.", "retention"),
        ("Hello.", None),
    ],
)
def test_the_stage_of_a_sale(text: str, stage: str | None) -> None:
    assert funnel_stage(customer(text)) == stage


def test_a_language_without_a_lexicon_has_no_signs() -> None:
    call = customer("I want to cancel my contract and call my lawyer.", language="nl")
    assert (risks(call), sales(call), intents(call), funnel_stage(call)) == ((), (), (), None)
