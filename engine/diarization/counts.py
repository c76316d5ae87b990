"""How many speakers a call may have."""

from __future__ import annotations

from dataclasses import dataclass

from engine.config_types import DiarizationConfig
from engine.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class SpeakerCounts:
    """Both bounds are inclusive; a given count has `least == most`."""

    least: int
    most: int

    @property
    def given(self) -> int | None:
        return self.most if self.least == self.most else None

    @classmethod
    def of(cls, config: DiarizationConfig) -> SpeakerCounts:
        """The bounds of a configuration; raises ConfigurationError where they exclude every count."""
        if config.speakers < 0:
            raise ConfigurationError(
                "diarization.speakers",
                received=config.speakers,
                expected="0 (estimate the count) or a number of speakers",
            )
        if config.speakers:
            return cls(config.speakers, config.speakers)
        if not 1 <= config.min_speakers <= config.max_speakers:
            raise ConfigurationError(
                "diarization.min_speakers and diarization.max_speakers",
                received=f"{config.min_speakers} and {config.max_speakers}",
                expected="1 <= min_speakers <= max_speakers",
            )
        return cls(config.min_speakers, config.max_speakers)
