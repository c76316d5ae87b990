"""Pieces of many calls share batches; each call gets its own answers, in order, and its own faults."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.diarization.batches import SharedBatches


def test_answers_come_in_order_and_no_batch_is_too_large():
    sizes = []

    def run(pieces):
        sizes.append(len(pieces))
        return [piece * piece for piece in pieces]

    assert list(SharedBatches(run, 4).answers(range(30))) == [piece * piece for piece in range(30)]
    assert max(sizes) == 4
    assert sum(sizes) == 30


def test_a_call_runs_no_further_ahead_than_a_batch():
    taken = []
    answers = SharedBatches(lambda pieces: pieces, 3).answers(taken.append(piece) or piece for piece in range(100))
    assert next(answers) == 0
    assert len(taken) == 3


def test_calls_share_batches():
    """While the first batch runs, two calls put their pieces down: the next one holds pieces of both."""
    batches, started, both_wait = [], threading.Event(), threading.Event()

    def run(pieces):
        batches.append(list(pieces))
        started.set()
        assert both_wait.wait(30)
        return pieces

    shared = SharedBatches(run, 2)

    def call(name):
        for number in range(2):
            if len(waiting) == 1 and number == 0:
                both_wait.set()
            waiting.add(name)
            yield f"{name}{number}"

    waiting: set[str] = set()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(lambda: list(shared.answers(["x"])))
        assert started.wait(30)
        rest = [pool.submit(lambda name=name: list(shared.answers(call(name)))) for name in "ab"]
    assert first.result() == ["x"]
    assert [each.result() for each in rest] == [["a0", "a1"], ["b0", "b1"]]
    assert sorted(itertools.chain(*batches[1:])) == ["a0", "a1", "b0", "b1"]


def test_a_fault_is_that_of_the_call_whose_piece_it_was():
    gate = threading.Barrier(2)

    def run(pieces):
        if "bad" in pieces:
            raise ValueError("bad")
        return [piece.upper() for piece in pieces]

    shared = SharedBatches(run, 8)

    def call(*pieces):
        gate.wait(30)
        return list(shared.answers(pieces))

    with ThreadPoolExecutor(2) as pool:
        good, bad = pool.submit(call, "a", "b", "c"), pool.submit(call, "d", "bad", "e")
    assert good.result() == ["A", "B", "C"]
    with pytest.raises(ValueError, match="bad"):
        bad.result()
    assert list(shared.answers(["f"])) == ["F"]


def test_an_interrupt_reaches_everybody_who_waits():
    def run(pieces):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(SharedBatches(run, 2).answers(["a", "b"]))


def test_what_a_call_that_gave_up_had_put_down_is_not_run():
    seen = []
    shared = SharedBatches(lambda pieces: seen.extend(pieces) or pieces, 1)
    wide = SharedBatches(lambda pieces: seen.extend(pieces) or pieces, 3)

    def broken():
        yield "a"
        yield "b"
        raise OSError

    with pytest.raises(OSError):
        list(wide.answers(broken()))
    assert list(wide.answers(["c"])) == ["c"]
    assert list(shared.answers(["d"])) == ["d"]
    assert seen == ["c", "d"]
