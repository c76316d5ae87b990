"""How the speakers are disposed, and the tone between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.analysis.conversation import Conversation, Sentence
from engine.analysis.sentiment import CALL_TELLING, balance, sentiment_of
from engine.analysis_types import Attitude, Sentiment, SpeakerMood, Tone

POLITE_SHARE, CIVIL_SHARE = 0.5, 0.2
"""Of the sentences with a polite or understanding word, from which on a speaker is friendly, or cooperative."""


def speaker_moods(conversation: Conversation, scores: Sequence[float]) -> tuple[SpeakerMood, ...]:
    """Attitude and course of each speaker, in order of first speech; neither in a language without a lexicon."""
    by_speaker: dict[str, dict[int, float]] = {}
    for utterance, score in zip(conversation.utterances, scores, strict=True):
        by_speaker.setdefault(utterance.speaker, {})[utterance.index] = score
    if not conversation.lexicon.known:
        return tuple(SpeakerMood(speaker, None) for speaker in by_speaker)
    said: dict[str, list[Sentence]] = {speaker: [] for speaker in by_speaker}
    for sentence in conversation.sentences:
        said[sentence.speaker].append(sentence)
    return tuple(
        SpeakerMood(speaker, _attitude(said[speaker], own), _course(own)) for speaker, own in by_speaker.items()
    )


def tone(conversation: Conversation, sentiment: Sentiment | None) -> Tone | None:
    """The tone of the whole call; None where nobody speaks or the language has no lexicon."""
    if not conversation.lexicon.known or not conversation.sentences:
        return None
    if conversation.with_cue("rude") and sentiment == "negative":
        return "aggressive"
    if conversation.with_cue("distress", "customer") and sentiment != "positive":
        return "distressed"
    if sentiment == "negative":
        return "tense"
    agent = conversation.said_by("agent")
    if not agent or _share(agent, "polite", "empathy") < CIVIL_SHARE:
        return "neutral"
    return "warm" if sentiment == "positive" else "calm"


def _course(scores: Mapping[int, float]) -> tuple[tuple[int, Sentiment], ...]:
    return tuple((index, sentiment_of(score)) for index, score in scores.items())


def _attitude(sentences: Sequence[Sentence], scores: Mapping[int, float]) -> Attitude | None:
    if not sentences:
        return None
    rude = sum("rude" in sentence.cues for sentence in sentences)
    if sentences[0].role == "agent":
        return _of_agent(sentences, rude)
    mood = balance(tuple(scores.values())) or 0.0
    if rude > 1 or (rude and mood <= -CALL_TELLING):
        return "hostile"
    if mood <= -CALL_TELLING:
        return "frustrated"
    if any("hurry" in sentence.cues for sentence in sentences) and mood <= 0.0:
        return "impatient"
    if mood >= CALL_TELLING:
        return "friendly"
    return "cooperative" if _share(sentences, "polite") >= CIVIL_SHARE else "neutral"


def _of_agent(sentences: Sequence[Sentence], rude: int) -> Attitude:
    """Of an agent the forms tell, not the words of feeling: those are about the customer's trouble."""
    if rude:
        return "hostile" if rude > 1 else "impatient"
    civil = _share(sentences, "polite", "empathy")
    if civil >= POLITE_SHARE:
        return "friendly"
    return "cooperative" if civil >= CIVIL_SHARE else "neutral"


def _share(sentences: Sequence[Sentence], *cues: str) -> float:
    return sum(any(cue in sentence.cues for cue in cues) for sentence in sentences) / len(sentences)
