"""The criteria of a filter but its text: which calls meet them, as masks over the segments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.store.columns import SORTED_BY, STARTED
from engine.store.filters import WORD_FIELDS, Filter, Range, column_of, needs_all
from engine.store.index import Index
from engine.store.segments import Mask, score_key, word_key

Tree = Mapping[str, str | None]
"""The parent of each category, None at the top."""


def criteria_columns(wanted: Filter) -> Iterator[str]:
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


def matching(index: Index, wanted: Filter, tree: Tree) -> Mask:
    """All criteria but the text; shape (places,)."""
    mask = index.live()
    for name in WORD_FIELDS:
        for alternatives in _alternatives(name, getattr(wanted, name), tree):
            mask &= _any_word(index, column_of(name), alternatives, mask)
    for name, bounds in _ranges(wanted):
        mask &= _within(index.numbers(name, mask), bounds)
    if wanted.since or wanted.before:
        mask &= _in_period(index, wanted, mask)
    if wanted.checklist_score:
        names = wanted.checklists or index.score_names()
        scores = [_within(index.numbers(score_key(name), mask), wanted.checklist_score) for name in names]
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


def _any_word(index: Index, column: str, words: Iterable[str], among: Mask) -> Mask:
    mask = np.zeros_like(among)
    for word in words:
        mask |= index.rows(word_key(column, _as_indexed(column, word)), among)
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


def _in_period(index: Index, wanted: Filter, among: Mask) -> Mask:
    started = index.numbers(STARTED.name, among)
    mask = np.ones(len(started), dtype=np.bool_)
    if wanted.since:
        mask &= started >= wanted.since.timestamp()
    if wanted.before:
        mask &= started < wanted.before.timestamp()
    return mask
