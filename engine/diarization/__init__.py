"""Hop 4: who speaks when.

A channel of a stereo call is a speaker; inside one channel a backend tells the voices apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.config_types import DiarizationConfig
from engine.diarization.echoes import without_echoes
from engine.types import Audio, SpeechRegion, Turn

__all__ = ["Diarizer", "load_diarizer", "without_echoes"]


class Diarizer(Protocol):
    """Shared by the calls in flight: it keeps nothing of a call."""

    name: str

    def diarize(self, audio: Audio, regions: Sequence[SpeechRegion]) -> tuple[Turn, ...]:
        """Turns of one call, by start time, exclusive within a channel; speakers "S1", "S2" … in order of first speech.

        Raises DiarizationError where the backend fails on this call.
        """
        ...


def load_diarizer(config: DiarizationConfig) -> Diarizer:
    """One speaker a channel, and the configured backend for a call whose speech is all on one channel.

    Raises ConfigurationError on impossible speaker counts or a missing library, ModelError on a broken model directory.
    """
    from engine.diarization.channels import ChannelDiarizer, OneSpeaker
    from engine.diarization.clustering import ClusteringDiarizer
    from engine.diarization.counts import SpeakerCounts

    counts = SpeakerCounts.of(config)
    if config.backend == "pyannote":
        from engine.diarization.known_voices import NOBODY, KnownVoices, VoiceFile
        from engine.diarization.pyannote import load_pyannote, pipeline_name

        known = NOBODY
        if config.voices.file:
            known = KnownVoices(VoiceFile(config.voices, pipeline_name(config.model)).read(), config.voices.threshold)
        return ChannelDiarizer(load_pyannote(config.model, config.device, counts, known), counts)
    return ChannelDiarizer(ClusteringDiarizer() if config.backend == "clustering" else OneSpeaker(), counts)
