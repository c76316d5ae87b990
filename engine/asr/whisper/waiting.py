"""Windows that wait for a slot, and which of them are encoded together."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Sequence

from engine.asr.decoded import padded_frames
from engine.asr.ladder import Attempt
from engine.asr.recognizer import WindowTask


class Waiting:
    """Windows with a deadline come first, the earliest before the others. `buckets`: padded lengths in frames."""

    def __init__(self, buckets: Sequence[int]) -> None:
        self._buckets = buckets
        self._heap: list[tuple[float, int, Attempt]] = []
        self._order = itertools.count()

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, attempt: Attempt) -> None:
        heapq.heappush(self._heap, (attempt.task.deadline_s, next(self._order), attempt))

    def dropped(self) -> list[WindowTask]:
        """Take out the windows of cancelled calls that are next."""
        tasks = []
        while self._heap and self._heap[0][2].task.cancelled.is_set():
            tasks.append(heapq.heappop(self._heap)[2].task)
        return tasks

    def taken_together(self, count: int) -> Iterator[Attempt]:
        """Up to `count` of the windows that are next, as long as they are padded alike; one that must be alone is."""
        frames = 0
        while count and self._heap:
            attempt = self._heap[0][2]
            needed = padded_frames(attempt.task, self._buckets)
            if frames and (attempt.alone or frames != needed or attempt.task.cancelled.is_set()):
                return
            heapq.heappop(self._heap)
            frames, count = needed, 0 if attempt.alone else count - 1
            yield attempt
