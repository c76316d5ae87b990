"""Every free text of a value, found by its annotation, so that no field that is added later can be forgotten."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, Union

from engine.analysis_types import FREE_TEXT

T = TypeVar("T")


def rewritten(value: T, change: Callable[[str], str]) -> T:
    """A copy of a dataclass with `change` made to every text that is annotated `Text`, at whatever depth.

    Empty texts stay as they are; of texts in a tuple that become the same one is left.
    """
    changed: T = _rewritten(value, type(value), change)
    return changed


def _rewritten(value: Any, hint: Any, change: Callable[[str], str]) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        hints = _hints(type(value))
        fields = {name: _rewritten(getattr(value, name), inner, change) for name, inner in hints.items()}
        return dataclasses.replace(value, **fields)
    if isinstance(value, tuple):
        items = _items(hint, len(value))
        made = tuple(_rewritten(item, inner, change) for item, inner in zip(value, items, strict=True))
        return tuple(dict.fromkeys(made)) if items and all(map(_is_text, items)) else made
    return change(value) if value and isinstance(value, str) and _is_text(hint) else value


def _is_text(hint: Any) -> bool:
    """Whether the annotation is `Text`, or `Text` beside others."""
    origin = typing.get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(map(_is_text, typing.get_args(hint)))
    return origin is Annotated and FREE_TEXT in hint.__metadata__


def _items(hint: Any, length: int) -> tuple[Any, ...]:
    """The annotation of each item of a tuple, which may be one of several alternatives."""
    alternatives = typing.get_args(hint) if typing.get_origin(hint) in (Union, types.UnionType) else (hint,)
    inner = next(typing.get_args(each) for each in alternatives if typing.get_origin(each) is tuple)
    return inner[:1] * length if inner[1:] == (Ellipsis,) else inner


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)
