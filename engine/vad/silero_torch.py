"""The Silero network on a torch device: samples go in and probabilities come out as NumPy arrays.

Samples go to the device as they are, 16 bits each and at 8 kHz where they were recorded so.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.telephone import REACH_SAMPLES, TELEPHONE_RATE, banded
from engine.types import SAMPLE_RATE
from engine.vad.silero_graph import dense_weights

if TYPE_CHECKING:
    from engine_kernels.silero import State
    from torch import Tensor

MARGIN_S = REACH_SAMPLES / TELEPHONE_RATE
_MARGIN_SAMPLES = round(MARGIN_S * SAMPLE_RATE)

Samples = NDArray[np.int16]
Probabilities = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """What a pass hears of a call, so many samples at 16 kHz. `samples`, int16 (channels, samples) at a `sample_rate`
    of 16,000 or 8,000, begin `MARGIN_S` before it, and end as much behind it where the call goes on."""

    samples: Samples
    sample_rate: int
    heard: int


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
            self._banded = torch.tensor(banded(), device=self._device)

    def start(self, rows: int) -> State:
        """The state of so many channels before their first sample."""
        from engine_kernels.silero import State

        with self._queue():
            return State.start(rows, self._device)

    def speech(self, blocks: Sequence[Block], states: Sequence[State]) -> tuple[list[Probabilities], list[State]]:
        """One pass over blocks of many calls, the shorter ones followed by silence -> for each the probabilities of all
        frames of the pass, and the next state.

        Raises MemoryError where the device has not enough of it.
        """
        import torch
        from engine_kernels.silero import State

        rows = [len(block.samples) for block in blocks]
        try:
            with self._queue():
                speech, state = self._silero.speech(self._on_device(blocks), State.joined(list(states)))
                found = speech.cpu().split(rows)
        except torch.OutOfMemoryError as error:
            raise MemoryError(str(error)) from error
        return [part.numpy() for part in found], state.split(rows)

    def _queue(self) -> AbstractContextManager[Any]:
        import torch

        queue: AbstractContextManager[Any] = torch.cuda.stream(self._stream)  # None: whichever is current
        return queue

    def _on_device(self, blocks: Sequence[Block]) -> Tensor:
        """All channels at 16 kHz, (rows, whole frames × 512)."""
        import torch
        from engine_kernels.resample import at_16_khz
        from engine_kernels.silero import FRAME_SAMPLES

        longest = -(-max(block.heard for block in blocks) // FRAME_SAMPLES) * FRAME_SAMPLES
        pcm = self._staged(blocks, longest + 2 * _MARGIN_SAMPLES).to(self._device, non_blocking=True)
        narrow = [block.sample_rate == TELEPHONE_RATE for block in blocks for _ in block.samples]
        if any(narrow):
            mask = torch.tensor(narrow, pin_memory=self._device.type == "cuda")
            pcm = at_16_khz(pcm, mask.to(self._device, non_blocking=True), self._banded)
        return pcm[:, _MARGIN_SAMPLES:][:, :longest]

    def _staged(self, blocks: Sequence[Block], samples: int) -> Tensor:
        """int16 (rows, as many samples as the longest needs) in memory that the device can fetch from by itself;
        `samples`: at 16 kHz."""
        import torch

        width = max(samples * block.sample_rate // SAMPLE_RATE for block in blocks)
        rows = sum(len(block.samples) for block in blocks)
        staged = torch.zeros(rows, width, dtype=torch.int16, pin_memory=self._device.type == "cuda")
        channels = iter(staged.numpy())
        for block in blocks:
            for channel in block.samples:
                next(channels)[: len(channel)] = channel
        return staged
