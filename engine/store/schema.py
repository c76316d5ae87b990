"""The tables of the store, and how a file of an earlier version becomes one of this."""

from __future__ import annotations

import logging
import sqlite3
import zlib
from collections.abc import Callable, Iterator

from engine.errors import StorageError
from engine.result_json import from_json
from engine.store.column import Entry, Origin
from engine.store.columns import COLUMNS
from engine.store.documents import Documents, inflated, new_dictionary
from engine.store.terms import TOKENIZER

SCHEMA = 3
DICTIONARY, SEALED, CATEGORIES, FILTER = "dictionary", "sealed blocks", "categories", "filter "
"""Keys of `settings`; a saved filter has its name behind FILTER."""

SPOKEN_TEXT = "spoken_text"
"""The SQL function by which the full-text index reads a document."""

_INDEX_OPTIONS = {"hashsize": 32 * 1024**2, "automerge": 8}
"""The full-text index gathers so many bytes before it writes a segment, and merges so many segments of a size into one:
the more, the less it writes."""

_log = logging.getLogger(__name__)

_TABLES = f"""
CREATE TABLE settings (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    call_id TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    fingerprint TEXT NOT NULL,
    {", ".join(f"{column.name} {column.sql_type}" for column in COLUMNS)}
);
CREATE TABLE documents (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE segments (key TEXT NOT NULL, block INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE (block, key));
CREATE VIEW spoken_content AS SELECT id, {SPOKEN_TEXT}(data) AS text FROM documents;
CREATE VIRTUAL TABLE spoken USING fts5 (
    text, content = 'spoken_content', content_rowid = 'id', tokenize = "{TOKENIZER}"
);
PRAGMA user_version = {SCHEMA};
"""

INSERT_CALL = (
    f"INSERT INTO calls (id, name, call_id, sha256, fingerprint, {', '.join(column.name for column in COLUMNS)}) "
    f"VALUES ({', '.join('?' * (5 + len(COLUMNS)))})"
)
INSERT_DOCUMENT = "INSERT INTO documents (id, data) VALUES (?, ?)"
INSERT_TEXT = "INSERT INTO spoken (rowid, text) VALUES (?, ?)"
READ_ROWS = f"SELECT id, name, call_id, {', '.join(column.name for column in COLUMNS)} FROM calls"


def create(connection: sqlite3.Connection) -> None:
    """Make the tables, inside the caller's transaction."""
    for statement in _TABLES.split(";"):
        connection.execute(statement)
    settings = [(DICTIONARY, new_dictionary()), (SEALED, 0)]
    for option, value in _INDEX_OPTIONS.items():
        connection.execute("INSERT INTO spoken (spoken, rank) VALUES (?, ?)", (option, value))
    connection.executemany("INSERT INTO settings (key, value) VALUES (?, ?)", settings)


def migrate(connection: sqlite3.Connection, save: Callable[[Entry], None]) -> None:
    """From schema 1, inside the caller's transaction; `save` adds a call to the new tables.

    A call is dated by its recording where that still lies there. What this version cannot read is dropped: the call
    counts as not done, and its files stay.
    """
    connection.execute("ALTER TABLE calls RENAME TO first_calls")
    connection.execute("DROP TABLE spoken")
    connection.execute("DROP TABLE utterances")
    create(connection)
    for entry in _first_calls(connection):
        save(entry)
    connection.execute("DROP TABLE first_calls")


def next_id(connection: sqlite3.Connection) -> int:
    """Above every id that a call has or had: the index relies on its blocks filling in order."""
    rows = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'calls'").fetchall()
    return int(rows[0][0]) + 1 if rows else 1


def dictionary(connection: sqlite3.Connection) -> bytes:
    """What the documents of this store were packed with."""
    rows = connection.execute("SELECT value FROM settings WHERE key = ?", (DICTIONARY,))
    return bytes(rows.fetchone()[0])


def repack(connection: sqlite3.Connection) -> None:
    """From schema 2, whose documents are in deflate, inside the caller's transaction. What is damaged stays damaged."""
    known = dictionary(connection)
    documents = Documents(known)
    for (id,) in connection.execute("SELECT id FROM documents").fetchall():
        ((data,),) = connection.execute("SELECT data FROM documents WHERE id = ?", (id,))
        try:
            packed = documents.pack_json(inflated(data, known))
        except (zlib.error, TypeError):
            continue
        connection.execute("UPDATE documents SET data = ? WHERE id = ?", (packed, id))
    connection.execute(f"PRAGMA user_version = {SCHEMA}")


def _first_calls(connection: sqlite3.Connection) -> Iterator[Entry]:
    for name, fingerprint, document in connection.execute("SELECT name, fingerprint, document FROM first_calls"):
        try:
            result = from_json(document)
        except StorageError:
            _log.warning("a stored result is not readable by this version: the call counts as not done")
            continue
        yield Entry(name, fingerprint, result, Origin.of_file(result.source.path))
