"""One SQLite connection that threads share: transactions, and faults with their remedies."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from engine.errors import StorageError

S = TypeVar("S", bound="Connected")

BUSY_TIMEOUT_S = 30.0
"""How long to wait for another process that is writing into the same file."""

_CACHE_KIB = 64 * 1024
_LOG_PAGES = 16 * 1024
"""Of 4 KiB, how long the write-ahead log may become: a page that many saves change is copied into the file once."""

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


class Connected:
    """A file and the connection to it. Every method raises StorageError."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; refuses what is no database."""
        self.path = path
        self._lock = threading.RLock()
        with self._errors():
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        try:
            with self._errors():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self: S) -> S:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        with self._lock, self._errors():
            self._connection.close()

    def _prepare(self) -> None:
        """A reader never waits for a writer, and what was committed survives a power cut."""
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")

    def _read(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        with self._lock, self._errors():
            return self._connection.execute(statement, values).fetchall()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Several statements that see one state of the file."""
        with self._lock, self._errors():
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.execute("ROLLBACK")

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
