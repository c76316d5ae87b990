"""One table of columns: what is known of a call in the store, and what it can be filtered and sorted by.

The columns of the `calls` table, the criteria of `Filter`, the options of `call-engine list` and the segments of the
index are all made from COLUMNS.
"""

from __future__ import annotations

import functools
import os
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, Literal

from engine.analysis_types import (
    Analysis,
    Attitude,
    ChecklistAnswer,
    FaultKind,
    FunnelStage,
    Intent,
    Priority,
    Resolution,
    RiskKind,
    SaleKind,
    Sentiment,
    Tone,
)
from engine.result_types import Status
from engine.store.column import Column, DatedBy, Entry

CallType = Literal["call", "chat"]

_LONGEST_ANSWER = 64
"""Characters: a free-text answer beyond that is read in the result, not filtered by."""


@functools.lru_cache(maxsize=4096)
def ancestors(directory: str) -> tuple[str, ...]:
    """A directory and those above it: `/a/b` is found in `/a/b`, `/a` and `/`."""
    path = PurePath(directory)
    return str(path), *(str(parent) for parent in path.parents)


def answer_words(checklist: str, answer: ChecklistAnswer) -> str | None:
    """`service-quality:greeting=yes`; a number as it is written, and partly is 0.5."""
    value = answer.value
    if not answer.applicable:
        text = "not_applicable"
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = "none" if value is None else value if isinstance(value, str) else f"{value:g}"
    return f"{checklist}:{answer.question_id}={text}" if len(text) <= _LONGEST_ANSWER else None


# --- reading a call ---------------------------------------------------------------------------------------------------


def _of_analysis(read: Callable[[Analysis], Any]) -> Callable[[Entry], Any]:
    def take(entry: Entry) -> Any:
        return None if entry.result.analysis is None else read(entry.result.analysis)

    return take


def _distinct(words: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _directory(entry: Entry) -> str | None:
    path = entry.result.source.path
    return _normal(os.path.dirname(path)) if path else None  # noqa: PTH120 - a path object takes four times as long


@functools.lru_cache(maxsize=4096)
def _normal(directory: str) -> str:
    """As a path is written: `.` for none, no doubled or trailing slash."""
    return str(PurePath(directory))


def _type(entry: Entry) -> CallType:
    return "chat" if entry.result.source.container == "chat" else "call"


def _words(entry: Entry) -> int:
    metrics = entry.result.metrics
    if metrics is not None:
        return sum(metrics.words.values())
    return sum(len(utterance.text.split()) for utterance in entry.result.utterances)


def _of_metrics(name: str) -> Callable[[Entry], float | None]:
    return lambda entry: getattr(entry.result.metrics, name, None)


def _answers(analysis: Analysis) -> tuple[str, ...]:
    return _distinct(answer_words(each.checklist_id, answer) for each in analysis.checklists for answer in each.answers)


def _checklist_scores(analysis: Analysis) -> Mapping[str, float]:
    return {each.checklist_id: each.score for each in analysis.checklists if each.score is not None}


def _customer_attitude(entry: Entry) -> Attitude | None:
    customers = {speaker.id for speaker in entry.result.speakers if speaker.role == "customer"}
    moods = entry.result.analysis.speakers if entry.result.analysis else ()
    return next((mood.attitude for mood in moods if mood.speaker in customers), None)


def _choice(name: str, values: Any, take: Callable[[Entry], Any]) -> Column:
    return Column(name, "choice", take, typing.get_args(values))


def _choices(name: str, values: Any, read: Callable[[Analysis], Iterable[str]]) -> Column:
    return Column(name, "choices", _of_analysis(lambda analysis: _distinct(read(analysis))), typing.get_args(values))


def _labels(name: str, read: Callable[[Analysis], Iterable[str]]) -> Column:
    return Column(name, "labels", _of_analysis(lambda analysis: _distinct(read(analysis))))


STARTED = Column("started", "number", lambda entry: entry.origin.started.timestamp())
COLUMNS: tuple[Column, ...] = (
    STARTED,
    _choice("dated_by", DatedBy, lambda entry: entry.origin.dated_by),
    _choice("status", Status, lambda entry: entry.result.status),
    _choice("type", CallType, _type),
    Column("operator", "label", lambda entry: entry.origin.operator),
    Column("directory", "label", _directory, index=ancestors),
    Column("language", "label", lambda entry: entry.result.language.code if entry.result.language else None),
    _choice("sentiment", Sentiment, _of_analysis(lambda analysis: analysis.sentiment)),
    _choice("tone", Tone, _of_analysis(lambda analysis: analysis.tone)),
    _choice("customer_attitude", Attitude, _customer_attitude),
    _choice("priority", Priority, _of_analysis(lambda analysis: analysis.priority)),
    _choice("funnel_stage", FunnelStage, _of_analysis(lambda analysis: analysis.funnel_stage)),
    _choice("resolution", Resolution, _of_analysis(lambda analysis: analysis.resolution)),
    _choices("intents", Intent, lambda analysis: analysis.intents),
    _choices("risks", RiskKind, lambda analysis: (risk.kind for risk in analysis.risks)),
    _choices("sales", SaleKind, lambda analysis: (sale.kind for sale in analysis.sales)),
    _choices("operator_errors", FaultKind, lambda analysis: (fault.kind for fault in analysis.operator_errors)),
    _labels("tags", lambda analysis: analysis.tags),
    _labels("categories", lambda analysis: analysis.categories),
    _labels("topics", lambda analysis: analysis.topics),
    Column("answers", "labels", _of_analysis(_answers)),
    Column("checklist_scores", "scores", _of_analysis(_checklist_scores)),
    Column("script_alignment", "number", _of_analysis(lambda each: _mean(script.score for script in each.scripts))),
    Column("csat", "number", _of_analysis(lambda analysis: analysis.scores.csat)),
    Column("operator_satisfaction", "number", _of_analysis(lambda analysis: analysis.scores.operator_satisfaction)),
    Column("politeness", "number", _of_analysis(lambda analysis: analysis.scores.politeness_grade)),
    Column("empathy", "number", _of_analysis(lambda analysis: analysis.scores.empathy)),
    Column("duration_s", "number", lambda entry: entry.result.source.duration_s),
    Column("words", "number", _words),
    Column("silence_ratio", "number", _of_metrics("silence_ratio")),
    Column("interruptions", "number", _of_metrics("interruptions")),
)
BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}
SORTED_BY: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.kind == "number")


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call of the store without its text; after `call_id` the fields are those of COLUMNS, in order.

    `started` is in UTC. `checklist_scores`: 0-1 by checklist. None, or empty, where the call does not tell.
    """

    id: int
    name: str
    call_id: str
    started: datetime
    dated_by: DatedBy
    status: Status
    type: CallType
    operator: str | None
    directory: str | None
    language: str | None
    sentiment: Sentiment | None
    tone: Tone | None
    customer_attitude: Attitude | None
    priority: Priority | None
    funnel_stage: FunnelStage | None
    resolution: Resolution | None
    intents: tuple[Intent, ...]
    risks: tuple[RiskKind, ...]
    sales: tuple[SaleKind, ...]
    operator_errors: tuple[FaultKind, ...]
    tags: tuple[str, ...]
    categories: tuple[str, ...]
    topics: tuple[str, ...]
    answers: tuple[str, ...]
    checklist_scores: Mapping[str, float]
    script_alignment: float | None
    csat: float | None
    operator_satisfaction: float | None
    politeness: float | None
    empathy: float | None
    duration_s: float
    words: float
    silence_ratio: float | None
    interruptions: float | None

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> CallRow:
        """From `id, name, call_id` and the columns as they are stored."""
        started = datetime.fromtimestamp(row[3], UTC)
        values: list[Any] = [column.loaded(stored) for column, stored in zip(COLUMNS[1:], row[4:], strict=True)]
        return cls(*(*row[:3], started, *values))

    @property
    def checklist_score(self) -> float | None:
        """The mean over the call's checklists, 0-1."""
        return _mean(self.checklist_scores.values())
