"""What is said when a window cannot be decoded, and when the device cannot."""

from __future__ import annotations

import numpy as np

from engine.asr.recognizer import Recognition, WindowTask
from engine.errors import CallEngineError, InputError, TranscriptionError


def unfit(task: WindowTask, longest_s: float) -> CallEngineError | None:
    """Why a window cannot be decoded at all; None where it can."""
    if task.duration_s > longest_s:
        return InputError(
            "a window is too long", received=f"{task.duration_s:.2f} s", expected=f"{longest_s:g} s at most"
        )
    if not np.isfinite(task.samples).all():
        return InputError("a window holds samples that are no numbers", expected="finite samples")
    return None


def faulty(name: str, error: Exception) -> Recognition:
    """A window at which a recognizer failed twice."""
    return Recognition(error=TranscriptionError(f"{name} failed on a window: {type(error).__name__}: {error}"))


def too_large(error: Exception) -> Recognition:
    """A window for which even a single slot is too much."""
    fault = TranscriptionError(
        "one window alone does not fit the device's memory",
        received=type(error).__name__,
        remedy="free memory of the device (asr.cache_gib bounds what this engine takes), or take a smaller model",
    )
    return Recognition(error=fault)


def gone(name: str, error: Exception) -> TranscriptionError:
    """A device that failed; CUDA gives a process no second chance."""
    return TranscriptionError(
        f"the device of {name} failed in mid-run",
        received=str(error).strip().partition("\n")[0],
        remedy="see whether `nvidia-smi` still knows the card, then start the engine again: finished calls are kept",
    )
