"""A column of the store: how its value is read from a call, kept in SQLite and found again."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from engine.result_types import CallResult

DatedBy = Literal["metadata", "file", "processing"]
Kind = Literal["number", "choice", "label", "choices", "labels", "scores"]


@dataclass(frozen=True, slots=True)
class Origin:
    """What the content of a call does not tell: when it took place, and who answered it.

    `dated_by`: "metadata" of the recording, or what the caller says, else the "file" and its time of change, else the
    time of "processing". `operator` is kept as it is: an id, not a name.
    """

    started: datetime
    dated_by: DatedBy
    operator: str | None = None

    @classmethod
    def of_file(cls, path: Path | str | None, operator: str | None = None) -> Origin:
        """The time at which a file was last changed; of no file, now."""
        try:
            changed_s = Path(path or "").stat().st_mtime if path else None
        except (OSError, ValueError):
            changed_s = None
        if changed_s is None:
            return cls(datetime.now(UTC), "processing", operator)
        return cls(datetime.fromtimestamp(changed_s, UTC), "file", operator)


@dataclass(frozen=True, slots=True)
class Entry:
    """A call to be saved. `fingerprint`: of the settings that made it."""

    name: str
    fingerprint: str
    result: CallResult
    origin: Origin


@dataclass(frozen=True, slots=True)
class Column:
    """`take` reads the value from a call: a number, a word, a tuple of words, or numbers by word ("scores").

    `choices`: the ids of a closed list. `index` gives the words that a row is found by, where they are not the value's.
    """

    name: str
    kind: Kind
    take: Callable[[Entry], Any]
    choices: tuple[str, ...] = ()
    index: Callable[[str], Iterable[str]] | None = None

    @property
    def sql_type(self) -> str:
        return "REAL" if self.kind == "number" else "TEXT"

    def stored(self, entry: Entry) -> float | str | None:
        """The value as SQLite holds it: several words, and scores, as JSON."""
        value = self.take(entry)
        if self.kind == "number" or value is None:
            return None if value is None or math.isnan(value) else float(value)
        if self.kind in ("choice", "label"):
            return storable(value)
        if not value:
            return None
        return _words_as_json(value) if isinstance(value, tuple) else _as_json(value)

    def loaded(self, stored: Any) -> Any:
        """The value of `stored`; of several words a tuple."""
        if self.kind in ("number", "choice", "label"):
            return stored
        if self.kind == "scores":
            return json.loads(stored) if stored else {}
        return tuple(json.loads(stored)) if stored else ()

    def words(self, stored: Any) -> Iterable[str]:
        """What the row is found by in the index; scores by their names."""
        if stored is None:
            return ()
        if self.index:
            return self.index(stored)
        return (stored,) if self.kind in ("choice", "label") else json.loads(stored)


def storable(text: str) -> str:
    """Names may hold bytes in another encoding (lone surrogates), which SQLite cannot; they stay distinct."""
    return text if text.isascii() else text.encode("utf-8", errors="backslashreplace").decode("utf-8")


def _as_json(value: Any) -> str:
    """On one line; pydantic's writer takes a quarter of the time of the standard library's, but no lone surrogates."""
    try:
        return _json_writer()(value).decode()
    except ValueError:
        return storable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


_words_as_json = functools.lru_cache(maxsize=4096)(_as_json)
"""The same words come back in call after call."""


@functools.cache
def _json_writer() -> Callable[[Any], bytes]:
    from pydantic_core import to_json

    return to_json
