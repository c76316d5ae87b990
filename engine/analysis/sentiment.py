"""Sentiment by lexicon: per utterance, of the call, and the scores that rest on it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.analysis.conversation import Conversation, Sentence, read
from engine.analysis.lexicon import Lexicon, load_lexicon
from engine.analysis.phrases import Match, negated
from engine.analysis.tokens import Token
from engine.analysis_types import Scores, Sentiment
from engine.types import RedactedTranscript

# Chosen on hand-written calls: one strong word in a long utterance or one mild word in a short one tells.
TELLING = 0.35
LEAST_WORDS, MOST_WORDS = 6, 25
NEGATION = -0.7
BOOST, DAMPENING, DOUBT = 1.3, 0.6, 0.5
CALL_TELLING = 1 / 3
RESERVE, RESERVE_PER_UTTERANCE = 0.5, 0.1
GLADNESS = 2.5
"""What one glad or annoyed sentence of the agent weighs on the scale from 0 to 10; two are the end of the scale."""


def utterance_sentiments(transcript: RedactedTranscript) -> tuple[Sentiment | None, ...]:
    """Sentiment of each utterance, in order; None in a language without a lexicon. Used by every backend."""
    conversation = read(transcript, load_lexicon(transcript.language.code))
    return sentiments_of(conversation, utterance_scores(conversation))


def sentiments_of(conversation: Conversation, scores: Sequence[float]) -> tuple[Sentiment | None, ...]:
    """What the scores of utterances say; None in a language without a lexicon, where they are all zero."""
    return tuple(sentiment_of(score) if conversation.lexicon.known else None for score in scores)


def utterance_scores(conversation: Conversation) -> tuple[float, ...]:
    """Strength of feeling of each utterance, negative to positive; from `TELLING` on it is more than neutral."""
    sums = {utterance.index: 0.0 for utterance in conversation.utterances}
    words = dict.fromkeys(sums, 0)
    for sentence in conversation.sentences:
        sums[sentence.utterance] += _score(sentence, conversation.lexicon)
        words[sentence.utterance] += len(sentence.tokens)
    return tuple(score / math.sqrt(min(max(words[index], LEAST_WORDS), MOST_WORDS)) for index, score in sums.items())


def sentiment_of(score: float, telling: float = TELLING) -> Sentiment:
    if abs(score) < telling:
        return "neutral"
    return "positive" if score > 0 else "negative"


def balance(scores: Sequence[float]) -> float | None:
    """How positive (1) or negative (-1) a run of utterances is, the last ones weighing twice; None if all are neutral.

    Few feelings, or few among many neutral utterances, count less.
    """
    telling = [(1 + i / len(scores), score) for i, score in enumerate(scores) if abs(score) >= TELLING]
    if not telling:
        return None
    strength = sum(weight * abs(score) for weight, score in telling)
    return sum(weight * score for weight, score in telling) / (
        strength + RESERVE + RESERVE_PER_UTTERANCE * math.sqrt(len(scores))
    )


def sentiment_of_call(conversation: Conversation, customer_scores: Sequence[float]) -> Sentiment | None:
    """None where nobody speaks or the language has no lexicon."""
    known = conversation.lexicon.known and conversation.sentences
    return call_sentiment(customer_scores) if known else None


def call_sentiment(customer_scores: Sequence[float]) -> Sentiment:
    return sentiment_of(balance(customer_scores) or 0.0, CALL_TELLING)


def emotional_dynamics(customer_scores: Sequence[float], lexicon: Lexicon) -> str | None:
    """How the mood went from the first half of what tells of it to the second; None where nothing does."""
    telling = [score for score in customer_scores if abs(score) >= TELLING]
    if not telling:
        return None
    middle = (len(telling) + 1) // 2
    start, end = call_sentiment(telling[:middle]), call_sentiment(telling[middle:] or telling)
    if start == end:
        return lexicon.labels["steady"].format(start=lexicon.labels[start])
    return lexicon.labels["changed"].format(start=lexicon.labels[start], end=lexicon.labels[end])


def customer_scores(conversation: Conversation, scores: Sequence[float]) -> list[float]:
    """The scores of the customer's utterances; of all where nobody is known or likely to be one."""
    theirs = {sentence.utterance for sentence in conversation.said_by("customer")}
    if not theirs:
        return list(scores)
    return [
        score for utterance, score in zip(conversation.utterances, scores, strict=True) if utterance.index in theirs
    ]


def call_scores(conversation: Conversation, customer_scores: Sequence[float]) -> Scores:
    """CSAT from the customer's mood; the others from what the agent says. None where nothing tells."""
    mood = balance(customer_scores)
    return Scores(
        csat=None if mood is None else round(5 + 5 * mood, 1),
        politeness=_politeness(conversation),
        empathy=_empathy(conversation, customer_scores),
        operator_satisfaction=_operator_satisfaction(conversation),
    )


def _politeness(conversation: Conversation) -> float | None:
    """Polite forms in half of the sentences are full marks; a rude one takes away half."""
    agent = conversation.said_by("agent")
    if not agent or not conversation.lexicon.known:
        return None
    polite = sum("polite" in sentence.cues for sentence in agent)
    rude = sum("rude" in sentence.cues for sentence in agent)
    return round(max(min(0.3 + 1.4 * polite / len(agent), 1.0) - 0.5 * rude, 0.0), 2)


def _operator_satisfaction(conversation: Conversation) -> float | None:
    """How gladly the agent helps, from words that say so and from rude ones; None where there are neither."""
    glad = len(conversation.with_cue("pleased", "agent"))
    annoyed = sum(bool(sentence.cues.keys() & {"rude", "blame"}) for sentence in conversation.said_by("agent"))
    if not (glad or annoyed):
        return None
    return 5.0 + GLADNESS * (min(glad, 2) - min(annoyed, 2))


def _empathy(conversation: Conversation, customer_scores: Sequence[float]) -> float | None:
    """Expressions of understanding against what there was to understand; None where there was no occasion."""
    shown = len(conversation.with_cue("empathy", "agent"))
    occasions = sum(sentiment_of(score) == "negative" for score in customer_scores)
    if not conversation.said_by("agent") or not (shown or occasions):
        return None
    return round(min(shown / max(1.0, 0.5 * occasions), 1.0), 2)


def _score(sentence: Sentence, lexicon: Lexicon) -> float:
    tokens = sentence.tokens
    total, covered = 0.0, 0
    for match in _weights(tokens, lexicon):
        if match.start >= covered:
            total += _in_context(match, tokens, lexicon)
            covered = match.stop
    return total * DOUBT if sentence.is_question else total


def _weights(tokens: Sequence[Token], lexicon: Lexicon) -> list[Match[float]]:
    """Feeling words and phrases by position, the longest first where several start."""
    phrases = list(lexicon.sentiment_phrases.find(tokens))
    words = [
        Match(lexicon.sentiments[token.stem], position, position + 1)
        for position, token in enumerate(tokens)
        if token.stem in lexicon.sentiments
    ]
    return sorted(phrases + words, key=lambda match: (match.start, -match.stop))


def _in_context(match: Match[float], tokens: Sequence[Token], lexicon: Lexicon) -> float:
    weight = match.key
    if negated(tokens, match.start, lexicon.negators):
        weight *= NEGATION
    before = tokens[match.start - 1].stem if match.start else ""
    if before in lexicon.boosters:
        weight *= BOOST
    if before in lexicon.dampeners:
        weight *= DAMPENING
    return weight
