"""What calls are asked for: a frozen, checked value, which can be saved under a name."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, TypeAlias

from engine.errors import ConfigurationError, UnknownNameError
from engine.store.columns import BY_NAME

Range: TypeAlias = tuple[float | None, float | None]
"""Lowest and highest value that are asked for; None: no bound. A call in which the value is unknown is not found."""

_RANGE_FIELDS = (
    "duration_s", "words", "csat", "operator_satisfaction", "politeness", "empathy", "script_alignment",
    "checklist_score", "silence_ratio", "interruptions",
)  # fmt: skip
_ALL_SUFFIX = "_all"


@dataclass(frozen=True, slots=True)
class Filter:
    """Every criterion that is given must hold; within a tuple any of the values will do, within `…_all` all must.

    `since` and `before`: when the call took place, with a time zone; `before` is exclusive. `directory`: of the
    recording, or one above it. `categories`: with all those below them in the category tree. `answers`: each
    "checklist:question=value", where value is yes, no, partly, none, not_applicable, a number or a choice; all must
    hold. `checklist_score` (0-1): of `checklists` where named, else of any. `text`: words, "phrases" and beginnings*
    that the summary and the redacted transcript must hold, all of them.

    Raises UnknownNameError on an id that is not in the enumeration, ConfigurationError on a range that is empty.
    """

    since: datetime | None = None
    before: datetime | None = None
    status: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    dated_by: tuple[str, ...] = ()
    operator: tuple[str, ...] = ()
    directory: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    sentiment: tuple[str, ...] = ()
    tone: tuple[str, ...] = ()
    customer_attitude: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    funnel_stage: tuple[str, ...] = ()
    resolution: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    intents_all: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    risks_all: tuple[str, ...] = ()
    sales: tuple[str, ...] = ()
    sales_all: tuple[str, ...] = ()
    operator_errors: tuple[str, ...] = ()
    operator_errors_all: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tags_all: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    categories_all: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    topics_all: tuple[str, ...] = ()
    checklists: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    duration_s: Range | None = None
    words: Range | None = None
    csat: Range | None = None
    operator_satisfaction: Range | None = None
    politeness: Range | None = None
    empathy: Range | None = None
    script_alignment: Range | None = None
    checklist_score: Range | None = None
    silence_ratio: Range | None = None
    interruptions: Range | None = None
    text: str = ""

    def __post_init__(self) -> None:
        for name in ("since", "before"):
            _check_time(name, getattr(self, name))
        for name in _RANGE_FIELDS:
            _check_range(name, getattr(self, name))
        for name in WORD_FIELDS:
            _check_words(name, getattr(self, name))

    @classmethod
    def from_mapping(cls, criteria: Mapping[str, Any]) -> Filter:
        """From plain values, as `to_json` writes them: times as ISO 8601 text (UTC where they name no zone), one word
        in place of a list of one. Raises UnknownNameError with the nearest criterion."""
        known = {field.name for field in fields(cls)}
        for name in criteria:
            if name not in known:
                raise UnknownNameError("filter criterion", name, known)
        return cls(**{name: _plain(name, value) for name, value in criteria.items() if value is not None})

    def to_json(self) -> str:
        """The criteria that are given, as a JSON object."""
        given = {
            field.name: value for field in fields(self) if (value := getattr(self, field.name)) not in (None, (), "")
        }
        return json.dumps(given, ensure_ascii=False, default=datetime.isoformat)

    def narrowed(self, **criteria: Any) -> Filter:
        """The filter with other criteria in place of its own."""
        return dataclasses.replace(self, **criteria)


WORD_FIELDS: tuple[str, ...] = tuple(field.name for field in fields(Filter) if field.type == "tuple[str, ...]")


def parse_time(text: str) -> datetime:
    """ISO 8601, `2026-11-01` or `2026-11-01T09:30+01:00`; UTC where no zone is named. Raises ConfigurationError."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError("a time", received=repr(text), expected="ISO 8601, such as 2026-11-01") from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)


def column_of(field: str) -> str:
    """The column that a criterion of words looks at."""
    return "checklist_scores" if field == "checklists" else field.removesuffix(_ALL_SUFFIX)


def needs_all(field: str) -> bool:
    return field == "answers" or field.endswith(_ALL_SUFFIX)


def _plain(name: str, value: Any) -> Any:
    if name in ("since", "before"):
        return parse_time(value) if isinstance(value, str) else value
    if name in WORD_FIELDS:
        return (value,) if isinstance(value, str) else tuple(value)
    return tuple(value) if name in _RANGE_FIELDS else value


def _check_time(name: str, time: datetime | None) -> None:
    if time is not None and time.tzinfo is None:
        raise ConfigurationError(f"filter {name}", received=repr(time), expected="a time with its zone")


def _check_range(name: str, bounds: Range | None) -> None:
    if bounds is None:
        return
    low, high = bounds
    if low is not None and high is not None and not low <= high:
        raise ConfigurationError(f"filter {name}", received=f"{low} to {high}", expected="the lower bound first")


def _check_words(name: str, values: Iterable[str]) -> None:
    if isinstance(values, str) or not all(isinstance(value, str) for value in values):
        raise ConfigurationError(f"filter {name}", received=repr(values), expected="a tuple of words")
    choices = BY_NAME[column_of(name)].choices
    for value in values:
        if choices and value not in choices:
            raise UnknownNameError(f"value of {name}", value, choices)
        if name == "answers" and not ("=" in value and ":" in value.partition("=")[0]):
            raise ConfigurationError("filter answers", received=repr(value), expected='"checklist:question=value"')
