"""Silero VAD v6: the network that faster-whisper ships as ONNX, run over all channels of a call in one batch.

The weights are the shipped ones; the graph around them is drawn anew (`dense_graph`):

- Each frame has only four STFT columns, so every convolution over them is one small dense matrix, and a matrix product
  is several times faster than ONNX Runtime's convolution of four columns.
- Rows of several channels, interleaved frame by frame, reach the LSTM as (frames, channels, features): it walks over
  all channels at once, each with a state of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.types import SAMPLE_RATE, Audio
from engine.vad.silero_graph import dense_graph, stft_columns

FRAME_SAMPLES = 512
CONTEXT_SAMPLES = 64
FRAME_S = FRAME_SAMPLES / SAMPLE_RATE
_BLOCK_FRAMES = 1024  # 33 s: small enough to stay in cache, and an 8-hour call is never in memory at once
_STATE_SIZE = 128


class SileroVad:
    """Speech probabilities for all channels of a call; shared by threads, no state between calls."""

    takes_telephone = False

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._loading = threading.Lock()

    def probabilities(self, audio: Audio) -> NDArray[np.float32]:
        """Speech probability of every 32 ms frame, shape (channels, frames); the last frame is padded with silence."""
        channels = audio.n_channels
        state = np.zeros((2, 1, channels, _STATE_SIZE), np.float32)
        context = np.zeros((channels, CONTEXT_SAMPLES), np.float32)
        found = [np.zeros((channels, 0), np.float32)]
        for block in _blocks(audio):
            frames = block.reshape(channels, -1, FRAME_SAMPLES)
            rows = _with_context(frames, context)
            speech, state = self._run(rows, state)
            context = block[:, -CONTEXT_SAMPLES:]
            found.append(speech)
        return np.concatenate(found, axis=1)

    def _run(
        self, rows: NDArray[np.float32], state: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """`rows` (channels, frames, 576) and LSTM state -> probabilities (channels, frames) and the next state."""
        channels, frames, width = rows.shape
        inputs = {
            "columns": stft_columns(rows.transpose(1, 0, 2).reshape(-1, width)),
            "h": state[0],
            "c": state[1],
            "by_channel": np.array([frames, channels, _STATE_SIZE]),
        }
        speech, hidden, cell = self._loaded().run(None, inputs)
        return speech.reshape(frames, channels).T, np.stack([hidden, cell])

    def _loaded(self) -> Any:
        with self._loading:
            return self._session

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(dense_graph(), options, providers=["CPUExecutionProvider"])


def _blocks(audio: Audio) -> Iterator[NDArray[np.float32]]:
    """The call in float32 blocks of shape (channels, whole frames * 512)."""
    step = _BLOCK_FRAMES * FRAME_SAMPLES
    for start in range(0, audio.n_samples, step):
        samples = audio.pcm.read(start, min(start + step, audio.n_samples))
        padding = -samples.shape[1] % FRAME_SAMPLES
        yield np.pad(samples, ((0, 0), (0, padding))).astype(np.float32) / np.float32(32768.0)


def _with_context(frames: NDArray[np.float32], context: NDArray[np.float32]) -> NDArray[np.float32]:
    """Put the 64 samples before each frame in front of it: (channels, frames, 512) -> (channels, frames, 576)."""
    tails = frames[:, :-1, -CONTEXT_SAMPLES:]
    before = np.concatenate([context[:, None, :], tails], axis=1)
    return np.concatenate([before, frames], axis=2)
