"""Finished calls in one SQLite file beside the output: resume, results, full-text search."""

from __future__ import annotations

import contextlib
import logging
import re
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from engine.errors import StorageError
from engine.result_json import from_json, to_json
from engine.types import CallResult

SCHEMA = 1
BUSY_TIMEOUT_S = 30.0
"""How long to wait for another process that is writing into the same file."""

_TABLES = f"""
CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    call_id TEXT NOT NULL,
    status TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE TABLE utterances (
    id INTEGER PRIMARY KEY,
    call INTEGER NOT NULL REFERENCES calls (id),
    number INTEGER NOT NULL,
    start_s REAL
);
CREATE INDEX utterances_of_call ON utterances (call);
CREATE VIRTUAL TABLE spoken USING fts5 (text, tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co'");
PRAGMA user_version = {SCHEMA};
"""

_UPSERT = """
INSERT INTO calls (name, sha256, fingerprint, call_id, status, document) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256, fingerprint = excluded.fingerprint,
    call_id = excluded.call_id, status = excluded.status, document = excluded.document
RETURNING id
"""

_SEARCH = """
SELECT calls.name, calls.call_id, utterances.number, utterances.start_s, snippet(spoken, 0, '', '', '…', 16)
FROM spoken JOIN utterances ON utterances.id = spoken.rowid JOIN calls ON calls.id = utterances.call
WHERE spoken MATCH ? ORDER BY rank, calls.name, utterances.number LIMIT ?
"""

_REMEDIES = {
    sqlite3.SQLITE_BUSY: "another process is writing into it: wait for that run to end, or choose another --out",
    sqlite3.SQLITE_LOCKED: "another process is writing into it: wait for that run to end, or choose another --out",
    sqlite3.SQLITE_NOTADB: "move the file away and run again: the calls are then processed anew",
    sqlite3.SQLITE_CORRUPT: "move the file away and run again: the calls are then processed anew",
    sqlite3.SQLITE_FULL: "free some space, or choose another --out, and run again",
    sqlite3.SQLITE_READONLY: "give this user write permission on the file and its directory, or choose another --out",
    sqlite3.SQLITE_CANTOPEN: "make the directory first, and give this user write permission on it",
    sqlite3.SQLITE_IOERR: "the disk reports an input/output error or is full: check it, or choose another --out",
}

_IDEOGRAPH = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
_QUERY_TERM = re.compile(r'"([^"]*)"(\*?)|([^\s"]+)')
_MAX_TERMS = 64  # SQLite refuses expressions deeper than 256
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One utterance that matches; `start_s` is None in a chat, `snippet` is redacted text around the match."""

    name: str
    call_id: str
    utterance: int
    start_s: float | None
    snippet: str


class Store:
    """The calls of one output directory; many threads, and other processes, may use the file at once.

    A row is a name with the content hash and the settings fingerprint of its newest result, as are the files beside the
    store: text from earlier settings (without anonymization, say) does not live on. Each save is one transaction, on
    disk when `save` returns: a kill or a power cut leaves the old row or the new one. Every method raises StorageError.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file; refuses a damaged one, another program's, and one from a newer version."""
        self.path = path
        self._lock = threading.Lock()
        with self._errors():
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def __len__(self) -> int:
        """How many calls there are, whatever their status."""
        with self._lock, self._errors():
            (count,) = self._connection.execute("SELECT count(*) FROM calls").fetchone()
        return int(count)

    def names(self) -> tuple[str, ...]:
        """The names of the calls, in order."""
        with self._lock, self._errors():
            return tuple(name for (name,) in self._connection.execute("SELECT name FROM calls ORDER BY name"))

    def find(self, source_sha256: str, name: str, fingerprint: str) -> CallResult | None:
        """The result of the same content under the same settings, if it is done (completed or partial)."""
        where = "name = ? AND sha256 = ? AND fingerprint = ? AND status IN ('completed', 'partial')"
        with self._lock, self._errors():
            row = self._connection.execute(
                f"SELECT document FROM calls WHERE {where}", (_storable(name), source_sha256, fingerprint)
            ).fetchone()
        if row is None:
            return None
        try:
            return from_json(row[0])
        except StorageError:
            _log.warning("a stored result is not readable by this version: the call counts as not done")
            return None

    def save(self, name: str, fingerprint: str, result: CallResult) -> None:
        """Add the call, or replace what is stored under its name, for `find` and for the search alike."""
        document = to_json(result).encode("utf-8", errors="replace").decode("utf-8")
        key = (_storable(name), result.source.sha256, fingerprint)
        with self._transaction() as connection:
            ((call,),) = connection.execute(_UPSERT, (*key, _storable(result.call_id), result.status, document))
            connection.execute("DELETE FROM spoken WHERE rowid IN (SELECT id FROM utterances WHERE call = ?)", (call,))
            connection.execute("DELETE FROM utterances WHERE call = ?", (call,))
            _index_text(connection, call, result)

    def search(self, query: str, limit: int = 20) -> list[SearchHit]:
        """The utterances that hold every term of `query`, best first.

        Terms are words, "exact phrases" and beginnings* ; case and accents do not count. Any text is a valid query.
        """
        expression = _match_expression(query)
        if not expression:
            return []
        with self._lock, self._errors():
            rows = self._connection.execute(_SEARCH, (expression, limit)).fetchall()
        return [
            SearchHit(name, call_id, number, start_s, snippet.replace("\u200b", ""))
            for name, call_id, number, start_s, snippet in rows
        ]

    def close(self) -> None:
        with self._lock, self._errors():
            self._connection.close()

    def _prepare(self) -> None:
        with self._errors():
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
        with self._transaction() as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if version == 0 and tables == 0:
                for statement in _TABLES.split(";"):
                    connection.execute(statement)
            elif version != SCHEMA:
                raise self._foreign(version)

    def _foreign(self, version: int) -> StorageError:
        problem = "was written by a newer version" if version > SCHEMA else "is not a store of call results"
        return StorageError(
            f"{self.path} {problem}",
            received=f"schema {version}",
            expected=f"schema {SCHEMA}",
            remedy="upgrade call-engine, or choose another --out",
        )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction that takes the write lock at once, so that it never has to be retried half-way."""
        with self._lock, self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
            remedy = _REMEDIES.get(code, "check the file, or choose another --out")
            raise StorageError(f"the store {self.path} cannot be used: {error}", remedy=remedy) from error


def _index_text(connection: sqlite3.Connection, call: int, result: CallResult) -> None:
    for utterance in result.utterances:
        cursor = connection.execute(
            "INSERT INTO utterances (call, number, start_s) VALUES (?, ?, ?)",
            (call, utterance.index, utterance.start_s),
        )
        text = _separated(_storable(utterance.text))
        connection.execute("INSERT INTO spoken (rowid, text) VALUES (?, ?)", (cursor.lastrowid, text))


def _match_expression(query: str) -> str:
    """User text as an FTS5 expression in which every term is quoted, so that no character of it is syntax."""
    terms = []
    for phrase, phrase_star, word in _QUERY_TERM.findall(_storable(query).replace("\0", " "))[:_MAX_TERMS]:
        text, star = (phrase, phrase_star) if not word else (word.rstrip("*"), "*" if word.endswith("*") else "")
        if any(character.isalnum() for character in text):
            terms.append(f'"{_separated(text)}"{star}')
    return " ".join(terms)


def _separated(text: str) -> str:
    """Zero-width spaces around ideographs and kana, which are written without spaces: each becomes a token."""
    return _IDEOGRAPH.sub("\u200b\\1\u200b", text)


def _storable(text: str) -> str:
    """Names may hold bytes in another encoding (lone surrogates), which SQLite cannot; they stay distinct."""
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")
