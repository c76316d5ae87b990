"""From a filter to the calls of one page: masks over the segments, the full-text index, and the order asked for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import ConfigurationError, UnknownNameError
from engine.store.columns import COLUMNS, STARTED
from engine.store.filters import WORD_FIELDS, Filter, Range, column_of, needs_all
from engine.store.index import Index
from engine.store.segments import Mask, score_key, word_key
from engine.store.terms import match_expression

SORTED_BY: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.kind == "number")
_FEW_MATCHES, _FEW_IN_TIME = 200_000, 5_000
"""Up to here the full-text index lists its matches; beyond, it is asked about the calls in the order of the page. In
that of time they lie side by side in the index, and asking costs little; in another each is a search of its own."""
_SPREAD = 500
"""Ids side by side are read at the cost of one search for one."""
_FIRST_ASKED, _MOST_ASKED = 128, 4096

Tree = Mapping[str, str | None]
"""The parent of each category, None at the top."""


@dataclass(frozen=True, slots=True)
class Order:
    """By a number or time; calls in which it is unknown come last, and calls that are equal in the order of saving."""

    by: str
    descending: bool

    @classmethod
    def parse(cls, text: str) -> Order:
        """`-started` is the newest first. Raises UnknownNameError."""
        by = text.removeprefix("-")
        if by not in SORTED_BY:
            raise UnknownNameError("order", by, SORTED_BY)
        return cls(by, text.startswith("-"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the last call's sort value (negated where descending) and number in the index's order."""

    value: float
    id: int

    @classmethod
    def parse(cls, text: str) -> Place:
        try:
            value, id = text.split(",")
            return cls(float(value), int(id))
        except ValueError:
            raise ConfigurationError(
                "page", received=repr(text), expected="`next` of an earlier page, in the same order"
            ) from None

    def __str__(self) -> str:
        return f"{self.value!r},{self.id}"


@dataclass(frozen=True, slots=True)
class Selection:
    """`ids` in order; `total`: how many calls match, None where a common word makes that costly to know."""

    ids: tuple[int, ...]
    total: int | None
    next: Place | None


def select(
    connection: sqlite3.Connection, wanted: Filter, tree: Tree, order: Order, limit: int, after: Place | None
) -> Selection:
    """The page of at most `limit` calls that follows `after`."""
    index = Index(connection, {*_columns(wanted), order.by})
    mask = _matching(index, wanted, tree)
    expression = match_expression(wanted.text)
    if wanted.text.strip() and not expression:
        mask[:] = False  # nothing but signs: no call holds them
    few = _FEW_IN_TIME if order.by == STARTED.name else _FEW_MATCHES
    listed = _with_words(connection, index, mask, expression, few) if expression else mask
    mask = mask if listed is None else listed
    total = None if listed is None else int(np.count_nonzero(listed))
    keys = _sort_keys(index, order)
    if after:
        mask &= _behind(index, keys, order, after)
    if listed is None:
        places = _asked(connection, index, mask, keys, order, expression, limit + 1)
    else:
        places = _ordered(mask, keys, order, limit + 1)
    ids = index.ids(places)
    following = Place(float(keys[places[limit - 1]]), int(ids[limit - 1])) if len(places) > limit else None
    return Selection(tuple(ids[:limit].tolist()), total, following)


# --- criteria ---------------------------------------------------------------------------------------------------------


def _columns(wanted: Filter) -> Iterator[str]:
    """The columns that a filter looks at."""
    for name in WORD_FIELDS:
        if getattr(wanted, name):
            yield column_of(name)
    for name, _ in _ranges(wanted):
        yield name
    if wanted.checklist_score:
        yield "checklist_scores"
    if wanted.since or wanted.before:
        yield STARTED.name


def _ranges(wanted: Filter) -> Iterator[tuple[str, Range]]:
    for name in SORTED_BY:
        bounds: Range | None = getattr(wanted, name, None)
        if bounds:
            yield name, bounds


def _matching(index: Index, wanted: Filter, tree: Tree) -> Mask:
    """All criteria but the text; shape (places,)."""
    mask = index.live()
    for name in WORD_FIELDS:
        for alternatives in _alternatives(name, getattr(wanted, name), tree):
            mask &= _any_word(index, column_of(name), alternatives)
    for name, bounds in _ranges(wanted):
        mask &= _within(index.numbers(name), bounds)
    if wanted.since or wanted.before:
        mask &= _in_period(index, wanted)
    if wanted.checklist_score:
        names = wanted.checklists or index.score_names()
        scores = [_within(index.numbers(score_key(name)), wanted.checklist_score) for name in names]
        mask &= np.logical_or.reduce(scores) if scores else False
    return mask


def _alternatives(field: str, words: Sequence[str], tree: Tree) -> list[list[str]]:
    """Each list is met by any of its words, and all lists must be met."""
    if field == "answers":
        words = [f"{word.removesuffix('partly')}0.5" if word.endswith("=partly") else word for word in words]
    each = [below(word, tree) if column_of(field) == "categories" else [word] for word in words]
    if needs_all(field):
        return each
    return [[word for words in each for word in words]] if each else []


def below(category: str, tree: Tree) -> list[str]:
    """A category and all under it."""
    found = [category]
    for name in found:  # grows as it goes; the tree has no cycles
        found.extend(child for child, parent in tree.items() if parent == name)
    return found


def _any_word(index: Index, column: str, words: Iterable[str]) -> Mask:
    mask = np.zeros_like(index.live())
    for word in words:
        mask |= index.rows(word_key(column, _as_indexed(column, word)))
    return mask


def _as_indexed(column: str, word: str) -> str:
    return word.rstrip("/") or "/" if column == "directory" else word


def _within(numbers: NDArray[np.floating], bounds: Range) -> Mask:
    """Bounds are taken as float32 too, so that 0.7 is within 0.7 to 1; unknown values (NaN) are within nothing."""
    low, high = (None if bound is None else numbers.dtype.type(bound) for bound in bounds)
    mask: Mask = ~np.isnan(numbers)
    if low is not None:
        mask &= numbers >= low
    if high is not None:
        mask &= numbers <= high
    return mask


def _in_period(index: Index, wanted: Filter) -> Mask:
    started = index.numbers(STARTED.name)
    mask = np.ones(len(started), dtype=np.bool_)
    if wanted.since:
        mask &= started >= wanted.since.timestamp()
    if wanted.before:
        mask &= started < wanted.before.timestamp()
    return mask


# --- order ------------------------------------------------------------------------------------------------------------


def _sort_keys(index: Index, order: Order) -> NDArray[np.floating]:
    """Ascending keys, infinite where the value is unknown."""
    numbers = index.numbers(order.by)
    keys = -numbers if order.descending else numbers.copy()
    keys[np.isnan(keys)] = np.inf
    return keys


def _behind(index: Index, keys: NDArray[np.floating], order: Order, after: Place) -> Mask:
    value = keys.dtype.type(after.value)
    ids = index.all_ids()
    later = ids < after.id if order.descending else ids > after.id
    behind: Mask = (keys > value) | ((keys == value) & later)
    return behind


def _ordered(mask: Mask, keys: NDArray[np.floating], order: Order, limit: int) -> NDArray[np.intp]:
    """The first `limit` places of the mask; equal calls in the order of saving, reversed where descending."""
    places = np.flatnonzero(mask)
    found = keys[places]
    if len(places) > limit:
        last = np.partition(found, limit - 1)[limit - 1]
        before, equal = places[found < last], places[found == last]
        rest = limit - len(before)
        places = np.concatenate([before, equal[-rest:] if order.descending else equal[:rest]])
        found = keys[places]
    return places[np.lexsort((-places if order.descending else places, found))]


# --- text -------------------------------------------------------------------------------------------------------------


def _with_words(connection: sqlite3.Connection, index: Index, mask: Mask, expression: str, few: int) -> Mask | None:
    """The calls of the mask that hold the words; None where both are too many to be told beforehand."""
    places = np.flatnonzero(mask)
    if len(places) <= _FIRST_ASKED:
        return mask & index.mask_of_ids(_holding(connection, expression, index.ids(places)))
    rows = connection.execute("SELECT rowid FROM spoken WHERE spoken MATCH ? LIMIT ?", (expression, few + 1)).fetchall()
    if len(rows) > few:
        return None
    return mask & index.mask_of_ids(np.array(rows, dtype=np.int64).reshape(-1))


def _asked(
    connection: sqlite3.Connection, index: Index, mask: Mask, keys: NDArray[np.floating], order: Order,
    expression: str, limit: int,
) -> NDArray[np.intp]:  # fmt: skip
    """Candidates in order, in growing portions, each asked whether it holds the words, until a page is full."""
    found: list[int] = []
    mask, size = mask.copy(), _FIRST_ASKED
    while len(found) < limit and (portion := _ordered(mask, keys, order, size)).size:
        mask[portion] = False
        holding = index.mask_of_ids(_holding(connection, expression, index.ids(portion)))
        found.extend(portion[holding[portion]].tolist())
        size = min(2 * size, _MOST_ASKED)
    return np.array(found[:limit], dtype=np.intp)


def _holding(connection: sqlite3.Connection, expression: str, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of some calls that hold the words, and maybe others between them."""
    if not len(ids):
        return ids
    low, high, question = int(ids.min()), int(ids.max()), "SELECT rowid FROM spoken WHERE spoken MATCH ? AND rowid"
    if high - low <= _SPREAD * len(ids):
        rows = connection.execute(f"{question} BETWEEN ? AND ?", (expression, low, high)).fetchall()
    else:
        listed = json.dumps(ids.tolist())
        rows = connection.execute(f"{question} IN (SELECT value FROM json_each(?))", (expression, listed)).fetchall()
    return np.array(rows, dtype=np.int64).reshape(-1)
