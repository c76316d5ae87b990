"""From a model's answer to `Analysis`: texts cleaned, scores scaled, and only what its evidence proves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from engine.analysis.categories import with_those_above
from engine.analysis.checklists import grade
from engine.analysis.evidence import Shown
from engine.analysis.prompts import one_line
from engine.analysis.schemas import FINDINGS, MAX_SCORE, Answer, Asked, by_name
from engine.analysis.scripts import align
from engine.analysis_types import (
    ActionItem,
    Analysis,
    AnalysisNotes,
    Checklist,
    ChecklistQuestion,
    ChecklistResult,
    Scores,
    Script,
    ScriptAlignment,
    ScriptStep,
    SpeakerMood,
    TopicSpan,
    Value,
)

ABSENCES = frozenset({"no_greeting", "no_verification", "no_answer", "no_next_step"})
"""Faults that are what nobody said: no utterance proves them."""
PARTLY: Mapping[str, Value] = {"yes": True, "partly": 0.5, "no": False}


@dataclass(slots=True)
class Judge:
    """Turns one answer, which was given to the utterances `shown`, into values; `dropped` counts what failed."""

    shown: Shown
    dropped: int = 0

    def analysis(self, answer: Answer, engine: str, asked: Asked) -> Analysis:
        """Everything in the answer but checklists and scripts. What was not asked is None or empty."""
        given = by_name(answer)
        found: dict[str, Any] = {name: self._findings(name, given.get(name, ())) for name in FINDINGS}
        spans = tuple(self._topics(given.get("topic_spans", ())))
        notes = {name: _clean(note) or None for name, note in by_name(given.get("analysis_notes")).items()}
        listed: dict[str, Any] = {name: given.get(name) for name in ("tone", "resolution", "priority", "funnel_stage")}
        return Analysis(
            engine=engine,
            summary=_clean(given["summary"]),
            sentiment=given["sentiment"],
            scores=_scores(given["scores"]),
            **texts_of(found["action_items"], spans),
            tags=_distinct(given.get("tags", ())),
            analysis_notes=AnalysisNotes(**notes),
            categories=with_those_above(given.get("categories", ()), asked.categories),
            intents=tuple(dict.fromkeys(given.get("intents", ()))),
            speakers=self._speakers(given.get("speakers", ())),
            topic_spans=spans,
            **listed,
            **found,
        )

    def settled(self, checklist: Checklist, answer: Answer) -> Settled:
        """The answers to a checklist."""
        verdicts = by_name(by_name(by_name(answer).get("checklists")).get(checklist.id))
        settled = Settled(checklist)
        for question in checklist.questions:
            if verdict := verdicts.get(question.id):
                self._settle(settled, question, verdict)
        return settled

    def alignment(self, script: Script, answer: Answer) -> ScriptAlignment:
        """How far the operator kept to a script."""
        verdicts = by_name(by_name(by_name(answer).get("scripts")).get(script.id))
        return align(script, [self._step(step.id, step.title, verdicts.get(step.id)) for step in script.steps])

    # --- one field each -----------------------------------------------------------------------------------------------

    def _settle(self, settled: Settled, question: ChecklistQuestion, verdict: Any) -> None:
        """A no needs no proof, since nobody can quote what was not said; everything else does."""
        if verdict.value is None:
            return
        cited = self.shown.checked(verdict.evidence, verdict.quote, question.about)
        self.dropped += cited.dropped
        value, text = _value(question, verdict.value)
        if not cited.proven and value is not False:
            settled.unproven.add(question.id)
            return
        settled.values[question.id] = value
        settled.evidence[question.id] = cited.evidence
        settled.texts[question.id] = text

    def _step(self, step_id: str, title: str, verdict: Any) -> ScriptStep:
        if verdict is None or verdict.value is None:
            return ScriptStep(step_id, title, None)
        cited = self.shown.checked(verdict.evidence, verdict.quote, "agent")
        self.dropped += cited.dropped
        return ScriptStep(step_id, title, None if verdict.value and not cited.proven else verdict.value, cited.evidence)

    def _findings(self, name: str, items: Iterable[BaseModel]) -> tuple[Any, ...]:
        """The findings that are proved, each once."""
        return tuple(dict.fromkeys(found for item in items if (found := self._finding(name, by_name(item)))))

    def _finding(self, name: str, given: dict[str, Any]) -> Any:
        told: dict[str, Any] = {
            key: _clean(value) or None if isinstance(value, str) else value for key, value in given.items()
        }
        evidence, quote = told.pop("evidence"), told.pop("quote", told["text"])
        if told["text"] is None:
            return None
        if name == "recommendations" or told.get("kind") in ABSENCES:
            found = self.shown.existing(evidence)
            self.dropped += len(set(evidence)) - len(found)
            return FINDINGS[name](**told, evidence=found)
        cited = self.shown.checked(evidence, quote or "")
        self.dropped += cited.dropped
        return FINDINGS[name](**told, evidence=cited.evidence) if cited.proven else None

    def _topics(self, items: Iterable[Any]) -> Iterator[TopicSpan]:
        for item in items:
            asked = {(span.first, span.last) for span in item.spans if span.first <= span.last}
            spans = tuple(sorted(span for span in asked if len(self.shown.existing(span)) == len(set(span))))
            self.dropped += len(item.spans) - len(spans)
            if (topic := _clean(item.topic)) and spans:
                yield TopicSpan(topic, spans)

    def _speakers(self, items: Iterable[Any]) -> tuple[SpeakerMood, ...]:
        moods = {speaker: item.attitude for item in items if (speaker := _clean(item.speaker)) in self.shown.speakers}
        return tuple(SpeakerMood(speaker, attitude) for speaker, attitude in moods.items())


@dataclass(slots=True)
class Settled:
    """Answers to a checklist by question id; `unproven` are the questions whose evidence failed."""

    checklist: Checklist
    values: dict[str, Value] = field(default_factory=dict)
    evidence: dict[str, tuple[int, ...]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    unproven: set[str] = field(default_factory=set)

    def complete(self, again: Settled) -> None:
        """Take the second answers to what the first ones could not prove."""
        for question_id in self.unproven & again.values.keys():
            self.values[question_id] = again.values[question_id]
            self.evidence[question_id] = again.evidence[question_id]
            self.texts[question_id] = again.texts[question_id]

    def graded(self) -> ChecklistResult:
        return grade(self.checklist, self.values, self.evidence, self.texts)


def texts_of(items: Sequence[ActionItem], spans: Sequence[TopicSpan]) -> dict[str, Any]:
    """The plain texts of actions, follow-ups and topics, under the names that they have in `Analysis`."""
    texts = {kind: _distinct(item.text for item in items if item.kind == kind) for kind in ("action", "follow_up")}
    topics = _distinct(span.topic for span in spans)
    return {"actions": texts["action"], "follow_ups": texts["follow_up"], "topics": topics}


def _value(question: ChecklistQuestion, value: Any) -> tuple[Value, str]:
    """The value as it is graded, and the words of a question that asks for words."""
    if question.type == "text":
        return None, _clean(value)
    if question.type == "partly":
        return PARTLY[value], ""
    return (float(value), "") if question.type == "number" else (value, "")


def _scores(answer: Any) -> Scores:
    given = by_name(answer)
    scale = {name: MAX_SCORE if name in ("politeness", "empathy") else 1 for name in given}
    return Scores(**{name: None if score is None else score / scale[name] for name, score in given.items()})


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cleaned for text in texts if (cleaned := _clean(text))))


def _clean(text: str | None) -> str:
    """One line without control characters, which a model under a grammar may emit inside strings."""
    return one_line(text or "")
