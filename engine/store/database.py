"""Finished calls in one SQLite file beside the output: resume, lists, full-text search."""

from __future__ import annotations

import itertools
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import ConfigurationError, StorageError, UnknownNameError
from engine.result_types import CallResult
from engine.store import schema, selection
from engine.store.column import Entry, Origin, storable
from engine.store.columns import CallRow
from engine.store.documents import Documents, new_dictionary
from engine.store.entries import Prepared, digest
from engine.store.filters import Filter
from engine.store.index import remove_row, seal_filled
from engine.store.settings import Settings
from engine.store.spoken import SearchHit, hits_among
from engine.store.terms import match_expression

_CALLS_A_TRANSACTION = 4000
"""Of an import: each transaction leaves the full-text index a piece to be merged with the others later."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """Calls in order. `next`: what `after` takes for the following page, None on the last.

    `total`: how many calls the filter finds, None where a word that is very common makes that costly to know.
    """

    calls: tuple[CallRow, ...]
    total: int | None
    next: str | None


class Store(Settings):
    """The calls of one output directory; many threads, and other processes, may use the file at once.

    A row is a name with the content hash and the settings fingerprint of its newest result, as are the files beside the
    store: text from earlier settings (without anonymization, say) does not live on. Each save is one transaction, on
    disk when `save` returns: a kill or a power cut leaves the old row or the new one. Every method raises StorageError.

    Opening creates the file, or brings one of an earlier version to this one in one transaction; a damaged one, another
    program's, and one from a newer version are refused.
    """

    _documents: Documents

    def __len__(self) -> int:
        """How many calls there are, whatever their status."""
        ((count,),) = self._read("SELECT count(*) FROM calls")
        return int(count)

    # --- one call -----------------------------------------------------------------------------------------------------

    def names(self) -> tuple[str, ...]:
        """The names of the calls, in order."""
        return tuple(name for (name,) in self._read("SELECT name FROM calls ORDER BY name"))

    def find(self, source_sha256: str, name: str, fingerprint: str) -> CallResult | None:
        """The result of the same content under the same settings, if it is done (completed or partial).

        The times of its words stand in `<stem>.json` only.
        """
        rows = self._read(
            "SELECT data FROM calls JOIN documents USING (id) WHERE name = ? AND sha256 = ? AND fingerprint = ?"
            " AND status IN ('completed', 'partial')",
            (storable(name), digest(source_sha256), fingerprint),
        )
        return self._unpacked(rows[0][0]) if rows else None

    def result(self, name: str) -> CallResult | None:
        """The stored result of a call, whatever its status and settings, without the times of its words."""
        rows = self._read("SELECT data FROM calls JOIN documents USING (id) WHERE name = ?", (storable(name),))
        return self._unpacked(rows[0][0]) if rows else None

    def origin(self, name: str) -> Origin:
        """When a stored call took place, and who answered it. Raises UnknownNameError with the nearest."""
        rows = self._read(f"{schema.READ_ROWS} WHERE name = ?", (storable(name),))
        if not rows:
            raise UnknownNameError("call", name, self.names())
        row = CallRow.of(rows[0])
        return Origin(row.started, row.dated_by, row.operator)

    def save(self, name: str, fingerprint: str, result: CallResult, origin: Origin | None = None) -> None:
        """Add the call, or replace what is stored under its name, for `find`, lists and the search alike.

        `origin`: by default the call is dated by the file at its path.
        """
        entry = Entry(name, fingerprint, result, origin or Origin.of_file(result.source.path))
        call = Prepared.of(entry, self._documents)
        with self._transaction():
            self._put([call])

    def save_many(self, entries: Iterable[Entry]) -> int:
        """Save many calls, some thousand in a transaction, and say how many; for imports."""
        saved, waiting = 0, iter(entries)
        while portion := self._prepared(waiting):
            with self._transaction():
                self._put(portion)
            saved += len(portion)
        return saved

    # --- lists --------------------------------------------------------------------------------------------------------

    def page(
        self, wanted: Filter | None = None, *, order: str = "-started", limit: int = 50, after: str | None = None
    ) -> Page:
        """One page of the calls that a filter finds.

        order: a number or time of `CallRow`, with "-" the highest first. after: `next` of the page before, of the same
        filter and order. Raises UnknownNameError, ConfigurationError.
        """
        if limit < 1:
            raise ConfigurationError("limit", received=limit, expected="1 or more")
        place = selection.Place.parse(after) if after else None
        with self._reading() as connection:
            found = selection.select(
                connection, wanted or Filter(), self._categories(), selection.Order.parse(order), limit, place
            )
            calls = self._rows(found.ids)
        return Page(calls, found.total, str(found.next) if found.next else None)

    def every(self, wanted: Filter | None = None, order: str = "started") -> Iterator[CallRow]:
        """All calls that a filter finds, page by page: a call that is saved meanwhile may be among them."""
        after: str | None = None
        while True:
            page = self.page(wanted, order=order, limit=5000, after=after)
            yield from page.calls
            after = page.next
            if after is None:
                return

    def search(self, query: str, limit: int = 20) -> list[SearchHit]:
        """The utterances that hold every term of `query`, best first.

        Terms are words, "exact phrases" and beginnings* ; case and accents do not count. Any text is a valid query.
        """
        expression = match_expression(query)
        if not expression:
            return []
        with self._reading() as connection:
            return hits_among(connection, expression, limit, self._unpacked)

    def directories(self) -> dict[str, int]:
        """The directories that recordings came from, each with its number of calls."""
        return dict(
            self._read(
                "SELECT directory, count(*) FROM calls WHERE directory IS NOT NULL GROUP BY directory ORDER BY 1"
            )
        )

    # --- inside -------------------------------------------------------------------------------------------------------

    def _prepared(self, entries: Iterator[Entry]) -> list[Prepared]:
        return [Prepared.of(entry, self._documents) for entry in itertools.islice(entries, _CALLS_A_TRANSACTION)]

    def _put(self, calls: Sequence[Prepared]) -> None:
        """Save calls inside a transaction; of those under one name, the last."""
        latest = {call.name: call for call in calls}
        connection = self._connection
        for id in self._ids_of(latest):
            self._remove(id)
        ids = range(first := schema.next_id(connection), first + len(latest))
        saved = list(zip(ids, latest.values(), strict=True))
        connection.executemany(schema.INSERT_CALL, ((id, *call.row) for id, call in saved))
        connection.executemany(schema.INSERT_DOCUMENT, ((id, call.document) for id, call in saved))
        connection.executemany(schema.INSERT_TEXT, ((id, call.text) for id, call in saved))
        seal_filled(connection, ids[-1])

    def _ids_of(self, names: Iterable[str]) -> list[int]:
        """Of the calls that are stored under these names."""
        question = "SELECT id FROM calls WHERE name IN (SELECT value FROM json_each(?))"
        return [id for (id,) in self._connection.execute(question, (json.dumps(list(names)),))]

    def _remove(self, id: int) -> None:
        connection = self._connection
        remove_row(connection, id)
        text = self._searched_text(id)
        connection.execute("DELETE FROM calls WHERE id = ?", (id,))
        if text is not None:
            connection.execute("INSERT INTO spoken (spoken, rowid, text) VALUES ('delete', ?, ?)", (id, text))
        connection.execute("DELETE FROM documents WHERE id = ?", (id,))
        if text is None:  # what was indexed can no longer be told: the index is made anew from all documents
            connection.execute("INSERT INTO spoken (spoken) VALUES ('rebuild')")

    def _searched_text(self, id: int) -> str | None:
        ((data,),) = self._connection.execute("SELECT data FROM documents WHERE id = ?", (id,))
        return self._indexed_text(data)

    def _indexed_text(self, data: Any) -> str | None:
        """What the full-text index was given of a document; None where that cannot be read."""
        try:
            return self._documents.searched_text_of(data)
        except (StorageError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def _unpacked(self, data: Any) -> CallResult | None:
        try:
            return self._documents.unpack(data)
        except (StorageError, ValueError, TypeError):
            _log.warning("a stored result is not readable by this version: the call counts as not done")
            return None

    def _rows(self, ids: Sequence[int]) -> tuple[CallRow, ...]:
        found = self._connection.execute(
            f"{schema.READ_ROWS} WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
        )
        rows = {row[0]: row for row in found}
        return tuple(CallRow.of(rows[id]) for id in ids)

    # --- the file -----------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        super()._prepare()
        self._connection.create_function(schema.SPOKEN_TEXT, 1, self._indexed_text, deterministic=True)
        if self._version() != schema.SCHEMA:
            self._make_current()
        self._documents = Documents(schema.dictionary(self._connection))

    def _version(self) -> int:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        return int(version)

    def _make_current(self) -> None:
        with self._transaction() as connection:
            version = self._version()  # another process may have been faster
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if version == 0 and tables == 0:
                schema.create(connection)
            elif version == 1:
                self._documents = Documents(new_dictionary())
                schema.migrate(connection, lambda entry: self._put([Prepared.of(entry, self._documents)]))
            elif version == 2:
                schema.repack(connection)
            elif version != schema.SCHEMA:
                raise self._foreign(version)

    def _foreign(self, version: int) -> StorageError:
        problem = "was written by a newer version" if version > schema.SCHEMA else "is not a store of call results"
        return StorageError(
            f"{self.path} {problem}",
            received=f"schema {version}",
            expected=f"schema {schema.SCHEMA}",
            remedy="upgrade call-engine, or choose another --out",
        )
