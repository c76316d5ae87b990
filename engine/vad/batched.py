"""Speech probabilities of all calls in flight together, on a device.

What the network costs there is its steps, not its rows (see `engine_kernels.silero`), so calls share passes: each takes
the next seconds of every call that is here, and whichever calling thread finds the device free runs it. A call joins at
any pass and leaves when it is through.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import StageError
from engine.types import SAMPLE_RATE, Audio
from engine.vad.silero import FRAME_SAMPLES
from engine.vad.silero_torch import MARGIN_S, Block, SileroNetwork

if TYPE_CHECKING:
    from engine_kernels.silero import State

logger = logging.getLogger(__name__)

_BLOCK_SAMPLES = 256 * FRAME_SAMPLES  # 8 s
_MOST_ROWS = 256
"""Channels in a pass: 65,536 frames, for which the device needs about 1 GB for a moment."""


@dataclass(slots=True, eq=False)
class _Call:
    """How far a call has come: `heard` samples, the state behind them, the probabilities of the passes so far."""

    audio: Audio
    state: State
    heard: int = 0
    found: list[NDArray[np.float32]] = field(default_factory=list)
    fault: Exception | None = None

    @property
    def done(self) -> bool:
        return self.fault is not None or self.heard >= self.audio.n_samples

    def block(self) -> Block:
        """What the next pass is to hear."""
        rate, heard = self.audio.kept_rate, min(_BLOCK_SAMPLES, self.audio.n_samples - self.heard)
        first, last = (place * rate // SAMPLE_RATE for place in (self.heard, self.heard + heard))
        margin = round(MARGIN_S * rate)
        samples = self.audio.kept.read(max(first - margin, 0), last + margin)
        return Block(np.pad(samples, ((0, 0), (max(margin - first, 0), 0))), rate, heard)

    def advance(self, samples: int, found: NDArray[np.float32], state: State) -> None:
        self.found.append(found[:, : -(-samples // FRAME_SAMPLES)])
        self.heard, self.state = self.heard + samples, state


class BatchedVad:
    """Silero VAD on `device`, "cuda" or "cpu" (where the ONNX graph of `SileroVad` is faster); shared by threads."""

    takes_telephone = True

    def __init__(self, device: str) -> None:
        self._network = SileroNetwork(device)
        self._most_rows = _MOST_ROWS
        self._turn = threading.Condition()
        self._calls: list[_Call] = []
        self._running = False

    def probabilities(self, audio: Audio) -> NDArray[np.float32]:
        """Speech probability of every 32 ms frame, shape (channels, frames); the last frame is padded with silence.

        Raises StageError where the device's memory does not hold a pass over this call alone.
        """
        call = _Call(audio, self._network.start(audio.n_channels))
        with self._turn:
            self._calls.append(call)
        while self._my_turn(call):
            self._pass()
        if call.fault is not None:
            raise call.fault
        return np.concatenate([np.zeros((audio.n_channels, 0), np.float32), *call.found], axis=1)

    def _my_turn(self, call: _Call) -> bool:
        """Wait until the call is done (False), or no pass runs (True: the caller is to run one)."""
        with self._turn:
            self._turn.wait_for(lambda: call.done or not self._running)
            if call.done:
                return False
            self._running = True
            return True

    def _pass(self) -> None:
        """The next block of every call, or of as many as go into a pass."""
        try:
            with self._turn:
                calls = self._boarding()
            self._advance(calls)
        finally:
            with self._turn:
                self._calls = [call for call in self._calls if not call.done]
                self._running = False
                self._turn.notify_all()

    def _advance(self, calls: Sequence[_Call]) -> None:
        """What goes wrong is these calls' fault, except for a lack of memory that fewer of them would not have."""
        try:
            self._hear(calls)
        except MemoryError as error:
            if len(calls) > 1:
                self._shrink(sum(call.audio.n_channels for call in calls) // 2)
            else:
                _fail(calls, _too_large(calls[0], error))
        except Exception as error:
            _fail(calls, error)

    def _boarding(self) -> list[_Call]:
        """The calls of the next pass, first come first: one at least."""
        waiting = [call for call in self._calls if not call.done]
        rows = np.cumsum([call.audio.n_channels for call in waiting])
        return waiting[: max(1, int(np.searchsorted(rows, self._most_rows, side="right")))]

    def _hear(self, calls: Sequence[_Call]) -> None:
        blocks = [(call, block) for call in calls if (block := _read(call)) is not None]
        if not blocks:
            return
        found = self._network.speech([block for _, block in blocks], [call.state for call, _ in blocks])
        for (call, block), speech, state in zip(blocks, *found, strict=True):
            call.advance(block.heard, speech, state)

    def _shrink(self, rows: int) -> None:
        self._most_rows = rows
        logger.warning("the device's memory is short: the VAD takes %d channels at once from now on", rows)


def _read(call: _Call) -> Block | None:
    """A block; None where it cannot be read, which concerns this call alone."""
    try:
        return call.block()
    except Exception as error:
        _fail([call], error)
        return None


def _fail(calls: Sequence[_Call], error: Exception) -> None:
    for call in calls:
        call.fault = error


def _too_large(call: _Call, error: Exception) -> StageError:
    fault = StageError(
        "one pass of the VAD does not fit the device's memory",
        received=f"{call.audio.n_channels} channels",
        remedy='free memory of the device, or set vad.device = "cpu"',
    )
    fault.__cause__ = error
    return fault
