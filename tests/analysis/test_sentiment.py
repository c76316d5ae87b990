"""Sentiment of sentences and of calls, and the scores that rest on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.conversation import read
from engine.analysis.lexicon import load_lexicon
from engine.analysis.sentiment import (
    TELLING,
    balance,
    call_scores,
    call_sentiment,
    customer_scores,
    emotional_dynamics,
    utterance_scores,
    utterance_sentiments,
)
from engine.analysis_types import Scores
from engine.types import Language, RedactedTranscript, RedactedUtterance
from tests.analysis.conftest import said


def in_language(code: str, text: str) -> RedactedTranscript:
    return RedactedTranscript(Language(code, 1.0), (), (RedactedUtterance(0, "S1", "customer", None, None, text),))


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("Thank you, that was very helpful.", "positive"),
        ("I am very happy with the service.", "positive"),
        ("Great, that works now.", "positive"),
        ("that was excellent thanks a lot", "positive"),
        ("The technician was friendly and fixed it quickly.", "positive"),
        ("This is terrible.", "negative"),
        ("I have been waiting for three weeks and nobody called me back.", "negative"),
        ("We were charged twice for the same order.", "negative"),
        ("i am frustated with your servise", "negative"),  # misheard
        ("The driver was rude and the package was broken.", "negative"),
        # negation
        ("I am not happy with this at all.", "negative"),
        ("It was not very helpful.", "negative"),
        ("That is not bad.", "positive"),
        ("There is no problem.", "positive"),
        ("I never had any problems with you before.", "neutral"),
        # neither here nor there
        ("I am calling about my invoice.", "neutral"),
        ("I would like to cancel my subscription.", "neutral"),
        ("Good morning, how can I help you today?", "neutral"),
        ("Have a nice day.", "neutral"),
        ("Thank you.", "neutral"),
        ("Is there a problem with my card?", "neutral"),
        ("I am sorry to hear that.", "neutral"),
        ("It is a bit slow.", "neutral"),
        ("[PERSON_NAME_1]", "neutral"),
        ("...", "neutral"),
        ("", "neutral"),
    ],
)
def test_english(text: str, sentiment: str) -> None:
    assert utterance_sentiments(in_language("en", text)) == (sentiment,)


@pytest.mark.parametrize(
    ("language", "text", "sentiment"),
    [
        ("fr", "C'est inacceptable, ça ne marche pas.", "negative"),
        ("fr", "Je suis très satisfaite.", "positive"),
        ("fr", "Je ne suis pas satisfait.", "negative"),
        ("fr", "Bonjour, merci de votre appel.", "neutral"),
        ("es", "Es un servicio pésimo.", "negative"),
        ("es", "No estoy contenta.", "negative"),
        ("es", "Perfecto, muy amable.", "positive"),
        ("es", "Buenos días.", "neutral"),
        ("de", "Das ist eine Frechheit.", "negative"),
        ("de", "Ich bin nicht zufrieden.", "negative"),
        ("de", "Das war sehr hilfreich.", "positive"),
        ("de", "Guten Tag, mein Name ist [PERSON_NAME_1].", "neutral"),
        ("it", "È una vergogna.", "negative"),
        ("it", "Non sono soddisfatto.", "negative"),
        ("it", "Perfetto, gentilissimo.", "positive"),
        ("pt", "Isso é um absurdo.", "negative"),
        ("pt", "Não estou satisfeita.", "negative"),
        ("pt", "Ótimo, resolvido.", "positive"),
        ("nl", "Dit is verschrikkelijk.", None),  # no lexicon: no opinion
        ("ja", "ひどいサービスです。", None),
    ],
)
def test_other_languages(language: str, text: str, sentiment: str | None) -> None:
    assert utterance_sentiments(in_language(language, text)) == (sentiment,)


def test_one_sentiment_an_utterance_in_order() -> None:
    transcript = said("Hello.", "This is terrible. I am very angry.", "", "Great, that works now, perfect.")
    assert utterance_sentiments(transcript) == ("neutral", "negative", "neutral", "positive")


@pytest.mark.parametrize(
    ("scores", "sentiment"),
    [
        ([], "neutral"),
        ([0.0, 0.1, -0.2], "neutral"),
        ([-1.0], "negative"),
        ([0.8, 0.0, 0.9], "positive"),
        ([-0.6, 0.0, 0.0, 1.5], "positive"),  # the end weighs most
        ([1.5, 0.0, 0.0, -1.5], "neutral"),
        ([-0.4] + [0.0] * 200, "neutral"),  # one mild word in a long call
    ],
)
def test_the_sentiment_of_a_call(scores: list[float], sentiment: str) -> None:
    assert call_sentiment(scores) == sentiment


@pytest.mark.parametrize(
    ("scores", "dynamics"),
    [
        ([0.0, 0.0], None),
        ([-1.0, 0.0, 1.0], "from negative to positive"),
        ([1.0, -1.0], "from positive to negative"),
        ([-1.0, -1.0], "negative throughout"),
        ([0.0, 1.0], "positive throughout"),
    ],
)
def test_emotional_dynamics(scores: list[float], dynamics: str | None) -> None:
    assert emotional_dynamics(scores, load_lexicon("en")) == dynamics


@given(st.lists(st.floats(-10, 10), max_size=50))
def test_the_balance_is_bounded_and_turns_with_the_signs(scores: list[float]) -> None:
    positive = balance(scores)
    negative = balance([-score for score in scores])
    if positive is None or negative is None:
        assert all(abs(score) < TELLING for score in scores)
    else:
        assert -1.0 <= positive <= 1.0
        assert positive == pytest.approx(-negative)


def scored(transcript: RedactedTranscript) -> Scores:
    conversation = read(transcript, load_lexicon(transcript.language.code))
    return call_scores(conversation, customer_scores(conversation, utterance_scores(conversation)))


def test_scores_follow_customer_and_agent() -> None:
    kind = scored(said("I am so sorry to hear that, please let me help.", "I am angry.", "Of course.", "Perfect."))
    rude = scored(said("That is not my problem.", "This is terrible, I am angry.", "Calm down.", "Ridiculous!"))
    assert kind.csat is not None and rude.csat is not None and kind.csat > 5 > rude.csat >= 0
    assert kind.politeness is not None and kind.politeness > 0.8
    assert rude.politeness == 0.0
    assert kind.empathy == 1.0
    assert rude.empathy == 0.0


def test_what_a_call_does_not_tell_has_no_score() -> None:
    assert scored(said()) == Scores(None, None, None)
    plain = scored(said("Which card?", "The blue one."))
    assert (plain.csat, plain.empathy) == (None, None)


def test_only_the_customer_makes_the_mood() -> None:
    assert scored(said("This is terrible.", "I see.")).csat is None


@pytest.mark.parametrize(
    ("agent", "score"),
    [
        ("It was my pleasure.", 7.5),
        ("With pleasure. I am happy to help. My pleasure.", 10.0),
        ("That is not my problem.", 2.5),
        ("Calm down. Shut up. Not my fault.", 0.0),
        ("The form is here.", None),
    ],
)
def test_how_content_the_operator_is(agent: str, score: float | None) -> None:
    assert scored(said(agent, "Okay.")).operator_satisfaction == score
    assert scored(said("Yes?", agent)).operator_satisfaction is None
