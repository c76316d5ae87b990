"""The decode step as CUDA graphs: a round of tokens is one launch instead of thousands.

A graph is recorded for each shape that comes up: a few slot counts, lengths in steps, with or without sampling. A shape
runs once as it is, which is a round like any other, and is recorded after it for the rounds to come; so nothing that a
recording does is lost or done twice. Where recording fails, every round runs as it is from then on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

logger = logging.getLogger(__name__)

Replay = Callable[[], None]
Record = Callable[[Callable[[], None]], Replay]


@dataclass(frozen=True, slots=True)
class Shape:
    """What is static in a round: the first `slots` slots, looking back on `longest` tokens; `warm`: some sample."""

    slots: int
    longest: int
    warm: bool


def sizes(most: int, recorded: bool) -> tuple[int, ...]:
    """Ascending, how many slots, or steps back, a round may have: any up to `most`. Where each of them is recorded, the
    powers of two below `most`, and `most`: less than half of a round is spent on what nobody asked for."""
    return (*(2**power for power in range((most - 1).bit_length())), most) if recorded else tuple(range(1, most + 1))


def smallest(wanted: int, of: tuple[int, ...]) -> int:
    """The smallest size, ascending, that holds the `wanted`."""
    return next(size for size in of if size >= wanted)


class Graphs:
    """Runs `step` of a shape; with `record` a shape that was seen before is replayed.

    `record` takes a function that launches work and returns one that launches the same work again, without having done
    it: `CudaRecorder` on a card, None elsewhere.
    """

    def __init__(self, step: Callable[[Shape], None], record: Record | None) -> None:
        self._step, self._record = step, record
        self._replays: dict[Shape, Replay] = {}

    def run(self, shape: Shape) -> None:
        """One round. Raises what `step` raises, and never anything from a recording."""
        if replay := self._replays.get(shape):
            replay()
            return
        self._step(shape)
        if self._record is not None:
            self._keep(shape, self._record)

    def warm_up(self, shapes: Iterator[Shape]) -> None:
        """Record shapes before there is work for them; nothing where nothing is recorded."""
        for shape in shapes:
            if self._record is not None:
                self.run(shape)

    def _keep(self, shape: Shape, record: Record) -> None:
        try:
            self._replays[shape] = record(lambda: self._step(shape))
        except Exception as error:  # also out of memory: the round itself went well, and so will the next
            self._record = None
            self._replays.clear()
            logger.warning("decoding goes on without CUDA graphs, slower: %s while recording %s", error, shape)


class CudaRecorder:
    """Records on a stream of its own; all recordings share their memory, since only one of them runs at a time."""

    def __init__(self, device: torch.device) -> None:
        self._stream = torch.cuda.Stream(device)
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, work: Callable[[], None]) -> Replay:
        """Other threads may use the card meanwhile (diarization does): only this one's faults count."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"):
            work()
        replay: Replay = graph.replay
        return replay
