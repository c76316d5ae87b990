"""Reading the TOML files that a user writes: every fault is named with its place, before any work."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import ConfigurationError, UnknownNameError

Table = Mapping[str, Any]


def read_table(path: Path, what: str, expected: str) -> Table:
    """The TOML file at `path`; raises ConfigurationError where it cannot be read. `what`: "checklist"."""
    return parse_table(read_text(path, what, expected), f"{what} {path}", expected)


def read_text(path: Path, what: str, expected: str) -> str:
    """The text of a file; raises ConfigurationError where there is none."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{what} {path} cannot be read: {error}", expected=expected) from error


def parse_table(text: str, what: str, expected: str) -> Table:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{what} cannot be read: {error}", expected=expected) from error


def tables_of(raw: Table, key: str, problem: str) -> list[Table]:
    """The tables `[[key]]`, at least one; `problem` says what it means that there is none."""
    tables = raw.get(key)
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ConfigurationError(problem, expected=f"at least one [[{key}]] table")
    return tables


def text_of(raw: Table, key: str, where: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        received = repr(value) if key in raw else "nothing"
        raise ConfigurationError(f"{key} of {where}", received=received, expected=f'{key} = "some text"')
    return value.strip()


def phrases_of(raw: Table, key: str, where: str) -> tuple[str, ...]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
        raise ConfigurationError(f"{key} of {where}", received=repr(value), expected="a list of phrases")
    return tuple(value)


def refuse_unknown(raw: Table, known: Sequence[str], where: str) -> None:
    for key in raw:
        if key not in known:
            raise UnknownNameError(f"key in {where}", key, known)


def refuse_duplicates(ids: Sequence[str], what: str) -> None:
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise ConfigurationError(f"{what} share an id", received=", ".join(twice), expected="ids that differ")
