"""Shared material: the bundled model, the demo calls with their references, and audio made of samples."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray

import engine
from engine.types import SAMPLE_RATE, Audio, SourceInfo

# A busy machine is no fault of the code: examples are judged, never timed.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

# Without a card the kernels run in Triton's interpreter, which must be chosen before anything imports Triton.
if not Path("/dev/nvidiactl").exists():
    os.environ["TRITON_INTERPRET"] = "1"

PACKAGE = Path(engine.__file__).parent
CALLS = PACKAGE / "bundled" / "calls"
DEMO_CALLS = ("card-replacement", "delivery-complaint", "telecom-billing")


@dataclass(frozen=True)
class ArrayPcm:
    """Samples in memory, shape (channels, samples)."""

    samples: NDArray[np.int16]

    @property
    def n_channels(self) -> int:
        return int(self.samples.shape[0])

    @property
    def n_samples(self) -> int:
        return int(self.samples.shape[1])

    def read(self, start: int, stop: int) -> NDArray[np.int16]:
        return self.samples[:, start:stop]


def audio_of(*channels: NDArray[np.floating[Any]]) -> Audio:
    """An Audio of float channels in [-1, 1)."""
    samples = np.stack([(np.clip(channel, -1, 0.9999) * 32768).astype(np.int16) for channel in channels])
    duration_s = samples.shape[1] / SAMPLE_RATE
    return Audio(ArrayPcm(samples), SourceInfo(None, "0" * 64, "array", "pcm", len(channels), SAMPLE_RATE, duration_s))


def plain_words(text: str) -> list[str]:
    """Words for comparing: lower case, no punctuation, hyphens as spaces."""
    return re.sub(r"[^\w' ]", " ", text.lower().replace("-", " ")).split()


@pytest.fixture(scope="session")
def bundled_model() -> Path:
    return PACKAGE / "bundled" / "whisper-nano"


@pytest.fixture(scope="session")
def references() -> dict[str, dict[str, Any]]:
    return {name: json.loads((CALLS / f"{name}.reference.json").read_text("utf-8")) for name in DEMO_CALLS}


@pytest.fixture(scope="session")
def demo_paths(references: dict[str, dict[str, Any]]) -> dict[str, Path]:
    return {name: CALLS / reference["audio"] for name, reference in references.items()}


@pytest.fixture(scope="session")
def telephone_call(demo_paths: dict[str, Path]) -> Audio:
    """The demo call recorded at 8 kHz, kept so."""
    from engine.audio import decode
    from engine.config_types import AudioConfig

    return decode(demo_paths["delivery-complaint"], AudioConfig(), keep_telephone=True)


@pytest.fixture(scope="session")
def demo_audio(demo_paths: dict[str, Path]) -> dict[str, Audio]:
    from engine.audio import decode
    from engine.config_types import AudioConfig

    return {name: decode(path, AudioConfig()) for name, path in demo_paths.items()}
