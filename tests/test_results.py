"""Hop 8: what lies in the output directory, and what a second run takes from it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.analysis_types import Category
from engine.call import Call, Hints
from engine.errors import ConfigurationError, UnknownNameError
from engine.result_types import CallResult, Models, ResultUtterance
from engine.results import Results, open_store
from engine.store import Filter
from engine.types import Language, SourceInfo, Word

SHA = "ab" * 32
CHANGED = datetime(2026, 3, 1, 10, 20, tzinfo=UTC)


@pytest.fixture
def result() -> CallResult:
    words = (Word("hello", 0.0, 0.4, 0.9), Word("there", 0.5, 0.9, 0.8))
    line = ResultUtterance(0, "S1", "agent", 0.0, 1.0, "hello there", None, words)
    source = SourceInfo("/calls/one.wav", SHA, "wav", "pcm", 1, 8000, 10.0)
    return CallResult(
        "1.0", "one", source, "completed", Language("en", 1.0), (), (line,), (), None, None,
        Models(None, None, None, None), {"total": 0.1}, (),
    )  # fmt: skip


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "one.wav"
    path.write_bytes(b"sound")
    os.utime(path, (CHANGED.timestamp(), CHANGED.timestamp()))
    return path


@pytest.fixture
def results(tmp_path: Path) -> Iterator[Results]:
    opened = Results(tmp_path / "out", ("txt", "docx"), "settings")
    yield opened
    opened.close()


def a_call(path: Path, hints: Hints | None = None) -> Call:
    return Call(hints or Hints(), path=path, name="one", sha256=SHA)


def test_a_second_run_gets_the_whole_result_with_the_times_of_its_words(
    results: Results, recording: Path, result: CallResult
) -> None:
    results.save(a_call(recording), result, None)
    assert results.find(a_call(recording)) == result
    (recording.parent / "out" / "one.docx").unlink()
    assert results.find(a_call(recording)) is None, "a file is missing"


@pytest.mark.parametrize("change", [lambda text: text.replace("hello there", "hello you"), lambda text: text[:-20]])
def test_a_file_that_is_not_what_was_stored_is_not_done(
    results: Results, recording: Path, result: CallResult, change
) -> None:
    results.save(a_call(recording), result, None)
    file = recording.parent / "out" / "one.json"
    file.write_text(change(file.read_text("utf-8")), encoding="utf-8")
    assert results.find(a_call(recording)) is None


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        (Hints(), (CHANGED, "file", None)),
        (Hints(operator="A-17"), (CHANGED, "file", "A-17")),
        (Hints(started=datetime(2026, 1, 2, tzinfo=UTC)), (datetime(2026, 1, 2, tzinfo=UTC), "metadata", None)),
    ],
)
def test_a_call_is_dated_as_well_as_can_be(
    results: Results, recording: Path, result: CallResult, hints: Hints, expected: tuple[object, ...]
) -> None:
    results.save(a_call(recording, hints), result, None)
    with open_store(recording.parent / "out") as store:
        (row,) = store.page().calls
    assert (row.started, row.dated_by, row.operator) == expected
    assert results.find(a_call(recording)) == result, "who answered, and when, shapes no result"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (Hints(), (CHANGED, "file", "A-17")),
        (Hints(operator="B-2"), (CHANGED, "file", "B-2")),
        (Hints(started=datetime(2026, 1, 2, tzinfo=UTC)), (datetime(2026, 1, 2, tzinfo=UTC), "metadata", "A-17")),
    ],
)
def test_a_second_run_heeds_who_answered_and_when_without_processing_anything_again(
    results: Results, recording: Path, result: CallResult, now: Hints, expected: tuple[object, ...]
) -> None:
    results.save(a_call(recording, Hints(operator="A-17")), result, None)
    assert results.find(a_call(recording, now)) == result
    with open_store(recording.parent / "out") as store:
        (row,) = store.page().calls
    assert (row.started, row.dated_by, row.operator) == expected
    assert results.find(a_call(recording, now)) == result, "the row that was written anew is found again"


def test_the_categories_of_the_settings_are_the_tree(tmp_path: Path, result: CallResult) -> None:
    tree = (Category("Money"), Category("Refunds", "money back", "Money"))
    Results(tmp_path, (), "settings", categories=tree).close()
    with open_store(tmp_path) as store:
        assert store.categories() == {"Money": None, "Refunds": "Money"}
        assert store.page(Filter(categories=("Money",))).calls == ()
    with pytest.raises(UnknownNameError, match="unknown parent category; received 'Mony'"):
        Results(tmp_path, (), "settings", categories=(dataclasses.replace(tree[1], parent="Mony"),))


def test_no_results_and_no_such_format(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no results"):
        open_store(tmp_path)
    with pytest.raises(UnknownNameError, match="did you mean 'docx'"):
        Results(tmp_path, ("dox",), "settings")
