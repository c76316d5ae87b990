"""What an analysis found, in the order and the words of every report of a call: verdicts, lists, moods, answers."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.analysis_types import Analysis, ChecklistAnswer, ChecklistResult, Remark, ScriptStep
from engine.reports.labels import entity_name

_LEVELS = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}
_MOST_POINTS = 40
"""Of a mood's course: a longer one is averaged to as many."""
_PARTLY = 0.5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `detail`: who, by when, of what kind; `evidence`: utterance indexes."""

    text: str
    detail: str
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Mood:
    """How a speaker was disposed; `course`: -1 to 1, in order."""

    speaker: str
    attitude: str
    course: tuple[float, ...]

    def points(self, width: float, height: float) -> str:
        """For a polyline, the good side up."""
        step = width / max(len(self.course) - 1, 1)
        return " ".join(
            f"{number * step:.1f},{height * (1 - level) / 2:.1f}" for number, level in enumerate(self.course)
        )


def verdicts(analysis: Analysis) -> list[tuple[str, str]]:
    """The ids that the analysis chose from its lists, each with its title."""
    chosen: tuple[tuple[str, Sequence[str | None]], ...] = (
        ("Tone", [analysis.tone]),
        ("Resolution", [analysis.resolution]),
        ("Priority", [analysis.priority]),
        ("Funnel stage", [analysis.funnel_stage]),
        ("Intents", analysis.intents),
    )
    named = ((title, ", ".join(entity_name(value) for value in values if value)) for title, values in chosen)
    return [(title, text) for title, text in named if text]


def sections(analysis: Analysis) -> list[Section]:
    """The lists that are not empty."""
    found = (
        Section("Actions", tuple(_actions(analysis, "action", analysis.actions))),
        Section("Follow-ups", tuple(_actions(analysis, "follow_up", analysis.follow_ups))),
        Section("Risks", tuple(Finding(each.text, entity_name(each.kind), each.evidence) for each in analysis.risks)),
        Section(
            "Sales signals", tuple(Finding(each.text, entity_name(each.kind), each.evidence) for each in analysis.sales)
        ),
        Section("Questions without an answer", tuple(_open_questions(analysis))),
        Section(
            "Operator errors",
            tuple(Finding(each.text, entity_name(each.kind), each.evidence) for each in analysis.operator_errors),
        ),
        Section("Actionable phrases", tuple(_remarks(analysis.actionable_phrases))),
        Section("Recommendations", tuple(_remarks(analysis.recommendations))),
    )
    return [section for section in found if section.findings]


def moods(analysis: Analysis) -> list[Mood]:
    """Of the speakers of whom more is known than a single utterance."""
    found = [
        Mood(
            each.speaker,
            entity_name(each.attitude) if each.attitude else "",
            _thinned([_LEVELS[sentiment] for _, sentiment in each.course]),
        )
        for each in analysis.speakers
    ]
    return [mood for mood in found if mood.attitude or len(mood.course) > 1]


def answer_text(answer: ChecklistAnswer) -> str:
    """Yes, No, Partly, the number or words, or why there is none."""
    value = answer.value
    if not answer.applicable:
        return "Not applicable"
    if value is None:
        return "Not answerable"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return "Partly" if value == _PARTLY else f"{value:g}"


def answer_mark(answer: ChecklistAnswer) -> str:
    """ "yes" or "no", "open" where there is no answer, "value" for one in numbers or words."""
    if not answer.applicable or answer.value is None:
        return "open"
    return ("yes" if answer.value else "no") if isinstance(answer.value, bool) else "value"


def yes_count(checklist: ChecklistResult) -> str:
    """`5 of 6 · ` where every answer is yes or no; nothing where numbers or words are among them."""
    marks = [answer_mark(answer) for answer in checklist.answers]
    answered = len(marks) - marks.count("open")
    return "" if "value" in marks else f"{marks.count('yes')} of {answered} · "


def step_mark(step: ScriptStep) -> str:
    return "open" if step.met is None else "yes" if step.met else "no"


def _actions(analysis: Analysis, kind: str, plain: Iterable[str]) -> Iterator[Finding]:
    items = [item for item in analysis.action_items if item.kind == kind]
    if not items:
        yield from (Finding(text, "", ()) for text in plain)
    for item in items:
        who = "" if item.who == "unknown" else item.who.capitalize()
        yield Finding(item.text, ", ".join(part for part in (who, item.due) if part), item.evidence)


def _open_questions(analysis: Analysis) -> Iterator[Finding]:
    for question in analysis.questions:
        if question.answered is False:
            who = "" if question.asked_by == "unknown" else question.asked_by.capitalize()
            yield Finding(question.text, who, question.evidence)


def _remarks(remarks: Iterable[Remark]) -> Iterator[Finding]:
    return (Finding(remark.text, "", remark.evidence) for remark in remarks)


def _thinned(course: Sequence[float]) -> tuple[float, ...]:
    """At most _MOST_POINTS, each the mean of its share of the course."""
    if len(course) <= _MOST_POINTS:
        return tuple(course)
    edges = [round(number * len(course) / _MOST_POINTS) for number in range(_MOST_POINTS + 1)]
    return tuple(sum(course[start:end]) / (end - start) for start, end in itertools.pairwise(edges))
