"""Calls longer than the context window: split at utterance borders, and merge what the parts say, always alike."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from engine.analysis.checklists import grade
from engine.analysis.prompts import Line
from engine.analysis.schemas import FULL
from engine.types import Analysis, AnalysisNotes, Checklist, ChecklistAnswer, ChecklistResult, Scores, Sentiment

T = TypeVar("T")

LETTERS_PER_TOKEN = 3.0
BYTES_PER_TOKEN = 2.0
LINE_TOKENS = 1
SENTIMENT_THRESHOLD = 1 / 3

_PLAIN = re.compile(r"[^A-Za-z ]+")
_VALENCE: dict[Sentiment, int] = {"positive": 1, "neutral": 0, "negative": -1}
_FROM_FIRST = frozenset({"reason_for_contact", "intention", "product_or_service"})
_FROM_LAST = frozenset({"next_action", "funnel_stage", "decision_driver"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What one part of a call says; `weight` is the part's share of the talk, in characters."""

    analysis: Analysis
    weight: int
    dropped_evidence: int = 0


# --- splitting --------------------------------------------------------------------------------------------------------


def estimate_tokens(text: str) -> int:
    """Tokens of `text`, on the high side.

    Byte-level vocabularies put 3 to 5 English letters into a token and about 2 bytes of other scripts; several recent
    ones give each digit its own. Signs count one each.
    """
    plain = len(_PLAIN.sub("", text))
    ascii_chars = len(text.encode("ascii", "ignore"))
    other_bytes = len(text.encode("utf-8", "replace")) - ascii_chars
    return math.ceil(plain / LETTERS_PER_TOKEN + (ascii_chars - plain) + other_bytes / BYTES_PER_TOKEN)


def line_tokens(lines: Iterable[Line]) -> int:
    return sum(_cost(line) for line in lines)


def split(lines: Sequence[Line], budget_tokens: int) -> tuple[tuple[Line, ...], ...]:
    """Parts of about equal size, none over the budget, each a run of whole lines in order.

    A line that alone is over the budget is cut between words into pieces that keep its index.
    """
    pieces = [piece for line in lines for piece in _pieces(line, budget_tokens)]
    total = line_tokens(pieces)
    target = total / max(math.ceil(total / max(budget_tokens, 1)), 1)
    parts: list[list[Line]] = []
    spent = math.inf
    for piece in pieces:
        if spent >= target or spent + _cost(piece) > budget_tokens:
            parts.append([])
            spent = 0
        parts[-1].append(piece)
        spent += _cost(piece)
    return tuple(map(tuple, parts))


def _cost(line: Line) -> int:
    return estimate_tokens(str(line)) + LINE_TOKENS


def _pieces(line: Line, budget_tokens: int) -> Iterator[Line]:
    if _cost(line) <= budget_tokens or len(line.text) < 2:
        yield line
        return
    cut = _cut(line.text)
    for half in (line.text[:cut].rstrip(), line.text[cut:].lstrip()):
        yield from _pieces(dataclasses.replace(line, text=half), budget_tokens)


def _cut(text: str) -> int:
    """Where to cut near the middle: at a space, else (scripts without spaces) anywhere but inside a marker."""
    middle = len(text) // 2
    space = text.rfind(" ", 1, middle + 1)
    if space < 0:
        space = text.find(" ", middle)
    if space > 0:
        return space
    opening, closing = text.rfind("[", 1, middle), text.find("]", middle)
    inside = opening > 0 and closing > 0 and "]" not in text[opening:middle]
    return opening if inside else middle


# --- merging ----------------------------------------------------------------------------------------------------------


def cited_only(analysis: Analysis, lines: Sequence[Line]) -> tuple[Analysis, int]:
    """The analysis without evidence that the model was not shown, and how many such indexes it had cited."""
    shown = {line.index for line in lines}
    dropped = 0
    checklists = []
    for checklist in analysis.checklists:
        answers = []
        for answer in checklist.answers:
            kept = tuple(index for index in answer.evidence if index in shown)
            dropped += len(answer.evidence) - len(kept)
            answers.append(dataclasses.replace(answer, evidence=kept))
        checklists.append(dataclasses.replace(checklist, answers=tuple(answers)))
    return dataclasses.replace(analysis, checklists=tuple(checklists)), dropped


def merge(readings: Sequence[Reading], checklists: Sequence[Checklist], *, complete: bool = True) -> Analysis:
    """One analysis of the whole call from those of its parts, in their order; the summaries stand one after another.

    Lists are united and bounded, sentiment and scores averaged by weight. A checklist question is true where a part
    proves it with evidence, else false where a part says so, else null; with `complete=False` (a part could not be
    read) "false" becomes null, since the proof may have stood there.
    """
    parts = [reading.analysis for reading in readings]
    return Analysis(
        engine=parts[0].engine,
        summary=" ".join(part.summary for part in parts if part.summary),
        sentiment=_sentiment(readings),
        scores=_scores(readings),
        actions=_united(part.actions for part in parts),
        follow_ups=_united(part.follow_ups for part in parts),
        topics=_united(part.topics for part in parts),
        tags=_united(part.tags for part in parts),
        analysis_notes=_notes([part.analysis_notes for part in parts]),
        checklists=tuple(
            _checklist(checklist, [part.checklists[number] for part in parts], complete)
            for number, checklist in enumerate(checklists)
        ),
        categories=tuple(dict.fromkeys(category for part in parts for category in part.categories)),
    )


def _united(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Every list in turn gives one item until the bound is reached, so that no part of the call is crowded out."""
    rows = [list(dict.fromkeys(items)) for items in lists]
    longest = max(map(len, rows), default=0)
    chosen = list(dict.fromkeys(row[place] for place in range(longest) for row in rows if place < len(row)))
    kept = set(chosen[: FULL.items])
    return tuple(dict.fromkeys(item for row in rows for item in row if item in kept))


def _sentiment(readings: Sequence[Reading]) -> Sentiment:
    mean = _mean(readings, lambda analysis: _VALENCE[analysis.sentiment]) or 0.0
    if abs(mean) <= SENTIMENT_THRESHOLD:
        return "neutral"
    return "positive" if mean > 0 else "negative"


def _scores(readings: Sequence[Reading]) -> Scores:
    return Scores(
        csat=_mean(readings, lambda analysis: analysis.scores.csat),
        politeness=_mean(readings, lambda analysis: analysis.scores.politeness),
        empathy=_mean(readings, lambda analysis: analysis.scores.empathy),
    )


def _mean(readings: Sequence[Reading], value: Callable[[Analysis], float | None]) -> float | None:
    weighted = [(score, max(r.weight, 1)) for r in readings if (score := value(r.analysis)) is not None]
    total = sum(weight for _, weight in weighted)
    return round(sum(score * weight for score, weight in weighted) / total, 3) if weighted else None


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


def _checklist(checklist: Checklist, results: Sequence[ChecklistResult], complete: bool) -> ChecklistResult:
    settled = {
        question.id: _settled([result.answers[number] for result in results], complete)
        for number, question in enumerate(checklist.questions)
    }
    values = {question_id: value for question_id, (value, _) in settled.items()}
    evidence = {question_id: indexes for question_id, (_, indexes) in settled.items()}
    return grade(checklist, values, evidence)


def _settled(answers: Sequence[ChecklistAnswer], complete: bool) -> tuple[bool | None, tuple[int, ...]]:
    """The value that wins, with its evidence."""
    proved = [answer for answer in answers if answer.value and answer.evidence]
    denied = [answer for answer in answers if answer.value is False]
    winners = proved or denied or [answer for answer in answers if answer.value]
    indexes = tuple(dict.fromkeys(index for answer in winners for index in answer.evidence))[: FULL.evidence]
    if not winners or (winners[0].value is False and not complete):
        return None, ()
    return winners[0].value, indexes
