"""Windows of many calls -> device batches. One thread owns the device; calls wait on their windows.

The queue is bounded in audio-seconds: a call that runs ahead of the device waits, so that a folder of 10,000 files
costs the memory of a few. Windows with a deadline (live ones) pass those without, in the queue and at its door.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import math
import threading
from collections.abc import Iterable
from concurrent.futures import Future

from engine.asr import Recognition, Recognizer, WindowTask
from engine.errors import TranscriptionError
from engine.telemetry import Utilisation

logger = logging.getLogger(__name__)


class Batcher:
    """Feeds one recognizer from many calls. `utilisation`: told when the recognizer works."""

    def __init__(self, recognizer: Recognizer, queue_audio_s: float, utilisation: Utilisation | None = None) -> None:
        self._recognizer = recognizer
        self._limit_s = queue_audio_s
        self._utilisation = utilisation or Utilisation()
        self._waiting: list[tuple[float, int, WindowTask]] = []  # a heap: the earliest deadline, then the first come
        self._order = itertools.count()
        self._waiting_s = 0.0
        self._answers: dict[int, Future[Recognition]] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="device", daemon=True)
        self._thread.start()

    def recognize(self, tasks: Iterable[WindowTask]) -> list[Recognition]:
        """Every task's recognition, in their order; blocks. `tasks` is consumed only as the queue has room.

        Raises TranscriptionError when the batcher is closed or the device fails; a window that fails alone has `error`.
        """
        answers = [self._put(task) for task in tasks]
        return [answer.result() for answer in answers]

    @property
    def waiting_s(self) -> float:
        """Audio-seconds in the queue, not yet in the recognizer."""
        return self._waiting_s

    def close(self) -> None:
        """Stop after the batch that runs; whoever still waits gets a TranscriptionError."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()
        self._recognizer.close()

    def _put(self, task: WindowTask) -> Future[Recognition]:
        duration_s, is_live = task.duration_s, task.deadline_s < math.inf
        answer: Future[Recognition] = Future()
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or not self._waiting or is_live or self._waiting_s + duration_s <= self._limit_s
            )
            if self._closed:
                raise _stopped()
            heapq.heappush(self._waiting, (task.deadline_s, next(self._order), task))
            self._waiting_s += duration_s
            self._answers[id(task)] = answer  # the queue and the recognizer keep the task, and so its id, alive
            self._changed.notify_all()
        return answer

    def _run(self) -> None:
        """submit → step → deliver, until closed."""
        while self._admit():
            try:
                with self._utilisation.running():
                    finished = self._recognizer.step()
            except Exception as error:
                self._abandon(error)
                return
            for task, recognition in finished:
                self._deliver(task, recognition)
        self._abandon(None)

    def _admit(self) -> bool:
        """Move waiting windows into the recognizer; sleep while there is nothing to do. False once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._answers))
            if self._closed:
                return False
            room = min(self._recognizer.capacity, len(self._waiting))
            batch = [heapq.heappop(self._waiting)[2] for _ in range(room)]
            self._waiting_s -= sum(task.duration_s for task in batch)
            self._changed.notify_all()
        with self._utilisation.running():
            self._recognizer.submit(batch)
        return True

    def _deliver(self, task: WindowTask, recognition: Recognition) -> None:
        with self._changed:
            answer = self._answers.pop(id(task))
        answer.set_result(recognition)

    def _abandon(self, error: Exception | None) -> None:
        """Nobody waits for a device that is gone."""
        with self._changed:
            self._closed = True
            answers = list(self._answers.values())
            self._answers.clear()
            self._waiting.clear()
            self._changed.notify_all()
        if error is not None:
            logger.error("the device thread stopped: %s", type(error).__name__)
        for answer in answers:
            answer.set_exception(_stopped(error))


def _stopped(error: Exception | None = None) -> TranscriptionError:
    if error is None:
        return TranscriptionError("the engine was closed while this call was transcribed", remedy="process it again")
    fault = TranscriptionError(
        f"the recognizer failed: {type(error).__name__}: {error}", remedy="see `call-engine doctor`"
    )
    fault.__cause__ = error
    return fault
