"""Many calls through one device thread: every window answered once, bounded memory, faults reach everybody waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.asr import Recognition, WindowTask, load_recognizer
from engine.batching import Batcher
from engine.config import load_profile
from engine.errors import TranscriptionError
from engine.types import SAMPLE_RATE


class CountingRecognizer:
    """A backend that answers with the window's length: the protocol, and a fault on demand."""

    name, window_s, languages = "counting", 30.0, frozenset({"en"})

    def __init__(self, capacity: int = 4, fails_at: int | None = None) -> None:
        self._limit, self._fails_at = capacity, fails_at
        self._held: list[WindowTask] = []
        self.batches: list[int] = []
        self.closed = False

    @property
    def capacity(self) -> int:
        return self._limit - len(self._held)

    def submit(self, tasks: Sequence[WindowTask]) -> None:
        assert len(tasks) <= self.capacity
        self._held += tasks

    def step(self) -> list[tuple[WindowTask, Recognition]]:
        if self._fails_at is not None and len(self.batches) >= self._fails_at:
            raise RuntimeError("device lost")
        self.batches.append(len(self._held))
        done, self._held = self._held, []
        return [(task, Recognition(text=str(len(task.samples)))) for task in done]

    def close(self) -> None:
        self.closed = True


def window(samples: int) -> WindowTask:
    return WindowTask(np.zeros(samples, np.float32), "en")


@given(st.lists(st.lists(st.integers(1, 5000), max_size=8), max_size=6), st.integers(1, 5))
def test_every_call_gets_its_own_answers_in_order(calls, capacity):
    recognizer = CountingRecognizer(capacity)
    batcher = Batcher(recognizer, queue_audio_s=0.2)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda call: batcher.recognize(window(n) for n in call), calls))
    batcher.close()
    assert [[int(found.text) for found in call] for call in answers] == calls
    assert recognizer.closed


def test_windows_of_several_calls_share_a_batch():
    """While the first batch runs, the other calls queue up; the next batch takes them together."""
    running, release = threading.Event(), threading.Event()

    class Slow(CountingRecognizer):
        def step(self) -> list[tuple[WindowTask, Recognition]]:
            running.set()
            assert release.wait(30)
            return super().step()

    recognizer = Slow(capacity=8)
    batcher = Batcher(recognizer, queue_audio_s=100)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batcher.recognize, [window(1)])
        assert running.wait(30)
        others = [pool.submit(batcher.recognize, [window(n)]) for n in (2, 3, 4)]
        while batcher.waiting_s < 9 / SAMPLE_RATE:
            pass
        release.set()
        assert [[found.text for found in call.result()] for call in (first, *others)] == [["1"], ["2"], ["3"], ["4"]]
    batcher.close()
    assert max(recognizer.batches) == 3


def test_the_queue_is_bounded_in_audio_seconds():
    """A call is read only as far as there is room."""
    release = threading.Event()
    taken = []

    class Stuck(CountingRecognizer):
        def step(self) -> list[tuple[WindowTask, Recognition]]:
            assert release.wait(30)
            return super().step()

    def windows() -> Iterator[WindowTask]:
        for i in range(50):
            taken.append(i)
            yield window(SAMPLE_RATE)

    batcher = Batcher(Stuck(capacity=2), queue_audio_s=5.0)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(batcher.recognize, windows())
        while batcher.waiting_s < 4.5:
            pass
        assert len(taken) <= 2 + 5 + 1
        release.set()
        assert len(call.result()) == 50
    batcher.close()


def test_a_window_longer_than_the_queue_still_passes():
    batcher = Batcher(CountingRecognizer(), queue_audio_s=0.001)
    assert [found.text for found in batcher.recognize([window(16000), window(5)])] == ["16000", "5"]
    batcher.close()


def test_a_lost_device_fails_everybody_and_nobody_hangs():
    batcher = Batcher(CountingRecognizer(capacity=1, fails_at=1), queue_audio_s=100)
    with pytest.raises(TranscriptionError, match="RuntimeError"):
        batcher.recognize([window(1), window(2), window(3)])
    with pytest.raises(TranscriptionError):
        batcher.recognize([window(1)])
    batcher.close()


def test_closing_fails_those_who_wait():
    batcher = Batcher(CountingRecognizer(), queue_audio_s=100)
    batcher.close()
    with pytest.raises(TranscriptionError, match="closed"):
        batcher.recognize([window(1)])


def test_real_recognizer_serves_several_calls_at_once(bundled_model, demo_audio):
    batcher = Batcher(load_recognizer(load_profile("demo").asr, bundled_model), queue_audio_s=60)
    audio = demo_audio["telecom-billing"]
    clips = [audio.read(0, start_s, start_s + 5.0) for start_s in (0.2, 11.0, 25.5)]
    alone = [batcher.recognize([WindowTask(clip, "en")])[0].text for clip in clips]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda clip: batcher.recognize([WindowTask(clip, "en")])[0].text, clips))
    batcher.close()
    assert together == alone
    assert all(alone)
