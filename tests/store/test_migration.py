"""A store of the first version opens as one of this, in one transaction, with everything in it."""

from __future__ import annotations

import os
import sqlite3
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.errors import StorageError
from engine.result_json import to_compact_json, to_json
from engine.result_types import CallResult, Models, ResultUtterance
from engine.store import SCHEMA, Filter, Store
from engine.types import Language, SourceInfo

SHA = "ab" * 32
FIRST_TABLES = """
CREATE TABLE calls (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL, fingerprint TEXT NOT NULL,
    call_id TEXT NOT NULL, status TEXT NOT NULL, document TEXT NOT NULL
);
CREATE TABLE utterances (
    id INTEGER PRIMARY KEY, call INTEGER NOT NULL REFERENCES calls (id), number INTEGER NOT NULL, start_s REAL
);
CREATE INDEX utterances_of_call ON utterances (call);
CREATE VIRTUAL TABLE spoken USING fts5 (text, tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co'");
PRAGMA user_version = 1;
"""


def a_result(name: str, text: str, path: str) -> CallResult:
    utterances = (ResultUtterance(0, "S1", "agent", 0.0, 1.0, text, "neutral", ()),)
    source = SourceInfo(path, SHA, "wav", "pcm", 1, 8000, 10.0)
    return CallResult(
        "1.0", name, source, "completed", Language("en", 1.0), (), utterances, (), None, None,
        Models(None, None, None, None), {}, (),
    )  # fmt: skip


def first_version(path: Path, calls: dict[str, str]) -> None:
    """The file as the first version wrote it; `calls`: their documents by name."""
    with sqlite3.connect(path) as connection:
        connection.executescript(FIRST_TABLES)
        for name, document in calls.items():
            connection.execute(
                "INSERT INTO calls (name, sha256, fingerprint, call_id, status, document) VALUES (?, ?, ?, ?, ?, ?)",
                (name, SHA, "f1", name, "completed", document),
            )
    connection.close()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "one.wav"
    path.write_bytes(b"sound")
    when = datetime(2026, 2, 3, 4, 5, tzinfo=UTC).timestamp()
    os.utime(path, (when, when))
    return path


def test_calls_of_the_first_version_are_found_and_listed(tmp_path: Path, recording: Path) -> None:
    one, two = a_result("one", "a refund please", str(recording)), a_result("two", "hello", "/gone/two.wav")
    first_version(tmp_path / "calls.sqlite", {"one": to_json(one), "two": to_json(two), "bad": '{"schema": 0}'})
    for _ in range(2):
        with Store(tmp_path / "calls.sqlite") as store:
            assert store.names() == ("one", "two"), "what this version cannot read counts as not done"
            assert store.find(SHA, "one", "f1") == one and store.find(SHA, "two", "f1") == two
            assert [hit.name for hit in store.search("refund")] == ["one"]
            (row,) = store.page(Filter(dated_by=("file",))).calls
            assert (row.name, row.started) == ("one", datetime(2026, 2, 3, 4, 5, tzinfo=UTC))
            assert [call.name for call in store.page(Filter(dated_by=("processing",))).calls] == ["two"]
    with sqlite3.connect(tmp_path / "calls.sqlite") as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert not tables & {"first_calls", "utterances"}
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_migration_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "calls.sqlite"
    first_version(path, {"one": to_json(a_result("one", "a refund", "/gone/one.wav"))})

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("engine.store.database.Store._put", full)
        with pytest.raises(StorageError, match="disk is full"):
            Store(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT name FROM calls").fetchall() == [("one",)]
    connection.close()
    with Store(path) as store:
        assert store.names() == ("one",)


def test_documents_of_the_second_version_are_packed_anew(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    one, two = a_result("one", "a refund please", "/gone/one.wav"), a_result("two", "hello", "/gone/two.wav")
    with Store(path) as store:
        store.save("one", "f1", one)
        store.save("two", "f1", two)
    with sqlite3.connect(path) as connection:
        ((dictionary,),) = connection.execute("SELECT value FROM settings WHERE key = 'dictionary'")
        squeeze = zlib.compressobj(1, zdict=dictionary)
        deflated = squeeze.compress(to_compact_json(one)) + squeeze.flush()
        connection.execute("UPDATE documents SET data = CASE id WHEN 1 THEN ? ELSE x'00ff' END", (deflated,))
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    for _ in range(2):
        with Store(path) as store:
            assert store.find(SHA, "one", "f1") == one and [hit.name for hit in store.search("refund")] == ["one"]
            assert store.find(SHA, "two", "f1") is None, "what was damaged is not done"
