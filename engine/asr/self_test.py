"""Does the device hear at all? Drivers older than a kernel's code have given empty transcripts without an error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import engine
from engine.asr.recognizer import Recognition, Recognizer, WindowTask
from engine.errors import TranscriptionError
from engine.types import SAMPLE_RATE

_CLIP = Path(engine.__file__).parent / "bundled" / "calls" / "telecom-billing.flac"
_START_S, _END_S = 0.5, 3.5
"""The agent's greeting; any Whisper that hears English writes something."""

_LEAST_LOG_PROBABILITY = -3.0
"""A token; a device that computes nothing, or NaN, gives every token the same chance, or none."""


def check_hears(recognizer: Recognizer) -> None:
    """Transcribe a known clip; raises TranscriptionError where nothing comes back. Takes one window's time."""
    recognizer.submit([WindowTask(_clip(), "en")])
    finished: list[tuple[WindowTask, Recognition]] = []
    while not finished:
        finished = recognizer.step()
    found = finished[0][1]
    if found.error is not None or not found.text or not found.average_log_probability >= _LEAST_LOG_PROBABILITY:
        raise TranscriptionError(
            f"{recognizer.name} does not hear a known clip",
            received=type(found.error).__name__ if found.error else f"{len(found.text)} improbable characters",
            expected="the words of a greeting",
            remedy='update the driver (see `nvidia-smi`) to one for this build of torch, or set asr.device = "cpu"',
        ) from found.error


def _clip() -> NDArray[np.int16]:
    import soundfile

    start, stop = round(_START_S * SAMPLE_RATE), round(_END_S * SAMPLE_RATE)
    samples, _ = soundfile.read(_CLIP, start=start, stop=stop, dtype="int16", always_2d=True)
    return np.ascontiguousarray(samples[:, 0])
