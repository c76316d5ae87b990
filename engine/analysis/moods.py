"""How the speakers felt: the attitudes that somebody found, and the course of each speaker's sentiment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from engine.analysis_types import Sentiment, SpeakerMood
from engine.types import RedactedTranscript


def with_courses(
    moods: Sequence[SpeakerMood], transcript: RedactedTranscript, sentiments: Sequence[Sentiment | None]
) -> tuple[SpeakerMood, ...]:
    """A mood for everybody who speaks, in the order of the call. `sentiments`: of each utterance, or None."""
    courses: dict[str, list[tuple[int, Sentiment]]] = defaultdict(list)
    for utterance, sentiment in zip(transcript.utterances, sentiments, strict=True):
        course = courses[utterance.speaker]
        if sentiment is not None:
            course.append((utterance.index, sentiment))
    attitudes = {mood.speaker: mood.attitude for mood in moods}
    return tuple(SpeakerMood(speaker, attitudes.get(speaker), tuple(course)) for speaker, course in courses.items())
