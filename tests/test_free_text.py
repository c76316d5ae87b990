"""No free text of an analysis is missed: a canary in every field, whoever adds one."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from engine.analysis_types import FREE_TEXT, Analysis, Text
from engine.free_text import rewritten

CLOSED = {
    "Analysis.engine", "Analysis.language", "Analysis.categories", "SpeakerMood.speaker",
    "ChecklistResult.checklist_id",
    "ChecklistResult.title", "ChecklistResult.failed_critical", "ChecklistAnswer.question_id", "ChecklistAnswer.title",
    "ChecklistAnswer.value",
    "ScriptAlignment.script_id", "ScriptAlignment.title", "ScriptStep.id", "ScriptStep.title",
}  # fmt: skip
"""Strings that come from the configuration or from a fixed list, never from a call."""
CANARY = "canary"


def hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


def alternatives(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)


def filled(hint: Any) -> Any:
    """A value of an annotated type with CANARY in every string."""
    hint = alternatives(hint)[0] if str not in alternatives(hint) else str
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return hint(**{name: filled(each) for name, each in hints(hint).items()})
    if origin is tuple:
        return (filled(inner[0]),) if inner[1:] == (Ellipsis,) else tuple(map(filled, inner))
    if origin is Literal:
        return inner[0]
    return CANARY if hint is str or FREE_TEXT in getattr(hint, "__metadata__", ()) else hint(1)


def strings(hint: Any, name: str) -> Iterator[tuple[str, bool]]:
    """Where a type has strings, and whether they are free text."""
    for each in alternatives(hint):
        if dataclasses.is_dataclass(each):
            for inner, found in hints(each).items():
                yield from strings(found, f"{each.__name__}.{inner}")
        elif typing.get_origin(each) is tuple:
            for inner in typing.get_args(each):
                yield from strings(inner, name)
        elif each is str or FREE_TEXT in getattr(each, "__metadata__", ()):
            yield name, each is not str


def test_every_string_of_an_analysis_is_free_text_or_known_to_be_closed() -> None:
    found = dict(strings(Analysis, "Analysis"))
    assert {name for name, free in found.items() if not free} == CLOSED
    assert sum(found.values()) > 20


def test_a_canary_in_every_field_is_changed_everywhere_and_nothing_else_is() -> None:
    analysis = filled(Analysis)
    changed = rewritten(analysis, lambda text: "seen" if text == CANARY else pytest.fail(text))
    free = {name for name, is_free in strings(Analysis, "Analysis") if is_free}
    for name, value in walked(changed, "Analysis"):
        assert value == ("seen" if name in free else CANARY), name
    assert dataclasses.astuple(rewritten(changed, lambda _: CANARY)) == dataclasses.astuple(analysis)


def walked(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every canary that is left or was changed, with its field."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from walked(getattr(value, field.name), f"{type(value).__name__}.{field.name}")
    elif isinstance(value, tuple):
        for item in value:
            yield from walked(item, name)
    elif value in (CANARY, "seen"):
        yield name, value


@dataclasses.dataclass(frozen=True)
class Odd:
    pair: tuple[int, Text]
    maybe: tuple[Text, ...] | None
    nothing: Text | None
    empty: Text
    closed: str


def test_tuples_of_all_kinds() -> None:
    odd = rewritten(Odd((1, "a"), ("a", "b", "a"), None, "", "closed"), lambda _: "x")
    assert odd == Odd((1, "x"), ("x",), None, "", "closed")
