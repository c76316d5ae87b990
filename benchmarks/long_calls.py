"""Calls as long as a benchmark needs them, told from the speech of the demo calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import engine
from engine.audio import decode
from engine.config_types import AudioConfig
from engine.types import SAMPLE_RATE, Audio, SourceInfo

CALLS = Path(engine.__file__).parent / "bundled" / "calls"


class Tiled:
    """A recording told again and again, from somewhere in its middle."""

    n_channels = 1

    def __init__(self, samples: np.ndarray, n_samples: int, offset: int) -> None:
        self._samples, self.n_samples, self._offset = samples, n_samples, offset

    def read(self, start: int, stop: int) -> np.ndarray:
        at = np.arange(start + self._offset, stop + self._offset) % len(self._samples)
        return self._samples[at][None]


def demo_speech() -> np.ndarray:
    """All demo calls in a row, as one channel; int16, shape (samples,)."""
    calls = [decode(CALLS / path["audio"], AudioConfig()) for path in references()]
    return np.concatenate([call.pcm.read(0, call.n_samples).astype(np.int32).sum(axis=0) for call in calls]).astype(
        np.int16
    )


def long_call(speech: np.ndarray, seconds: float, number: int) -> Audio:
    """`speech` until there are `seconds`; each `number` begins elsewhere in it."""
    n_samples = round(seconds * SAMPLE_RATE)
    source = SourceInfo(None, "", "array", "pcm", 1, SAMPLE_RATE, seconds)
    return Audio(Tiled(speech, n_samples, number * 7 * SAMPLE_RATE), source)


def whole(call: Audio) -> np.ndarray:
    """float32, shape (samples,)."""
    return call.read(0, 0.0, call.duration_s)


def pcm(call: Audio) -> np.ndarray:
    """int16, shape (samples,)."""
    return call.pcm.read(0, call.n_samples)[0]


def references() -> list[dict[str, Any]]:
    """Of the demo calls: file and utterances."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(CALLS.glob("*.reference.json"))]
