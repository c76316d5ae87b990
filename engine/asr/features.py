"""Log-mel features as openai/whisper computes them: the samples are padded with silence, then transformed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.telephone import REACH_SAMPLES, TELEPHONE_RATE, as_float, doubled
from engine.types import SAMPLE_RATE

HOP_SAMPLES = 160
FRAMES_PER_SECOND = SAMPLE_RATE // HOP_SAMPLES
_FFT_SAMPLES = 400
_FLOOR = 1e-10
_DYNAMIC_RANGE = 8.0  # decades below the loudest bin that are kept


class FeatureExtractor:
    """Log-mel spectrograms with the mel filters of faster-whisper; shared by threads.

    Only frames that touch the samples are transformed: the padding is silence, and silence has a known spectrum.
    """

    def __init__(self, mels: int) -> None:
        self._filters = mel_filters(mels)
        self._taper = np.hanning(_FFT_SAMPLES + 1)[:-1].astype(np.float32)

    def log_mel(self, samples: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
        """(samples,) -> (mels, frames); `samples` is cut or padded with silence to `frames` × 160."""
        touched = min(frames, (len(samples) + _FFT_SAMPLES // 2) // HOP_SAMPLES + 1)
        mel = np.full((frames, self._filters.shape[1]), _FLOOR, np.float32)
        mel[:touched] = np.maximum(self._power(samples, touched, frames) @ self._filters, _FLOOR)
        log_mel = np.log10(mel)
        np.maximum(log_mel, log_mel.max() - _DYNAMIC_RANGE, out=log_mel)
        return np.ascontiguousarray(((log_mel + 4.0) / 4.0).T)

    def _power(self, samples: NDArray[np.float32], touched: int, frames: int) -> NDArray[np.float32]:
        """Power spectrum of the first `touched` frames, centred as Whisper's: (touched, 201)."""
        padded = np.zeros(min(frames, touched + 3) * HOP_SAMPLES, np.float32)
        kept = samples[: len(padded)]
        padded[: len(kept)] = kept
        centred = np.pad(padded, _FFT_SAMPLES // 2, mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(centred, _FFT_SAMPLES)[::HOP_SAMPLES][:touched]
        spectrum = np.fft.rfft(windows * self._taper, axis=1)
        return np.asarray(spectrum.real**2 + spectrum.imag**2, np.float32)


def at_16_khz(samples: NDArray[np.int16] | NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """A window (samples,) at 16 kHz, or int16 at 8 kHz, as far as its last sample is heard."""
    if sample_rate == TELEPHONE_RATE:
        return as_float(doubled(np.pad(samples, (0, REACH_SAMPLES))[None].astype(np.int16))[0])
    return as_float(samples)


def mel_filters(mels: int) -> NDArray[np.float32]:
    """Whisper's mel filters, shape (201, mels)."""
    from faster_whisper.feature_extractor import FeatureExtractor as Whisper

    return np.ascontiguousarray(Whisper.get_mel_filters(SAMPLE_RATE, _FFT_SAMPLES, mels).T, np.float32)


def window_seconds(model: Path) -> int:
    """`chunk_length` of the model's preprocessor_config.json; 30 s where it has none, as Whisper itself."""
    path = model / "preprocessor_config.json"
    if not path.is_file():
        return 30
    return int(json.loads(path.read_text(encoding="utf-8")).get("chunk_length", 30))
