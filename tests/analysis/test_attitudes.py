"""Attitudes, courses of feeling, and the tone of a call."""

from __future__ import annotations

import pytest

from engine.analysis.attitudes import speaker_moods, tone
from engine.analysis.conversation import read
from engine.analysis.lexicon import load_lexicon
from engine.analysis.sentiment import call_sentiment, customer_scores, utterance_scores
from engine.analysis_types import SpeakerMood
from engine.types import Language, RedactedTranscript
from tests.analysis.conftest import said

KIND = "Of course, I understand. Thank you."


def moods(*turns: str, language: str = "en") -> tuple[SpeakerMood, ...]:
    call = read(RedactedTranscript(Language(language, 1.0), (), said(*turns).utterances), load_lexicon(language))
    return speaker_moods(call, utterance_scores(call))


def tone_of(*turns: str, language: str = "en") -> str | None:
    call = read(RedactedTranscript(Language(language, 1.0), (), said(*turns).utterances), load_lexicon(language))
    return tone(call, call_sentiment(customer_scores(call, utterance_scores(call))))


@pytest.mark.parametrize(
    ("turns", "agent", "customer"),
    [
        ((KIND, "Great, that was very helpful."), "friendly", "friendly"),
        (("The form is here.", "This is terrible, I am angry."), "neutral", "frustrated"),
        (("Shut up. Not my problem.", "You are an idiot. Shut up. This is terrible."), "hostile", "hostile"),
        (("Calm down.", "I have been waiting, hurry."), "impatient", "frustrated"),
        (("Which one?", "How much longer until then?"), "neutral", "impatient"),
        ((KIND, "Could you send it, please?"), "friendly", "cooperative"),
        (("The form is here.", "The blue one."), "neutral", "neutral"),
    ],
)
def test_attitudes(turns: tuple[str, ...], agent: str, customer: str) -> None:
    assert [(mood.speaker, mood.attitude) for mood in moods(*turns)] == [("S0", agent), ("S1", customer)]


def test_the_course_is_the_sentiment_of_each_utterance() -> None:
    (_, customer) = moods("Yes?", "This is terrible.", "I see.", "Great, that works now.", "Bye.", "Bye.")
    assert customer.course == ((1, "negative"), (3, "positive"), (5, "neutral"))


def test_who_says_nothing_has_no_attitude() -> None:
    assert moods("...", "Hello.")[0] == SpeakerMood("S0", None, ((0, "neutral"),))
    assert moods() == ()


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ((KIND, "Great, that was very helpful."), "warm"),
        ((KIND, "The blue one."), "calm"),
        (("The form is here.", "The blue one."), "neutral"),
        ((KIND, "This is terrible, I am angry."), "tense"),
        (("Shut up.", "This is terrible, I am angry."), "aggressive"),
        ((KIND, "I am worried, I do not know what to do."), "distressed"),
        ((), None),
    ],
)
def test_tones(turns: tuple[str, ...], expected: str | None) -> None:
    assert tone_of(*turns) == expected


def test_a_language_without_a_lexicon_is_not_judged() -> None:
    assert moods("Goedendag.", "Verschrikkelijk.", language="nl") == (SpeakerMood("S0", None), SpeakerMood("S1", None))
    assert tone_of("Goedendag.", "Verschrikkelijk.", language="nl") is None
