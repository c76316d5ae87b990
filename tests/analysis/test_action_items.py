"""Who does what, and when: deeds, promises, and what is to come."""

from __future__ import annotations

import pytest

from engine.analysis.action_items import action_items, texts
from engine.analysis.conversation import read
from engine.analysis.lexicon import load_lexicon
from engine.analysis_types import ActionItem
from engine.types import Language, RedactedTranscript, RedactedUtterance
from tests.analysis.conftest import said


def items(*turns: str, language: str = "en") -> tuple[ActionItem, ...]:
    transcript = said(*turns)
    spoken = RedactedTranscript(Language(language, 1.0), (), transcript.utterances)
    return action_items(read(spoken, load_lexicon(language)))


@pytest.mark.parametrize(
    ("agent", "kinds"),
    [
        ("I have cancelled the order.", ["action"]),
        ("I will send you the form.", ["action"]),
        ("We're going to refund it.", ["action"]),
        ("Let me reset the password for you.", ["action"]),
        ("Your address has been updated.", ["action"]),
        ("I will not send it.", []),
        ("I can not refund it.", []),
        ("Shall I send it?", []),
        ("Will I send it by post?", []),
        ("I will be honest.", []),
        ("We will call you back by Friday.", ["follow_up"]),
        ("You will receive a letter.", ["follow_up"]),
        ("A technician will visit you.", ["follow_up"]),
        ("Please call us when it arrives.", ["follow_up"]),
        ("Your appointment is on [DATE_1].", ["follow_up"]),
        ("Please hold while I check your account.", []),
        ("You will not receive a letter.", []),
        ("Did you call back?", []),
        ("I will ask for a refund and send it, and we will call you back.", ["action", "follow_up"]),
    ],
)
def test_deeds_and_promises_of_the_agent(agent: str, kinds: list[str]) -> None:
    assert [(item.kind, item.text, item.evidence) for item in items(agent)] == [(kind, agent, (0,)) for kind in kinds]
    assert texts(items("Yes?", agent), "action") == ()  # said by the customer


@pytest.mark.parametrize(
    ("turns", "who"),
    [
        (("I will send you the contract.",), "agent"),
        (("Please send us the contract.",), "customer"),
        (("You need to sign the contract.",), "customer"),
        (("Okay.", "I will send you the contract."), "customer"),
    ],
)
def test_who_does_it(turns: tuple[str, ...], who: str) -> None:
    assert [item.who for item in items(*turns)] == [who]


def test_nobody_is_named_where_nobody_is_known() -> None:
    unknown = RedactedUtterance(0, "S1", "unknown", None, None, "I will send it. Please send it back.")
    call = read(RedactedTranscript(Language("en", 1.0), (), (unknown,)), load_lexicon("en"))
    assert [item.who for item in action_items(call)] == ["unknown", "unknown"]


@pytest.mark.parametrize(
    ("text", "language", "due"),
    [
        ("I will send it by Friday.", "en", "by Friday"),
        ("I will send it within 24 hours, I promise.", "en", "within 24 hours"),
        ("You will receive it in three business days.", "en", "in three business days"),
        ("We will call you back tomorrow morning.", "en", "tomorrow morning"),
        ("By [DATE_1] we will send you the letter.", "en", "By [DATE_1]"),
        ("Today I can do nothing, but I will send it next week.", "en", "next week"),
        ("I will send it.", "en", None),
        ("Je vais vous rembourser aujourd'hui.", "fr", "aujourd'hui"),
        ("Recibirá el paquete en tres días.", "es", "en tres días"),
        ("Sie erhalten den Brief innerhalb von drei Tagen.", "de", "innerhalb von drei Tagen"),
        ("Le invio il modulo domani.", "it", "domani"),
        ("Vou enviar o cartão amanhã.", "pt", "amanhã"),
    ],
)
def test_when_in_the_words_of_the_call(text: str, language: str, due: str | None) -> None:
    (item,) = items(text, language=language)
    assert item.due == due


def test_items_do_not_repeat_and_are_limited() -> None:
    assert len(items("I will send it.", "Okay.", "I will send it.")) == 1
    many = items(*[text for i in range(20) for text in (f"I will send form {i}. You will receive it {i}.", "Okay.")])
    assert [sum(item.kind == kind for item in many) for kind in ("action", "follow_up")] == [6, 6]
    assert [item.evidence for item in many] == sorted(item.evidence for item in many)


def test_a_language_without_a_lexicon_has_no_items() -> None:
    assert items("I will send it.", language="nl") == ()
