"""Stage timers and counters: numbers only, never text."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

_RUNNING = "running"
_NO_CALL = "no call"
_NEAREST = ("detect", "decode", "transcribe", "diarize", "attribute", "redact", "analyze", "save")
"""Stages by how soon a call in them brings windows: about to, not yet, has its answers, is past the device."""


@dataclass(frozen=True, slots=True)
class Lap:
    """Wall seconds of one stretch of a run: `running_s`, in which the device thread worked, and those in which it had
    nothing to do, by the stage of the call that was nearest to it."""

    running_s: float
    idle_s: Mapping[str, float]

    @property
    def wall_s(self) -> float:
        return self.running_s + sum(self.idle_s.values())

    def lines(self) -> list[str]:
        """For people: the share of the time in which the device thread worked, and what every gap waited for."""
        wall_s = self.wall_s or 1.0
        gaps = sorted(self.idle_s.items(), key=lambda gap: -gap[1])
        return [
            f"device thread at work {self.running_s / wall_s:.1%} of {self.wall_s:.2f} s",
            *(f"  idle {seconds:8.3f} s {seconds / wall_s:6.1%}  {_explained(stage)}" for stage, seconds in gaps),
        ]


class Utilisation:
    """Whether the device thread works, and if not, which stage the calls are in meanwhile; shared by threads.

    Every change of either closes a stretch of time, which counts as what held during it: nothing is sampled.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._running = False
        self._since = clock()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """A call is in this stage."""
        self._change(name, 1)
        try:
            yield
        finally:
            self._change(name, -1)

    @contextmanager
    def running(self) -> Iterator[None]:
        """The device thread works; there is one."""
        self._change(running=True)
        try:
            yield
        finally:
            self._change(running=False)

    def lap(self) -> Lap:
        """The time since the last lap, or since the start."""
        with self._lock:
            self._close_stretch()
            seconds, self._seconds = self._seconds, defaultdict(float)
        return Lap(seconds.pop(_RUNNING, 0.0), {stage: gap for stage, gap in seconds.items() if gap})

    def _change(self, stage: str = "", calls: int = 0, running: bool | None = None) -> None:
        with self._lock:
            self._close_stretch()
            self._calls[stage] += calls
            self._running = self._running if running is None else running

    def _close_stretch(self) -> None:
        now = self._clock()
        self._seconds[self._held()] += now - self._since
        self._since = now

    def _held(self) -> str:
        if self._running:
            return _RUNNING
        return next((stage for stage in _NEAREST if self._calls[stage]), _NO_CALL)


def _explained(stage: str) -> str:
    if stage == _NO_CALL:
        return "between calls"
    if stage in ("detect", "decode"):
        return f"no window yet: the nearest call in {stage}"
    if stage == "transcribe":
        return "a call between its windows and their words"
    return f"every call past the device: one in {stage}; more calls in flight would fill this"


class StageTimes:
    """Wall seconds a call spent in each stage, in the order the stages ended, and in all; stages may overlap.

    `shared`: told which stages the call is in.
    """

    def __init__(self, shared: Utilisation | None = None) -> None:
        self._started = time.perf_counter()
        self._seconds: dict[str, float] = {}
        self._shared = shared or Utilisation()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            with self._shared.stage(name):
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
