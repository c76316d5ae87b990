"""What cues tell: reason, remedy and notes, from the right person, and None where the call does not tell."""

from __future__ import annotations

import pytest

from engine.analysis.action_items import action_items
from engine.analysis.conversation import Conversation, read
from engine.analysis.findings import actionable_phrases, notes, reason_for_contact, remedy
from engine.analysis.lexicon import load_lexicon
from engine.analysis.signals import risks, sales
from engine.analysis_types import AnalysisNotes
from engine.types import RedactedTranscript
from tests.analysis.conftest import said


def conversation(transcript: RedactedTranscript) -> Conversation:
    return read(transcript, load_lexicon(transcript.language.code))


def noted(*turns: str) -> AnalysisNotes:
    call = conversation(said(*turns))
    return notes(call, None, action_items(call), risks(call), sales(call))


@pytest.mark.parametrize(
    ("customer", "reason"),
    [
        ("Hello. I am calling about my invoice.", "I am calling about my invoice."),
        ("My name is [PERSON_NAME_1]. I lost my card.", "I lost my card."),
        ("Hi. The new modem arrived without any cables.", "The new modem arrived without any cables."),
        ("Hello.", None),
        ("Yes.", None),
    ],
)
def test_the_reason_for_contact(customer: str, reason: str | None) -> None:
    found = reason_for_contact(conversation(said("How can I help?", customer)))
    assert (found[0].text if found else None) == reason


def test_a_reason_that_says_little_takes_the_next_sentence_along() -> None:
    found = reason_for_contact(conversation(said("Yes?", "I am calling about my bill. You charged me twice.")))
    assert [sentence.text for sentence in found] == ["I am calling about my bill.", "You charged me twice."]


def test_the_agent_gives_no_reason_for_contact() -> None:
    assert reason_for_contact(conversation(said("I am calling about your invoice."))) == ()


def test_the_remedy_is_the_promise_that_says_most() -> None:
    call = conversation(said("I will refund the second charge on your card.", "Okay.", "I will send it.", "Bye."))
    assert [sentence.text for sentence in remedy(call)] == ["I will refund the second charge on your card."]
    assert remedy(conversation(said("Hello.", "I will send it."))) == ()


@pytest.mark.parametrize(
    ("note", "turns", "value"),
    [
        ("intention", ("Yes?", "I would like to move my appointment."), "I would like to move my appointment."),
        ("key_obstacles", ("Yes?", "The router is not working."), "The router is not working."),
        ("root_cause", ("There was an outage in your area.", "Oh."), "There was an outage in your area."),
        ("risk_signals", ("Yes?", "I will call my lawyer."), "I will call my lawyer."),
        ("operator_commitments", ("I will fix it.", "Fine."), "I will fix it."),
        ("next_action", ("We will call you back.", "Fine."), "We will call you back."),
        ("next_action", ("I will fix it.", "Fine."), "I will fix it."),
        ("product_or_service", ("Yes?", "My card, my card and the modem."), "card, modem"),
        ("sales_signals", ("Yes?", "How much does the faster plan cost?"), "How much does the faster plan cost?"),
        ("decision_driver", ("Yes?", "I will take it because it is cheaper."), "I will take it because it is cheaper."),
        ("funnel_stage", ("Yes?", "I want to cancel my contract."), "retention"),
        ("funnel_stage", ("Yes?", "How much is it?"), "consideration"),
        ("funnel_stage", ("Yes?", "I will take it."), "purchase"),
    ],
)
def test_a_note(note: str, turns: tuple[str, ...], value: str) -> None:
    assert getattr(noted(*turns), note) == value


@pytest.mark.parametrize(
    ("note", "turns"),
    [
        ("risk_signals", ("I will call my lawyer.", "Hm.")),  # the agent's
        ("risk_signals", ("Yes?", "I do not want to cancel my contract.")),
        ("operator_commitments", ("Yes?", "I will fix it.")),  # the customer's
        ("operator_commitments", ("I will not fix it.", "Hm.")),
        ("key_obstacles", ("Yes?", "The router is working.")),
        ("funnel_stage", ("Yes?", "Hello.")),
    ],
)
def test_no_note(note: str, turns: tuple[str, ...]) -> None:
    assert getattr(noted(*turns), note) is None


def test_a_call_that_tells_nothing_has_no_notes() -> None:
    assert noted("Hello.", "Hello.") == AnalysisNotes()
    assert noted() == AnalysisNotes()


@pytest.mark.parametrize(
    ("customer", "actionable"),
    [
        ("I would like to change my address.", True),
        ("My internet is not working.", True),
        ("I will call my lawyer.", True),
        ("This is urgent.", True),
        ("I do not want to cancel.", False),
        ("Okay, thank you.", False),
    ],
)
def test_what_the_customer_says_that_somebody_should_act_on(customer: str, actionable: bool) -> None:
    found = actionable_phrases(conversation(said("Yes?", customer)))
    assert [(remark.text, remark.evidence) for remark in found] == ([(customer, (1,))] if actionable else [])
    assert actionable_phrases(conversation(said(customer))) == ()  # said by the agent
