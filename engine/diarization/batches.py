"""Pieces of many calls -> batches of one network.

There is no thread for the device: while a call waits for an answer and the device is free, its own thread runs the next
batch, with whatever pieces all calls have put down by then, the oldest first.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Given = TypeVar("Given")
Answer = TypeVar("Answer")


class SharedBatches(Generic[Given, Answer]):
    """Runs `run` on up to `size` pieces at a time; shared by threads, each of which may be `size` pieces ahead."""

    def __init__(self, run: Callable[[Sequence[Given]], Sequence[Answer]], size: int) -> None:
        self._run = run
        self._size = size
        self._device = threading.Lock()
        self._waiting: deque[tuple[Given, Future[Answer]]] = deque()

    def answers(self, pieces: Iterable[Given]) -> Iterator[Answer]:
        """The answer to every piece, in their order. Raises what `run` raises on the piece alone."""
        ahead: deque[Future[Answer]] = deque()
        try:
            for piece in pieces:
                ahead.append(Future())
                self._waiting.append((piece, ahead[-1]))
                if len(ahead) == self._size:
                    yield self._answer(ahead.popleft())
            while ahead:
                yield self._answer(ahead.popleft())
        finally:
            for answer in ahead:
                answer.cancel()

    def _answer(self, answer: Future[Answer]) -> Answer:
        while not answer.done():
            with self._device:
                if not answer.done():
                    self._run_next()
        return answer.result()

    def _run_next(self) -> None:
        batch: list[tuple[Given, Future[Answer]]] = []
        while self._waiting and len(batch) < self._size:
            piece, answer = self._waiting.popleft()
            if answer.set_running_or_notify_cancel():
                batch.append((piece, answer))
        try:
            found = self._run([piece for piece, _ in batch])
        except Exception:
            for piece, answer in batch:
                self._run_alone(piece, answer)
        except BaseException as interrupt:
            for _, answer in batch:
                answer.set_exception(interrupt)
            raise
        else:
            for (_, answer), result in zip(batch, found, strict=True):
                answer.set_result(result)

    def _run_alone(self, piece: Given, answer: Future[Answer]) -> None:
        """A piece of a batch that failed: the fault is that of one call, and the others' answers are due."""
        try:
            answer.set_result(self._run([piece])[0])
        except Exception as error:
            answer.set_exception(error)
