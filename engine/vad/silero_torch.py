"""The Silero network on a torch device: samples go in and probabilities come out as NumPy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.vad.silero_graph import dense_weights

if TYPE_CHECKING:
    from engine_kernels.silero import State
    from torch import Tensor

Samples = NDArray[np.int16]
Probabilities = NDArray[np.float32]


class SileroNetwork:
    """`device`: "cuda" or "cpu". One thread at a time runs passes."""

    def __init__(self, device: str) -> None:
        import torch
        from engine_kernels.silero import Silero

        self._device = torch.device(device)
        # A stream of its own, and first in line: recognition, queued for tens of milliseconds, must not hold it up.
        self._stream = torch.cuda.Stream(priority=-1) if device == "cuda" else None
        weights = {name: array for name, array in dense_weights().items() if array.dtype == np.float32}
        with self._queue():
            self._silero = Silero({name: torch.tensor(array, device=self._device) for name, array in weights.items()})

    def start(self, rows: int) -> State:
        """The state of so many channels before their first sample."""
        from engine_kernels.silero import State

        with self._queue():
            return State.start(rows, self._device)

    def speech(self, blocks: Sequence[Samples], states: Sequence[State]) -> tuple[list[Probabilities], list[State]]:
        """One pass over blocks of many calls: int16 (channels, samples), at most as long as whole frames, the shorter
        ones followed by silence -> for each the probabilities of all frames of the pass, and the next state.

        Raises MemoryError where the device has not enough of it.
        """
        import torch
        from engine_kernels.silero import State

        rows = [len(block) for block in blocks]
        try:
            with self._queue():
                samples = self._staged(blocks, sum(rows)).to(self._device, non_blocking=True)
                speech, state = self._silero.speech(samples, State.joined(list(states)))
                found = speech.cpu().split(rows)
        except torch.OutOfMemoryError as error:
            raise MemoryError(str(error)) from error
        return [part.numpy() for part in found], state.split(rows)

    def _queue(self) -> AbstractContextManager[Any]:
        import torch

        queue: AbstractContextManager[Any] = torch.cuda.stream(self._stream)  # None: whichever is current
        return queue

    def _staged(self, blocks: Sequence[Samples], rows: int) -> Tensor:
        """(rows, whole frames × 512) in memory that the device can fetch from by itself."""
        import torch
        from engine_kernels.silero import FRAME_SAMPLES

        longest = -(-max(block.shape[1] for block in blocks) // FRAME_SAMPLES) * FRAME_SAMPLES
        staged = torch.zeros(rows, longest, dtype=torch.int16, pin_memory=self._device.type == "cuda")
        channels = iter(staged.numpy())
        for block in blocks:
            for samples in block:
                next(channels)[: len(samples)] = samples
        return staged
