"""From a filter to the calls of one page: masks over the segments, the full-text index, and the order asked for."""

from __future__ import annotations

import functools
import json
import math
import sqlite3
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import ConfigurationError, UnknownNameError
from engine.store.columns import SORTED_BY, STARTED
from engine.store.criteria import Tree, criteria_columns, matching
from engine.store.filters import Filter
from engine.store.index import Index
from engine.store.segments import Mask
from engine.store.terms import match_expression

_FEW = 5_000
"""Matches of the full-text index that are listed in any case."""
_COST_ASKED, _COST_IN_TIME = 400.0, 0.5
"""Of asking the index whether one call holds the words, in matches that are listed in that time. In the order of time
calls lie side by side in the index, and asking costs little; in another each is a search of its own."""
_SPREAD = 500
"""Ids side by side are read at the cost of one search for one."""
_FIRST_ASKED, _MOST_ASKED = 128, 4096
_SAMPLES, _SAMPLED = 8, 512
"""Stretches of ids, and ids in each, from which it is told how common words are."""


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
    index = Index(connection, {*criteria_columns(wanted), order.by})
    mask = matching(index, wanted, tree)
    expression = match_expression(wanted.text)
    if wanted.text.strip() and not expression:
        mask[:] = False  # nothing but signs: no call holds them
    words = Words(connection, index, expression, order, limit) if expression else None
    listed = words.among(mask) if words else mask
    mask = mask if listed is None else listed
    total = None if listed is None else int(np.count_nonzero(listed))
    keys = _sort_keys(index, order, mask)
    if after:
        mask &= _behind(index, keys, order, after)
    if words and listed is None:
        places = _asked(words, mask, keys, order, limit + 1)
    else:
        places = _ordered(mask, keys, order, limit + 1)
    ids = index.ids(places)
    following = Place(float(keys[places[limit - 1]]), int(ids[limit - 1])) if len(places) > limit else None
    return Selection(tuple(ids[:limit].tolist()), total, following)


# --- order ------------------------------------------------------------------------------------------------------------


def _sort_keys(index: Index, order: Order, among: Mask) -> NDArray[np.floating]:
    """Ascending keys of the calls of a mask, infinite where the value is unknown."""
    keys = index.numbers(order.by, among)
    if order.descending:
        np.negative(keys, out=keys)
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


class Words:
    """One expression, for a page of `limit` calls in some order, and the cheaper way to it: listing its matches, or
    asking about the calls in the order of the page."""

    def __init__(self, connection: sqlite3.Connection, index: Index, expression: str, order: Order, limit: int) -> None:
        self._connection, self._index, self._expression = connection, index, expression
        self._cost = _COST_IN_TIME if order.by == STARTED.name else _COST_ASKED
        self._limit = limit

    def among(self, mask: Mask) -> Mask | None:
        """The calls of the mask that hold the words; None where that costs more than asking about some."""
        places = np.flatnonzero(mask)
        if len(places) <= _FIRST_ASKED:
            return mask & self.holding(places)
        few = max(_FEW, math.sqrt(self._cost * self._limit * len(mask)))
        return mask & self.listed() if self._matches <= few else None

    @property
    def most_asked(self) -> float:
        """From so many calls on, listing would have cost less after all."""
        return max(self._matches / self._cost, _FIRST_ASKED)

    def listed(self) -> Mask:
        """All calls that hold the words. As one text: a row each would take twice as long."""
        question = "SELECT group_concat(rowid) FROM spoken WHERE spoken MATCH ?"
        ((found,),) = self._connection.execute(question, (self._expression,))
        return self._index.mask_of_ids(np.fromstring(found or "", dtype=np.int64, sep=","))

    def holding(self, places: NDArray[np.intp]) -> Mask:
        """Those of some calls that hold the words, and maybe others between them."""
        ids = self._index.ids(places)
        if not len(ids):
            return self._index.mask_of_ids(ids)
        low, high, question = int(ids.min()), int(ids.max()), "SELECT rowid FROM spoken WHERE spoken MATCH ? AND rowid"
        if high - low <= _SPREAD * len(ids):
            rows = self._connection.execute(f"{question} BETWEEN ? AND ?", (self._expression, low, high)).fetchall()
        else:
            among = f"{question} IN (SELECT value FROM json_each(?))"
            rows = self._connection.execute(among, (self._expression, json.dumps(ids.tolist()))).fetchall()
        return self._index.mask_of_ids(np.array(rows, dtype=np.int64).reshape(-1))

    @functools.cached_property
    def _matches(self) -> float:
        """About how many calls hold the words."""
        ids = self._index.all_ids()
        step = max(len(ids) // _SAMPLES, _SAMPLED)
        question = "SELECT count(*) FROM spoken WHERE spoken MATCH ? AND rowid BETWEEN ? AND ?"
        found = [
            self._connection.execute(question, (self._expression, int(first), int(first) + _SAMPLED - 1)).fetchone()[0]
            for first in ids[::step]
        ]
        return float(sum(found)) * step / _SAMPLED


def _asked(words: Words, mask: Mask, keys: NDArray[np.floating], order: Order, limit: int) -> NDArray[np.intp]:
    """Candidates in order, in growing portions, each asked whether it holds the words, until a page is full; the rest
    from the list of matches where the mask turns out to hold few."""
    found: list[int] = []
    mask, size, asked = mask.copy(), _FIRST_ASKED, 0
    while len(found) < limit and (portion := _ordered(mask, keys, order, size)).size:
        if asked > words.most_asked:
            found.extend(_ordered(mask & words.listed(), keys, order, limit - len(found)).tolist())
            break
        mask[portion] = False
        found.extend(portion[words.holding(portion)[portion]].tolist())
        asked += len(portion)
        size = min(2 * size, _MOST_ASKED)
    return np.array(found[:limit], dtype=np.intp)
