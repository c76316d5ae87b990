"""The figures of a period: totals, a trend, groups and distributions, gathered in one pass over its calls."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

N_BINS = 10
_MOST_STEPS = 31
"""Of a trend by days; a longer period goes by weeks, and a much longer one by months."""
_WEEK_DAYS = 7
_MOST_WEEKS = 26


class ListedCall(Protocol):
    """What is read of a call; None where unknown. Scores: `csat` 0-10, `checklist_score` 0-1, `politeness` 1-5,
    `script_alignment` 0-100. `answers`: "checklist:question=value"."""

    @property
    def started(self) -> datetime: ...
    @property
    def type(self) -> str: ...
    @property
    def operator(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...
    @property
    def sentiment(self) -> str | None: ...
    @property
    def tone(self) -> str | None: ...
    @property
    def priority(self) -> str | None: ...
    @property
    def funnel_stage(self) -> str | None: ...
    @property
    def resolution(self) -> str | None: ...
    @property
    def intents(self) -> tuple[str, ...]: ...
    @property
    def risks(self) -> tuple[str, ...]: ...
    @property
    def sales(self) -> tuple[str, ...]: ...
    @property
    def operator_errors(self) -> tuple[str, ...]: ...
    @property
    def topics(self) -> tuple[str, ...]: ...
    @property
    def categories(self) -> tuple[str, ...]: ...
    @property
    def answers(self) -> tuple[str, ...]: ...
    @property
    def checklist_score(self) -> float | None: ...
    @property
    def csat(self) -> float | None: ...
    @property
    def politeness(self) -> float | None: ...
    @property
    def script_alignment(self) -> float | None: ...
    @property
    def duration_s(self) -> float: ...


DISTRIBUTIONS = ("resolution", "tone", "priority", "funnel_stage", "intents", "risks", "sales", "operator_errors")
_MEANS = ("csat", "checklist_score", "politeness", "script_alignment")


@dataclass(frozen=True, slots=True)
class Summary:
    """A set of calls. Means are None where no call tells; shares (0-1) are of the calls that tell.

    `risky`, `selling` and `faulty`: shares of all calls with a risk signal, a sales signal, an operator error.
    """

    calls: int
    chats: int
    talk_s: float
    csat: float | None
    checklist_score: float | None
    politeness: float | None
    script_alignment: float | None
    positive: float | None
    neutral: float | None
    negative: float | None
    resolved: float | None
    risky: float
    selling: float
    faulty: float

    @property
    def length_s(self) -> float | None:
        """Mean length of the calls that were spoken."""
        spoken = self.calls - self.chats
        return self.talk_s / spoken if spoken else None


@dataclass(frozen=True, slots=True)
class Group:
    """The calls that share a word: an operator, a topic."""

    name: str
    summary: Summary


@dataclass(frozen=True, slots=True)
class Step:
    """A day, week or month of the trend; `end` is exclusive."""

    start: date
    end: date
    summary: Summary


@dataclass(frozen=True, slots=True)
class Question:
    """How often a yes/no question of a checklist was answered with yes."""

    checklist: str
    id: str
    yes: int
    answered: int

    @property
    def share(self) -> float:
        return self.yes / self.answered


@dataclass(frozen=True, slots=True)
class Figures:
    """Groups are ordered by their calls, the most first; `distributions` by their counts. `bins`: counts of CSAT and of
    checklist scores in N_BINS equal steps."""

    total: Summary
    trend: tuple[Step, ...]
    operators: tuple[Group, ...]
    topics: tuple[Group, ...]
    categories: tuple[Group, ...]
    distributions: Mapping[str, tuple[tuple[str, int], ...]]
    questions: tuple[Question, ...]
    csat_bins: tuple[int, ...]
    checklist_bins: tuple[int, ...]


@dataclass(slots=True)
class _Tally:
    """Counts and sums of a set of calls."""

    counts: Counter[str] = field(default_factory=Counter)
    sums: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, call: ListedCall) -> None:
        counts = self.counts
        counts["calls"] += 1
        counts["chats"] += call.type == "chat"
        counts["risky"] += bool(call.risks)
        counts["selling"] += bool(call.sales)
        counts["faulty"] += bool(call.operator_errors)
        counts[f"sentiment {call.sentiment}"] += 1
        counts[f"resolution {call.resolution}"] += 1
        self.sums["talk_s"] += call.duration_s
        for name in _MEANS:
            value = getattr(call, name)
            if value is not None:
                counts[name] += 1
                self.sums[name] += value

    def summary(self) -> Summary:
        calls = self.counts["calls"]
        means = {name: self.sums[name] / self.counts[name] if self.counts[name] else None for name in _MEANS}
        moods = {mood: self._share("sentiment", mood) for mood in ("positive", "neutral", "negative")}
        return Summary(
            calls,
            self.counts["chats"],
            self.sums["talk_s"],
            **means,
            **moods,
            resolved=self._share("resolution", "resolved"),
            risky=self.counts["risky"] / (calls or 1),
            selling=self.counts["selling"] / (calls or 1),
            faulty=self.counts["faulty"] / (calls or 1),
        )

    def _share(self, column: str, value: str) -> float | None:
        told = self.counts["calls"] - self.counts[f"{column} None"]
        return self.counts[f"{column} {value}"] / told if told else None


def gather(calls: Iterable[ListedCall], start: date, end: date) -> Figures:
    """The figures of calls between two days, `end` exclusive, as their UTC dates are."""
    tallies: dict[str, defaultdict[str, _Tally]] = {
        name: defaultdict(_Tally) for name in ("operator", "topics", "categories")
    }
    edges = steps(start, end)
    total, trend = _Tally(), [_Tally() for _ in edges]
    distributions: dict[str, Counter[str]] = {name: Counter() for name in DISTRIBUTIONS}
    answers: Counter[str] = Counter()
    csat_bins, checklist_bins = [0] * N_BINS, [0] * N_BINS
    for call in calls:
        total.add(call)
        for number, (first, last) in enumerate(edges):
            if first <= call.started.date() < last:
                trend[number].add(call)
        for column, groups in tallies.items():
            for word in _words(call, column):
                groups[word].add(call)
        for column, counts in distributions.items():
            counts.update(_words(call, column))
        answers.update(call.answers)
        _count(csat_bins, None if call.csat is None else call.csat / 10)
        _count(checklist_bins, call.checklist_score)
    return Figures(
        total.summary(),
        tuple(Step(*edge, tally.summary()) for edge, tally in zip(edges, trend, strict=True)),
        operators=_groups(tallies["operator"]),
        topics=_groups(tallies["topics"]),
        categories=_groups(tallies["categories"]),
        distributions={name: tuple(counts.most_common()) for name, counts in distributions.items()},
        questions=_questions(answers),
        csat_bins=tuple(csat_bins),
        checklist_bins=tuple(checklist_bins),
    )


def steps(start: date, end: date) -> list[tuple[date, date]]:
    """The days, weeks or months from `start` to `end`: not more than a chart can show."""
    days = (end - start).days
    if days <= _MOST_STEPS:
        length = 1
    elif days <= _MOST_WEEKS * _WEEK_DAYS:
        length = _WEEK_DAYS
    else:
        return _months(start, end)
    first = [start + timedelta(days=day) for day in range(0, days, length)]
    return list(zip(first, [*first[1:], end], strict=True))


def _months(start: date, end: date) -> list[tuple[date, date]]:
    """As many whole months a step as keep their number small."""
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    length = math.ceil(months / _MOST_STEPS)
    first = [start]
    for month in range(length, months, length):
        year, number = divmod(start.month - 1 + month, 12)
        first.append(date(start.year + year, number + 1, 1))
    first = [day for day in first if day < end]
    return list(zip(first, [*first[1:], end], strict=True))


def _words(call: ListedCall, column: str) -> tuple[str, ...]:
    value = getattr(call, column)
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _count(bins: list[int], share: float | None) -> None:
    if share is not None:
        bins[min(max(int(share * N_BINS), 0), N_BINS - 1)] += 1


def _groups(tallies: Mapping[str, _Tally]) -> tuple[Group, ...]:
    groups = [Group(name, tally.summary()) for name, tally in tallies.items()]
    return tuple(sorted(groups, key=lambda group: (-group.summary.calls, group.name)))


def _questions(answers: Mapping[str, int]) -> tuple[Question, ...]:
    """The questions that were answered with yes or no, the worst first."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for answer, count in answers.items():
        question, _, value = answer.partition("=")
        checklist, _, id = question.partition(":")
        if value in ("yes", "no"):
            counts[checklist, id][value] += count
    found = [Question(*key, values["yes"], values.total()) for key, values in counts.items()]
    return tuple(sorted(found, key=lambda question: (question.share, question.id)))
