"""Calls longer than the context window: one analysis from those of the parts, always alike for the same parts."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from engine.analysis.checklists import CAN_BE_NO, grade
from engine.analysis.judging import texts_of
from engine.analysis.schemas import FINDINGS, FULL, Asked
from engine.analysis.scripts import align
from engine.analysis_types import (
    Analysis,
    AnalysisNotes,
    Checklist,
    ChecklistAnswer,
    ChecklistQuestion,
    ChecklistResult,
    Priority,
    Scores,
    Script,
    ScriptAlignment,
    ScriptStep,
    Sentiment,
    SpeakerMood,
    TopicSpan,
)

T = TypeVar("T", bound=Hashable)

SENTIMENT_THRESHOLD = 1 / 3
MAX_FINDINGS = 4 * FULL.items

_VALENCE: dict[Sentiment, int] = {"positive": 1, "neutral": 0, "negative": -1}
_FROM_FIRST = frozenset({"reason_for_contact", "intention", "product_or_service"})
_FROM_LAST = frozenset({"next_action", "funnel_stage", "decision_driver"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What one part of a call says; `weight` is the part's share of the talk, in characters."""

    analysis: Analysis
    weight: int


def merge(readings: Sequence[Reading], asked: Asked, *, complete: bool = True) -> Analysis:
    """One analysis of the whole call from those of its parts, in their order; the summaries stand one after another.

    Lists are united and bounded, sentiment and scores averaged by weight, tone and attitudes decided by weight; how a
    matter ended is what the last part says, its priority the highest. A checklist question (and a step of a script) is
    true where a part proves it with evidence, else false where a part says so, else null; with `complete=False` (a part
    could not be read) "false" becomes null, since the proof may have stood there.
    """
    parts = [reading.analysis for reading in readings]
    found: dict[str, Any] = {name: _united((getattr(part, name) for part in parts), MAX_FINDINGS) for name in FINDINGS}
    spans = _topics(parts)
    return Analysis(
        engine=parts[0].engine,
        summary=" ".join(part.summary for part in parts if part.summary),
        sentiment=_sentiment(readings),
        scores=_scores(readings),
        **texts_of(found["action_items"], spans),
        tags=_united((part.tags for part in parts), FULL.items),
        analysis_notes=_notes([part.analysis_notes for part in parts]),
        checklists=tuple(_checklist(each, parts, complete) for each in asked.checklists),
        categories=tuple(dict.fromkeys(category for part in parts for category in part.categories)),
        tone=_heaviest((reading.analysis.tone, reading.weight) for reading in readings),
        resolution=_last([part.resolution for part in parts]),
        priority=max((part.priority for part in parts if part.priority), key=get_args(Priority).index, default=None),
        funnel_stage=_last([part.funnel_stage for part in parts]),
        intents=_united((part.intents for part in parts), FULL.items),
        speakers=_speakers(readings),
        topic_spans=spans,
        scripts=tuple(_script(each, parts, complete) for each in asked.scripts),
        dropped_evidence=sum(part.dropped_evidence for part in parts),
        **found,
    )


def _united(lists: Iterable[tuple[T, ...]], limit: int) -> tuple[T, ...]:
    """Every list in turn gives one item until the bound is reached, so that no part of the call is crowded out."""
    rows = [list(dict.fromkeys(items)) for items in lists]
    longest = max(map(len, rows), default=0)
    chosen = list(dict.fromkeys(row[place] for place in range(longest) for row in rows if place < len(row)))
    kept = set(chosen[:limit])
    return tuple(dict.fromkeys(item for row in rows for item in row if item in kept))


def _last(values: Sequence[T | None]) -> T | None:
    return next((value for value in reversed(values) if value is not None), None)


def _heaviest(weighted: Iterable[tuple[T | None, int]]) -> T | None:
    """The value that most of the call has, the earlier of two."""
    weights: dict[T, int] = defaultdict(int)
    for value, weight in weighted:
        if value is not None:
            weights[value] += max(weight, 1)
    return max(weights, key=weights.__getitem__, default=None)


# --- moods and scores -------------------------------------------------------------------------------------------------


def _sentiment(readings: Sequence[Reading]) -> Sentiment | None:
    mean = _mean(readings, lambda analysis: analysis.sentiment and _VALENCE[analysis.sentiment])
    if mean is None:
        return None
    if abs(mean) <= SENTIMENT_THRESHOLD:
        return "neutral"
    return "positive" if mean > 0 else "negative"


def _scores(readings: Sequence[Reading]) -> Scores:
    names = [field.name for field in dataclasses.fields(Scores)]
    return Scores(**{name: _mean(readings, lambda each, name=name: getattr(each.scores, name)) for name in names})  # type: ignore[misc]


def _mean(readings: Sequence[Reading], value: Callable[[Analysis], float | None]) -> float | None:
    weighted = [(score, max(r.weight, 1)) for r in readings if (score := value(r.analysis)) is not None]
    total = sum(weight for _, weight in weighted)
    return round(sum(score * weight for score, weight in weighted) / total, 3) if weighted else None


def _speakers(readings: Sequence[Reading]) -> tuple[SpeakerMood, ...]:
    heard = [(mood, reading.weight) for reading in readings for mood in reading.analysis.speakers]
    ids = dict.fromkeys(mood.speaker for mood, _ in heard)
    return tuple(
        SpeakerMood(speaker, _heaviest((mood.attitude, weight) for mood, weight in heard if mood.speaker == speaker))
        for speaker in ids
    )


# --- topics and notes -------------------------------------------------------------------------------------------------


def _topics(parts: Sequence[Analysis]) -> tuple[TopicSpan, ...]:
    """Each topic once, with its stretches from all parts."""
    chosen = _united((tuple(each.topic for each in part.topic_spans) for part in parts), FULL.items)
    spans: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for each in (each for part in parts for each in part.topic_spans):
        spans[each.topic].update(each.spans)
    return tuple(TopicSpan(topic, tuple(sorted(spans[topic]))) for topic in chosen)


def _notes(notes: Sequence[AnalysisNotes]) -> AnalysisNotes:
    names = [field.name for field in dataclasses.fields(AnalysisNotes)]
    return AnalysisNotes(**{name: _note(name, [getattr(note, name) for note in notes]) for name in names})


def _note(name: str, findings: Sequence[str | None]) -> str | None:
    """Why somebody called shows at the start, what comes next at the end; the rest is put together while it fits."""
    given = list(dict.fromkeys(finding for finding in findings if finding))
    if not given:
        return None
    if name in _FROM_LAST:
        return given[-1]
    text = given[0]
    for finding in () if name in _FROM_FIRST else given[1:]:
        if len(text) + len(finding) + 2 <= FULL.note_chars:
            text = f"{text}; {finding}"
    return text


# --- checklists and scripts -------------------------------------------------------------------------------------------


def _checklist(checklist: Checklist, parts: Sequence[Analysis], complete: bool) -> ChecklistResult:
    results = [result for part in parts for result in part.checklists if result.checklist_id == checklist.id]
    settled = {
        question.id: _settled(question, [result.answers[number] for result in results], complete)
        for number, question in enumerate(checklist.questions)
    }
    return grade(
        checklist,
        {question_id: answer.value for question_id, answer in settled.items()},
        {question_id: answer.evidence for question_id, answer in settled.items()},
        {question_id: answer.text or "" for question_id, answer in settled.items()},
    )


def _settled(question: ChecklistQuestion, answers: Sequence[ChecklistAnswer], complete: bool) -> ChecklistAnswer:
    """The answer that wins, with its evidence. Of a number, a choice or words it is the first that was given."""
    unanswered = ChecklistAnswer(question.id, question.text, None)
    if question.type not in CAN_BE_NO:
        given = (answer for answer in answers if answer.value is not None or answer.text)
        return next(given, unanswered)
    best = max((float(answer.value) for answer in answers if answer.value and answer.evidence), default=None)
    proved = [answer for answer in answers if answer.value and answer.evidence and float(answer.value) == best]
    denied = [answer for answer in answers if answer.value is False]
    winners = proved or denied or [answer for answer in answers if answer.value]
    if not winners or (winners[0].value is False and not complete):
        return unanswered
    return dataclasses.replace(winners[0], evidence=_evidence(winners))


def _script(script: Script, parts: Sequence[Analysis], complete: bool) -> ScriptAlignment:
    alignments = [each for part in parts for each in part.scripts if each.script_id == script.id]
    return align(
        script,
        [
            _step(ScriptStep(step.id, step.title, None), [each.steps[number] for each in alignments], complete)
            for number, step in enumerate(script.steps)
        ],
    )


def _step(unjudged: ScriptStep, steps: Sequence[ScriptStep], complete: bool) -> ScriptStep:
    met = [step for step in steps if step.met]
    missed = [step for step in steps if step.met is False] if complete else []
    winners = met or missed
    return dataclasses.replace(unjudged, met=bool(met), evidence=_evidence(winners)) if winners else unjudged


def _evidence(winners: Iterable[ChecklistAnswer | ScriptStep]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(index for winner in winners for index in winner.evidence))[: FULL.evidence]
