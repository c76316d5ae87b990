"""Hop 2 in one call: probabilities -> regions -> leakage removed -> windows."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.config_types import VadConfig
from engine.devices import torch_has_cuda
from engine.errors import ConfigurationError
from engine.types import Audio, SpeechRegion, Window
from engine.vad.leakage import without_leakage
from engine.vad.silero import SileroVad
from engine.vad.windows import pack, speech_regions

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Speech:
    """Where somebody speaks, and the same speech as windows for the recognizer; both sorted by start."""

    regions: tuple[SpeechRegion, ...]
    windows: tuple[Window, ...]


class Vad(Protocol):
    """A network that tells speech from the rest; shared by threads."""

    @property
    def takes_telephone(self) -> bool:
        """Whether a call kept at 8 kHz is heard as it is."""
        ...

    def probabilities(self, audio: Audio) -> NDArray[np.float32]:
        """Speech probability of every 32 ms frame, shape (channels, frames)."""
        ...


class Detector:
    """Finds speech on every channel of a call; shared by threads."""

    def __init__(self, config: VadConfig, window_s: float) -> None:
        self._config = config
        self._window_s = min(config.max_window_s or window_s, window_s)
        self._packed_s = min(config.packed_window_s or self._window_s, self._window_s)
        self._vad = load_vad(config)

    @property
    def takes_telephone(self) -> bool:
        """Whether a call had better be kept at 8 kHz where it was recorded so."""
        return self._vad.takes_telephone

    def detect(self, audio: Audio) -> Speech:
        """Regions and windows of a call; both empty where nobody speaks."""
        probabilities = self._vad.probabilities(audio)
        found = speech_regions(probabilities, audio.duration_s, self._config, self._window_s)
        regions = without_leakage(audio, found, self._config.leakage_db)
        return Speech(tuple(regions), pack(regions, self._packed_s, self._config.max_gap_s))


def load_detector(config: VadConfig, window_s: float) -> Detector:
    """`window_s`: the recognizer's window length, the upper bound of every window.

    Raises ConfigurationError where `config` asks for a device that is not there.
    """
    return Detector(config, window_s)


def load_vad(config: VadConfig) -> Vad:
    """Silero VAD on the device that `config` names; "auto" is a CUDA device where torch has one."""
    on_card = config.device != "cpu" and torch_has_cuda()
    if config.device == "cuda" and not on_card:
        raise ConfigurationError(
            "configuration key vad.device",
            received="'cuda'",
            expected="a CUDA device that torch can use",
            remedy='set vad.device = "cpu" or "auto", or update the driver (`call-engine doctor` tells which is there)',
        )
    logger.info("vad: %s", "torch, cuda" if on_card else "onnx, cpu")
    if not on_card:
        return SileroVad()
    from engine.vad.batched import BatchedVad

    return BatchedVad("cuda")
