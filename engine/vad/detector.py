"""Hop 2 in one call: probabilities -> regions -> leakage removed -> windows."""

from __future__ import annotations

from dataclasses import dataclass

from engine.config import VadConfig
from engine.types import Audio, SpeechRegion, Window
from engine.vad.leakage import without_leakage
from engine.vad.silero import SileroVad
from engine.vad.windows import pack, speech_regions


@dataclass(frozen=True, slots=True)
class Speech:
    """Where somebody speaks, and the same speech as windows for the recognizer; both sorted by start."""

    regions: tuple[SpeechRegion, ...]
    windows: tuple[Window, ...]


class Detector:
    """Finds speech on every channel of a call; shared by threads."""

    def __init__(self, config: VadConfig, window_s: float) -> None:
        self._config = config
        self._window_s = min(config.max_window_s or window_s, window_s)
        self._packed_s = min(config.packed_window_s or self._window_s, self._window_s)
        self._vad = SileroVad()

    def detect(self, audio: Audio) -> Speech:
        """Regions and windows of a call; both empty where nobody speaks."""
        probabilities = self._vad.probabilities(audio)
        found = speech_regions(probabilities, audio.duration_s, self._config, self._window_s)
        regions = without_leakage(audio, found, self._config.leakage_db)
        return Speech(tuple(regions), pack(regions, self._packed_s, self._config.max_gap_s))


def load_detector(config: VadConfig, window_s: float) -> Detector:
    """`window_s`: the recognizer's window length, the upper bound of every window."""
    return Detector(config, window_s)
