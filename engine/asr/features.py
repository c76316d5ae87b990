"""Log-mel features as openai/whisper computes them: the samples are padded with silence, then transformed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.types import SAMPLE_RATE

HOP_SAMPLES = 160
FRAMES_PER_SECOND = SAMPLE_RATE // HOP_SAMPLES


class FeatureExtractor:
    """faster-whisper's extractor with the mel bins of the model; shared by threads."""

    def __init__(self, mels: int) -> None:
        from faster_whisper.feature_extractor import FeatureExtractor as Whisper

        self._whisper = Whisper(feature_size=mels, sampling_rate=SAMPLE_RATE, hop_length=HOP_SAMPLES)

    def log_mel(self, samples: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
        """(samples,) -> (mels, frames); `samples` is cut or padded with silence to `frames` × 160."""
        padded = np.zeros(frames * HOP_SAMPLES, np.float32)
        kept = samples[: len(padded)]
        padded[: len(kept)] = kept
        return np.asarray(self._whisper(padded, padding=0), np.float32)


def window_seconds(model: Path) -> int:
    """`chunk_length` of the model's preprocessor_config.json; 30 s where it has none, as Whisper itself."""
    path = model / "preprocessor_config.json"
    if not path.is_file():
        return 30
    return int(json.loads(path.read_text(encoding="utf-8")).get("chunk_length", 30))
