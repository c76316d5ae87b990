"""What cues tell: quotes from the right person, and None where the call does not tell."""

from __future__ import annotations

import pytest

from engine.analysis.conversation import Conversation, read
from engine.analysis.findings import actions, follow_ups, notes, reason_for_contact, resolution
from engine.analysis.lexicon import load_lexicon
from engine.types import AnalysisNotes, RedactedTranscript
from tests.analysis.conftest import said


def conversation(transcript: RedactedTranscript) -> Conversation:
    return read(transcript, load_lexicon(transcript.language.code))


@pytest.mark.parametrize(
    ("agent", "action"),
    [
        ("I have cancelled the order.", True),
        ("I will send you the form.", True),
        ("We're going to refund it.", True),
        ("Let me reset the password for you.", True),
        ("Your address has been updated.", True),
        ("I will not send it.", False),
        ("I can not refund it.", False),
        ("Shall I send it?", False),
        ("Will I send it by post?", False),
        ("I will be honest.", False),
        ("We will call you back by Friday.", False),  # a follow-up
    ],
)
def test_actions_are_what_the_agent_does_or_promises(agent: str, action: bool) -> None:
    assert actions(conversation(said(agent))) == ((agent,) if action else ())
    assert actions(conversation(said("Yes?", agent))) == ()  # said by the customer


@pytest.mark.parametrize(
    ("agent", "follow_up"),
    [
        ("We will call you back by Friday.", True),
        ("You will receive a letter.", True),
        ("A technician will visit you.", True),
        ("Please call us when it arrives.", True),
        ("Your appointment is on [DATE_1].", True),
        ("You will not receive a letter.", False),
        ("Did you call back?", False),
        ("I have sent it.", False),
    ],
)
def test_follow_ups_are_what_happens_after_the_call(agent: str, follow_up: bool) -> None:
    assert follow_ups(conversation(said(agent))) == ((agent,) if follow_up else ())


def test_what_the_customer_promises_is_a_follow_up() -> None:
    assert follow_ups(conversation(said("Okay.", "I will send you the contract."))) == (
        "I will send you the contract.",
    )


def test_quotes_do_not_repeat_and_are_limited() -> None:
    twice = conversation(said("I will send it.", "Okay.", "I will send it."))
    assert actions(twice) == ("I will send it.",)
    many = conversation(said(*[text for i in range(20) for text in (f"I will send form {i}.", "Okay.")]))
    assert len(actions(many)) == 6


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


def test_the_resolution_is_the_promise_that_says_most() -> None:
    call = conversation(said("I will refund the second charge on your card.", "Okay.", "I will send it.", "Bye."))
    assert [sentence.text for sentence in resolution(call)] == ["I will refund the second charge on your card."]
    assert resolution(conversation(said("Hello.", "I will send it."))) == ()


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
    assert getattr(notes(conversation(said(*turns)), None), note) == value


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
    assert getattr(notes(conversation(said(*turns)), None), note) is None


def test_a_call_that_tells_nothing_has_no_notes() -> None:
    assert notes(conversation(said("Hello.", "Hello.")), None) == AnalysisNotes()
    assert notes(conversation(said()), None) == AnalysisNotes()
