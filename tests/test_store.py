"""Resume and search: nothing doubled, nothing half-written, any text a valid query."""

from __future__ import annotations

import dataclasses
import os
import random
import sqlite3
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import StorageError
from engine.result_json import to_json
from engine.result_types import CallResult, Models, ResultUtterance, Status
from engine.store import SearchHit, Store
from engine.types import Language, SourceInfo, Transcript, Utterance

SHA = "ab" * 32


def a_result(*texts: str, call_id: str = "call-1", status: Status = "completed", sha: str = SHA) -> CallResult:
    utterances = tuple(
        ResultUtterance(i, "S1", "agent", 2.0 * i, 2.0 * i + 1.5, text, "neutral", ()) for i, text in enumerate(texts)
    )
    return CallResult(
        "1.0",
        call_id,
        SourceInfo(f"{call_id}.wav", sha, "wav", "pcm_s16le", 1, 8000, 10.0),
        status,
        Language("en", 1.0),
        (),
        utterances,
        (),
        None,
        None,
        Models(None, None, None, None),
        {"decode": 0.1},
        (),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as opened:
        yield opened


# --- resume -----------------------------------------------------------------------------------------------------------


def test_what_is_saved_is_found_again_also_by_a_later_run(path: Path) -> None:
    result = a_result("hello", "thank you for calling")
    with Store(path) as store:
        store.save("call-1", "f1", result)
        assert store.find(SHA, "call-1", "f1") == result
    with Store(path) as store:
        assert store.find(SHA, "call-1", "f1") == result
        assert (len(store), store.names()) == (1, ("call-1",))


@pytest.mark.parametrize(
    ("sha", "name", "fingerprint"), [("cd" * 32, "call-1", "f1"), (SHA, "call-2", "f1"), (SHA, "call-1", "f2")]
)
def test_other_content_name_or_settings_are_not_done(store: Store, sha: str, name: str, fingerprint: str) -> None:
    store.save("call-1", "f1", a_result("hello"))
    assert store.find(sha, name, fingerprint) is None


@pytest.mark.parametrize(("status", "done"), [("completed", True), ("partial", True), ("failed", False)])
def test_a_failed_call_is_stored_but_not_done(store: Store, status: Status, done: bool) -> None:
    store.save("call-1", "f1", a_result("hello", status=status))
    assert (store.find(SHA, "call-1", "f1") is not None) is done
    assert len(store) == 1


def test_saving_again_replaces_the_row(store: Store) -> None:
    store.save("call-1", "f1", a_result("a refund", status="failed"))
    store.save("call-1", "f1", a_result("an invoice"))
    assert len(store) == 1
    assert store.find(SHA, "call-1", "f1") == a_result("an invoice")
    assert not store.search("refund") and len(store.search("invoice")) == 1


def test_two_copies_of_one_recording_are_two_calls(store: Store) -> None:
    store.save("a/call", "f1", a_result("hello"))
    store.save("b/call", "f1", a_result("hello"))
    assert (len(store), store.names()) == (2, ("a/call", "b/call"))


def test_names_from_another_encoding_stay_distinct(store: Store) -> None:
    latin = a_result("hello", call_id="caf\udce9")
    for name in ("caf\udce9", "caf\udce8"):
        store.save(name, "f1", latin)
    assert len(store) == 2
    assert store.find(SHA, "caf\udce9", "f1") is not None


def test_a_row_that_cannot_be_read_counts_as_not_done(path: Path, store: Store) -> None:
    store.save("call-1", "f1", a_result("hello"))
    with sqlite3.connect(path) as connection:
        connection.execute("""UPDATE documents SET data = '{"schema_version": "0.1"}'""")
    assert store.find(SHA, "call-1", "f1") is None
    store.save("call-1", "f1", a_result("hello"))
    assert store.find(SHA, "call-1", "f1") is not None


# --- search -----------------------------------------------------------------------------------------------------------

LINES = (
    "I would like a refund for my invoice, please.",
    "My name is [PERSON_NAME_1] and my card is [CREDIT_CARD_NUMBER_1].",
    "The café in Łódź charged me twice: that's a double-charge.",
    "返金を希望します。請求書が間違っています。",
    "मुझे हिन्दी में मदद चाहिए",
    "환불을 원합니다",
    "Не могу войти в личный кабинет",
    "Xin lỗi, hoá đơn này bị sai",
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("refund", {0}),
        ("REFUND", {0}),
        ("invoice refund", {0}),
        ("refund card", set()),
        ('"a refund for my"', {0}),
        ('"refund a"', set()),
        ("refu", set()),
        ("refu*", {0}),
        ('"for my inv"*', {0}),
        ("invoice,", {0}),
        ("[PERSON_NAME_1]", {1}),
        ("person name", {1}),
        ("credit*", {1}),
        ("cafe", {2}),
        (unicodedata.normalize("NFD", "CAFÉ"), {2}),
        ("double-charge", {2}),
        ("that's", {2}),
        ("返金", {3}),
        ("請求書", {3}),
        ("金返", set()),
        ("請求*", {3}),
        ("हिन्दी", {4}),
        ("환불*", {5}),
        ("личн*", {6}),
        ("hoa đon", {7}),
        ("nothing of the kind", set()),
        ("", set()),
        ("  ", set()),
        ("-- *", set()),
        ('"', set()),
        ('""', set()),
        ('"refund', {0}),
        ("refund AND invoice", set()),
        ("NOT", set()),
        ("text:refund", set()),
        ("refund OR", set()),
        ("NEAR(refund invoice)", set()),
        ("(refund", {0}),
        ("^refund", {0}),
        ("refund + -invoice", {0}),
        ("refund\0invoice", {0}),
        ("'; DROP TABLE calls; --", set()),
        ("\udce9 refund", set()),
    ],
)
def test_search(store: Store, query: str, expected: set[int]) -> None:
    store.save("call-1", "f1", a_result(*LINES))
    assert {hit.utterance for hit in store.search(query)} == expected


def test_a_hit_says_where(store: Store) -> None:
    store.save("calls/one", "f1", a_result("hello", "I want my 返金 now", call_id="one"))
    assert store.search("返金") == [SearchHit("calls/one", "one", 1, 2.0, "I want my 返金 now")]


def test_the_snippet_of_a_monologue_is_short_and_around_the_match(store: Store) -> None:
    store.save("call-1", "f1", a_result("before " * 200 + "the refund " + "after " * 200))
    (hit,) = store.search("refund")
    assert "refund" in hit.snippet and hit.snippet.startswith("…") and hit.snippet.endswith("…")
    assert len(hit.snippet) < 150


def test_the_best_hits_come_first_and_no_more_than_asked(store: Store) -> None:
    store.save("call-1", "f1", a_result(*["a refund " + "and so on " * i for i in range(30)]))
    hits = store.search("refund", limit=5)
    assert [hit.utterance for hit in hits] == [0, 1, 2, 3, 4]
    assert len(store.search("refund")) == 20


def test_a_call_processed_under_new_settings_replaces_the_old_text(store: Store) -> None:
    """The files beside the store are the new ones, too: going back to the old settings means processing again."""
    store.save("call-1", "without privacy", a_result("my refund, Mrs Smith"))
    store.save("call-1", "with privacy", a_result("my refund, [PERSON_NAME_1]"))
    assert [hit.snippet for hit in store.search("refund")] == ["my refund, [PERSON_NAME_1]"]
    assert not store.search("smith") and len(store) == 1
    assert store.find(SHA, "call-1", "without privacy") is None
    assert store.find(SHA, "call-1", "with privacy") is not None


def test_a_recording_that_changed_replaces_the_old_one(store: Store) -> None:
    store.save("call-1", "f1", a_result("refund"))
    store.save("call-1", "f1", a_result("invoice", sha="cd" * 32))
    assert store.find(SHA, "call-1", "f1") is None
    assert store.find("cd" * 32, "call-1", "f1") is not None
    assert not store.search("refund") and len(store) == 1


def test_original_text_is_not_searched(store: Store) -> None:
    raw = Transcript(Language("en", 1.0), (), (Utterance(0, "S1", "agent", 0.0, 1.0, "I am Zebedee"),))
    result = dataclasses.replace(a_result("I am [PERSON_NAME_1]"), original=raw)
    store.save("call-1", "f1", result)
    assert store.find(SHA, "call-1", "f1") == result
    assert store.search("am") and not store.search("zebedee")


def test_a_chat_has_no_times(store: Store) -> None:
    line = ResultUtterance(0, "S1", "customer", None, None, "a refund", None, ())
    store.save("chat", "f1", dataclasses.replace(a_result(), utterances=(line,)))
    assert store.search("refund")[0].start_s is None


QUERIES = st.text(max_size=60) | st.lists(
    st.sampled_from(
        ['"', "*", "refund", "AND", "OR", "NOT", "NEAR(", ")", "-", "^", ":", "返金", "é", "\u200b", "\0", "{", "+"]
    ),
    max_size=12,
).map(" ".join)


@given(query=QUERIES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_a_valid_query(store: Store, query: str) -> None:
    assert isinstance(store.search(query), list)


def test_a_pasted_novel_is_a_valid_query(store: Store) -> None:
    store.save("call-1", "f1", a_result("refund"))
    assert len(store.search("refund " * 5000)) == 1


@given(text=st.text(st.characters(categories=("Ll", "Lu", "Lo", "Nd")), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_query_leaves_the_text_of_the_snippet_as_it_was(store: Store, text: str) -> None:
    store.save("call-1", "f1", a_result(f"refund {text} 返金"))
    assert [hit.snippet for hit in store.search("refund")] == [f"refund {text} 返金"]


# --- many writers -----------------------------------------------------------------------------------------------------


def test_threads_save_at_once(store: Store) -> None:
    def save(worker: int) -> None:
        for call in range(10):
            store.save(f"call-{(call + worker) % 10}", "f1", a_result(f"worker {worker} refund"))

    threads = [threading.Thread(target=save, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store) == 10
    assert len(store.search("refund", limit=100)) == 10


SAVE_CALLS = """
import dataclasses, sys
from pathlib import Path
from engine.result_json import from_json
from engine.store import Store
path, start, stop = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
result = from_json(path.with_name("result.json").read_text())
with Store(path) as store:
    for call in range(start, stop):
        store.save(f"call-{call:04d}", "f1", result)
        print(f"call-{call:04d}", flush=True)
"""


def saving(path: Path, start: int, stop: int) -> subprocess.Popen[str]:
    path.with_name("result.json").write_text(to_json(a_result(*[f"refund {i}" for i in range(20)])))
    command = [sys.executable, "-c", SAVE_CALLS, str(path), str(start), str(stop)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_make_and_fill_one_store(path: Path) -> None:
    with saving(path, 0, 20) as one, saving(path, 10, 30) as two:
        assert (one.wait(), two.wait()) == (0, 0)
    with Store(path) as store:
        assert len(store) == 30
        assert len(store.search("refund", limit=1000)) == 600


def test_kill_9_loses_nothing_saved_and_a_rerun_doubles_nothing(path: Path) -> None:
    chance = random.Random(7)
    acknowledged: set[str] = set()
    for _ in range(3):
        with saving(path, 0, 1000) as writer:
            assert writer.stdout is not None
            for _ in range(chance.randrange(1, 12)):
                acknowledged.add(writer.stdout.readline().strip())
            writer.kill()
            acknowledged.update(line.strip() for line in writer.stdout if line.endswith("\n"))
        with Store(path) as store:
            names = store.names()
            assert acknowledged <= set(names) and len(names) <= len(acknowledged) + 1
            assert len(store) == len(names)
            assert len(store.search("refund", limit=100_000)) == 20 * len(names)
            assert all(store.find(SHA, name, "f1") for name in names)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# --- what can be wrong with the file ----------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"not a database at all" * 100, os.urandom(8192)])
def test_a_file_that_is_no_database(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StorageError, match="move the file away"):
        Store(path)
    assert path.read_bytes() == content


def test_a_damaged_page(path: Path) -> None:
    with Store(path) as store:
        for call in range(50):
            store.save(f"call-{call}", "f1", a_result("refund " * 50))
    damaged = bytearray(path.read_bytes())
    damaged[4096:] = bytes(255 for _ in damaged[4096:])
    path.write_bytes(damaged)
    with pytest.raises(StorageError, match="move the file away"), Store(path) as store:
        store.save("call-1", "f1", a_result("refund"))


def test_a_store_of_a_newer_version_is_refused_untouched(path: Path) -> None:
    with Store(path) as store:
        store.save("call-1", "f1", a_result("hello"))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageError, match="newer version; received schema 99; expected schema 3; upgrade"):
        Store(path)


def test_a_database_of_another_program_is_refused_untouched(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StorageError, match="not a store of call results"):
        Store(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_a_locked_store(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.store.connection.BUSY_TIMEOUT_S", 0.05)
    with Store(path) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another process is writing into it"):
            store.save("call-1", "f1", a_result("hello"))
        assert store.find(SHA, "call-1", "f1") is None, "reading goes on while another process writes"
        other.execute("ROLLBACK")
        other.close()
        store.save("call-1", "f1", a_result("hello"))
        assert len(store) == 1


@pytest.mark.parametrize("where", ["missing/calls.sqlite", "."])
def test_a_place_where_no_file_can_be(tmp_path: Path, where: str) -> None:
    with pytest.raises(StorageError, match="make the directory first"):
        Store(tmp_path / where)


def test_a_full_disk_keeps_what_was_saved(path: Path) -> None:
    """The kernel refuses to let the files grow, as a full disk does."""
    text = " ".join(f"{number:x}" for number in range(10**6, 12 * 10**5))
    path.with_name("result.json").write_text(to_json(a_result(text)))
    code = """
import resource, sys
from pathlib import Path
from engine.errors import StorageError
from engine.result_json import from_json
from engine.store import Store
path = Path(sys.argv[1])
result = from_json(path.with_name("result.json").read_text())
with Store(path) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    try:
        store.save("call-2", "f1", result)
    except StorageError as error:
        print(error)
    print(len(store))
"""
    with Store(path) as store:
        store.save("call-1", "f1", a_result("hello"))
    run = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    message, count = run.stdout.splitlines()
    assert "cannot be used" in message and "--out" in message
    assert count == "1"
    with Store(path) as store:
        assert store.names() == ("call-1",)


def test_no_message_holds_text_of_a_call(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.store.connection.BUSY_TIMEOUT_S", 0.01)
    with Store(path) as store, sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError) as caught:
            store.save("call-1", "f1", a_result("a very private matter"))
        other.execute("ROLLBACK")
    assert "private" not in str(caught.value)
