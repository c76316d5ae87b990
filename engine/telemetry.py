"""Stage timers and counters: numbers only, never text."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class StageTimes:
    """Wall seconds a call spent in each stage, in the order the stages ended, and in all; stages may overlap."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = round(self._seconds.get(name, 0.0) + time.perf_counter() - started, 4)

    def seconds(self) -> Mapping[str, float]:
        return {**self._seconds, "total": round(time.perf_counter() - self._started, 4)}


class Counters:
    """What happened in an engine since it started: windows decoded, silence dropped, loops cut; shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, name: str, count: int = 1) -> None:
        with self._lock:
            self._counts[name] += count

    def snapshot(self) -> Mapping[str, int]:
        with self._lock:
            return dict(self._counts)


def rtfx(audio_s: float, wall_s: float) -> float:
    """Audio seconds ÷ wall seconds."""
    return audio_s / wall_s if wall_s > 0 else 0.0
