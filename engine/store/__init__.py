"""Hop 8: every finished call in one SQLite file: resume, lists by some thirty criteria, full-text search."""

from engine.store.column import Entry, Origin
from engine.store.columns import COLUMNS, SORTED_BY, CallRow
from engine.store.database import Page, Store
from engine.store.documents import without_words
from engine.store.filters import Filter, Range, parse_time
from engine.store.schema import SCHEMA
from engine.store.spoken import SearchHit

__all__ = [
    "COLUMNS",
    "SCHEMA",
    "SORTED_BY",
    "CallRow",
    "Entry",
    "Filter",
    "Origin",
    "Page",
    "Range",
    "SearchHit",
    "Store",
    "parse_time",
    "without_words",
]
