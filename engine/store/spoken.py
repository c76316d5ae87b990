"""Full-text search down to the utterance: the index finds calls, and a second one in memory the places in them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from engine.result_types import CallResult
from engine.store.terms import TOKENIZER, indexed, unseparated

_CALLS_AT_ONCE = 64

_PLACES = f"""
CREATE VIRTUAL TABLE places USING fts5 (
    text, name UNINDEXED, call_id UNINDEXED, number UNINDEXED, start_s UNINDEXED, tokenize = "{TOKENIZER}"
)
"""
_HITS = """
SELECT name, call_id, number, start_s, snippet(places, 0, '', '', '…', 16)
FROM places WHERE places MATCH ? ORDER BY rank, name, number LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One utterance that matches; `start_s` is None in a chat, `snippet` is redacted text around the match."""

    name: str
    call_id: str
    utterance: int
    start_s: float | None
    snippet: str


def hits_among(
    connection: sqlite3.Connection, expression: str, limit: int, unpacked: Callable[[bytes], CallResult | None]
) -> list[SearchHit]:
    """The best utterances of the calls that match best; as many calls are read as it takes to fill `limit`."""
    calls = connection.execute(
        "SELECT calls.name, documents.data FROM spoken JOIN calls ON calls.id = spoken.rowid"
        " JOIN documents ON documents.id = spoken.rowid WHERE spoken MATCH ? ORDER BY rank",
        (expression,),
    )
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        memory.execute(_PLACES)
        hits: list[SearchHit] = []
        while len(hits) < limit and (portion := calls.fetchmany(_CALLS_AT_ONCE)):
            for name, data in portion:
                _add_places(memory, name, unpacked(data))
            rows = memory.execute(_HITS, (expression, limit)).fetchall()
            hits = [SearchHit(name, call, number, at, unseparated(text)) for name, call, number, at, text in rows]
    return hits


def _add_places(memory: sqlite3.Connection, name: str, result: CallResult | None) -> None:
    if result is None:
        return
    memory.executemany(
        "INSERT INTO places (text, name, call_id, number, start_s) VALUES (?, ?, ?, ?, ?)",
        ((indexed(each.text), name, result.call_id, each.index, each.start_s) for each in result.utterances),
    )
