"""How calls end, and how soon somebody should act on them."""

from __future__ import annotations

import pytest

from engine.analysis.conversation import read
from engine.analysis.lexicon import load_lexicon
from engine.analysis.outcome import priority, resolution
from engine.analysis.sentiment import call_sentiment, customer_scores, utterance_scores
from engine.analysis.signals import risks
from engine.types import Language, RedactedTranscript
from tests.analysis.conftest import said


def outcome(*turns: str, language: str = "en") -> tuple[str | None, str | None]:
    """Resolution and priority."""
    call = read(RedactedTranscript(Language(language, 1.0), (), said(*turns).utterances), load_lexicon(language))
    scores = utterance_scores(call)
    settled = resolution(call, scores)
    return settled, priority(call, call_sentiment(customer_scores(call, scores)), settled, risks(call))


@pytest.mark.parametrize(
    ("turns", "settled"),
    [
        (("I have reset the password.", "Okay."), "resolved"),
        (("I have reset the password.", "This is still terrible, I am angry."), "partly_resolved"),
        (("I have reset the password.", "Okay, I will call my lawyer."), "partly_resolved"),
        (("I will send it.", "Okay."), "partly_resolved"),
        (("I will send it.", "Great, that is perfect."), "resolved"),
        (("I will ask, but we can not refund it.", "That is terrible."), "unresolved"),
        (("Unfortunately we can not do it.", "Okay."), "unresolved"),
        (("Try this.", "It works now."), "resolved"),
        (("Hello.", "Hello."), None),
        (("Shall I send it?", "No."), None),
        ((), None),
    ],
)
def test_resolution(turns: tuple[str, ...], settled: str | None) -> None:
    assert outcome(*turns)[0] == settled


@pytest.mark.parametrize(
    ("turns", "urgency"),
    [
        (("I will look into it.", "My card was stolen, this is fraud."), "urgent"),
        (("Yes?", "My card was stolen.", "I have blocked the card.", "Okay."), "high"),
        (("Unfortunately we can not come, it is not possible.", "It is an emergency."), "urgent"),
        (("I have sent it.", "It is urgent."), "normal"),
        (("I see.", "I want to cancel my contract."), "high"),
        (("We can not do it.", "That is terrible."), "high"),
        (("I have sent it.", "Great, thank you, perfect."), "low"),
        (("Hello.", "Hello."), "normal"),
        ((), None),
    ],
)
def test_priority(turns: tuple[str, ...], urgency: str | None) -> None:
    assert outcome(*turns)[1] == urgency


def test_a_language_without_a_lexicon_is_not_judged() -> None:
    assert outcome("I have sent it.", "My card was stolen.", language="nl") == (None, None)
