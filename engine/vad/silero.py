"""Silero VAD v6: the ONNX graph that faster-whisper ships, run over all channels of a call in one batch.

The published graph has a batch of one: rows are consecutive frames of one signal and its LSTM walks over them. Here a
Reshape is put before the LSTM, so that rows of several channels, interleaved frame by frame, become (frames, channels,
features): the convolutions see one large batch and the LSTM walks over all channels at once, each with its own state.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.types import SAMPLE_RATE, Audio

FRAME_SAMPLES = 512
CONTEXT_SAMPLES = 64
FRAME_S = FRAME_SAMPLES / SAMPLE_RATE
_BLOCK_FRAMES = 1024  # 33 s: small enough to stay in cache, and an 8-hour call is never in memory at once
_STATE_SIZE = 128


class SileroVad:
    """Speech probabilities for all channels of a call; shared by threads, no state between calls."""

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
            "input": np.ascontiguousarray(rows.transpose(1, 0, 2)).reshape(-1, width),
            "h": state[0],
            "c": state[1],
            "by_channel": np.array([frames, channels, _STATE_SIZE]),
        }
        speech, hidden, cell = self._loaded().run(None, inputs)
        return speech.reshape(channels, frames), np.stack([hidden, cell])

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
        return onnxruntime.InferenceSession(_many_channel_graph(), options, providers=["CPUExecutionProvider"])


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


def _many_channel_graph() -> bytes:
    """The shipped graph with a Reshape to (frames, channels, features) before its LSTM."""
    import onnx
    from faster_whisper.utils import get_assets_path

    path = Path(get_assets_path()) / "silero_vad_v6.onnx"
    try:
        model = onnx.load(path)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"the Silero VAD graph {path} cannot be loaded", remedy="reinstall faster-whisper==1.2.1"
        ) from error
    graph = model.graph
    lstm = next(node for node in graph.node if node.op_type == "LSTM")
    reshape = onnx.helper.make_node("Reshape", [lstm.input[0], "by_channel"], ["frames_by_channel"])
    graph.input.append(onnx.helper.make_tensor_value_info("by_channel", onnx.TensorProto.INT64, [3]))
    graph.node.insert(list(graph.node).index(lstm), reshape)
    lstm.input[0] = "frames_by_channel"
    for value in (*graph.input, *graph.output):
        if value.name in ("h", "c", "hn", "cn"):
            value.type.tensor_type.shape.dim[1].dim_param = "channels"
    serialized: bytes = model.SerializeToString()
    return serialized
