"""Conversation metrics, computed from times and counts, never asked of a model."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from engine.result_types import Metrics
from engine.types import RedactedTranscript, RedactedUtterance, Span

OVERLAP_TOLERANCE_S = 0.3
"""Less overlap than this is a close hand-over: word times of Whisper are off by 0.1-0.2 s."""
BACKCHANNEL_WORDS = 2
""""Yes", "I see": said into another's utterance it neither interrupts nor ends it."""
MONOLOGUE_PAUSE_S = 3.0
"""A longer pause (a hold, a look-up) ends a monologue."""

_CJK = r"\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}][^\s{_CJK}]*")
_QUESTION = re.compile(r"[?？]+")

SpokenUtterance = tuple[RedactedUtterance, Span]


def measure(transcript: RedactedTranscript, duration_s: float | None) -> Metrics:
    """Talk ratio, silence, interruptions and the rest; `duration_s` None takes the end of the last utterance.

    Where no utterance has times (a chat), what needs them is None or empty. Ratios are 0-1, and the talk ratio of all
    speakers adds up to 1; overlap counts for each of its speakers, and once against silence. A word of Chinese or
    Japanese is a character.
    """
    spoken = _spoken(transcript.utterances)
    if not spoken and transcript.utterances:
        duration_s = None  # a chat: nothing of it has a length
    talk = _talk_times(transcript, spoken)
    length = _length(spoken, duration_s)
    silence = None if length is None else _silence(spoken, length)
    return Metrics(
        talk_ratio=_shares(talk),
        silence_s=silence,
        silence_ratio=silence / length if silence is not None and length else silence,
        interruptions=None if length is None else len(interruptions(transcript.utterances)),
        words_per_minute=_rates(spoken, talk),
        longest_monologue_s=_longest_monologues(spoken),
        words=_per_speaker(transcript, _WORD),
        questions=_per_speaker(transcript, _QUESTION),
    )


def count_words(text: str) -> int:
    return len(_WORD.findall(text))


def _spoken(utterances: Sequence[RedactedUtterance]) -> list[SpokenUtterance]:
    """Utterances that have times, by start."""
    timed = [
        (utterance, Span(max(utterance.start_s, 0.0), max(utterance.end_s, utterance.start_s, 0.0)))
        for utterance in utterances
        if utterance.start_s is not None and utterance.end_s is not None
    ]
    return sorted(timed, key=lambda each: (each[1].start_s, each[1].end_s))


def _per_speaker(transcript: RedactedTranscript, pattern: re.Pattern[str]) -> dict[str, int]:
    counts = {speaker.id: 0 for speaker in transcript.speakers}
    for utterance in transcript.utterances:
        counts[utterance.speaker] = counts.get(utterance.speaker, 0) + len(pattern.findall(utterance.text))
    return counts


def _talk_times(transcript: RedactedTranscript, spoken: Sequence[SpokenUtterance]) -> dict[str, float]:
    """Seconds a speaker talks, in the order of the speakers; empty where nothing has times."""
    if not spoken:
        return {}
    spans: dict[str, list[Span]] = {speaker.id: [] for speaker in transcript.speakers}
    for utterance, span in spoken:
        spans.setdefault(utterance.speaker, []).append(span)
    return {speaker: _covered(each) for speaker, each in spans.items()}


def _shares(talk: Mapping[str, float]) -> dict[str, float]:
    total = sum(talk.values())
    return {speaker: time / total for speaker, time in talk.items()} if total else {}


def _covered(spans: Iterable[Span]) -> float:
    """Seconds covered by spans that are sorted by start; overlap counts once."""
    covered = reached = 0.0
    for span in spans:
        covered += max(span.end_s - max(span.start_s, reached), 0.0)
        reached = max(reached, span.end_s)
    return covered


def _length(spoken: Sequence[SpokenUtterance], duration_s: float | None) -> float | None:
    """Seconds of the call; None where nothing has times. Word times may run past the audio: the audio decides."""
    if duration_s is not None:
        return max(duration_s, 0.0)
    return max((span.end_s for _, span in spoken), default=None)


def _silence(spoken: Sequence[SpokenUtterance], length_s: float) -> float:
    """Seconds of the call in which nobody speaks."""
    inside = (Span(min(span.start_s, length_s), min(span.end_s, length_s)) for _, span in spoken)
    return max(length_s - _covered(inside), 0.0)


def interruptions(utterances: Sequence[RedactedUtterance]) -> tuple[RedactedUtterance, ...]:
    """Utterances of more than a backchannel that start well inside another speaker's; none where nothing has times."""
    found = []
    active: list[SpokenUtterance] = []
    for utterance, span in _spoken(utterances):
        active = [other for other in active if other[1].end_s - span.start_s > OVERLAP_TOLERANCE_S]
        talking = any(
            other.speaker != utterance.speaker and span.start_s - other_span.start_s > OVERLAP_TOLERANCE_S
            for other, other_span in active
        )
        if talking and count_words(utterance.text) > BACKCHANNEL_WORDS:
            found.append(utterance)
        active.append((utterance, span))
    return tuple(found)


def _rates(spoken: Sequence[SpokenUtterance], talk: Mapping[str, float]) -> dict[str, float]:
    """Words per minute of own talk, for those who talk."""
    words: dict[str, int] = defaultdict(int)
    for utterance, _ in spoken:
        words[utterance.speaker] += count_words(utterance.text)
    return {speaker: 60.0 * words[speaker] / time for speaker, time in talk.items() if time > 0.0}


def _longest_monologues(spoken: Sequence[SpokenUtterance]) -> dict[str, float]:
    """Longest stretch of each speaker that no other cuts (backchannels do not) and no long pause."""
    longest: dict[str, float] = {}
    holder, start, end = "", 0.0, 0.0
    for utterance, span in spoken:
        if utterance.speaker == holder and span.start_s - end <= MONOLOGUE_PAUSE_S:
            end = max(end, span.end_s)
        elif utterance.speaker == holder or count_words(utterance.text) > BACKCHANNEL_WORDS:
            holder, start, end = utterance.speaker, span.start_s, span.end_s
        stretch = end - start if utterance.speaker == holder else span.duration_s
        longest[utterance.speaker] = max(longest.get(utterance.speaker, 0.0), stretch)
    return longest
