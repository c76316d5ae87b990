"""One speaker a channel, which is exact; a call on one channel goes to a backend that listens to voices."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Protocol

from engine.diarization.turns import exclusive, numbered, speech_spans
from engine.types import Audio, Span, SpeechRegion, Turn


class VoiceDiarizer(Protocol):
    """Tells the voices of one channel apart."""

    name: str

    def turns(self, audio: Audio, channel: int, speech: Sequence[Span]) -> list[Turn]:
        """Turns of `channel` under any speaker names; `speech` is in order and never empty."""
        ...


class OneSpeaker:
    """Backend "none": everything on a channel is one speaker's."""

    name = "none"

    def turns(self, audio: Audio, channel: int, speech: Sequence[Span]) -> list[Turn]:
        del audio, channel
        return [Turn("voice", span.start_s, span.end_s) for span in speech]


class ChannelDiarizer:
    """One speaker a channel where several channels have speech, else what `voices` hears on the one that has."""

    def __init__(self, voices: VoiceDiarizer) -> None:
        self._voices = voices
        self.name = f"{voices.name} (mono), channels (stereo)"

    def diarize(self, audio: Audio, regions: Sequence[SpeechRegion]) -> tuple[Turn, ...]:
        """Turns of one call, by start time, exclusive within a channel; see `Diarizer`."""
        speech = {channel: speech_spans(regions, channel, audio.duration_s) for channel in range(audio.n_channels)}
        spoken = [channel for channel, spans in speech.items() if spans]
        if len(spoken) == 1:
            return numbered(self._one_channel(audio, spoken[0], speech[spoken[0]]))
        return numbered([Turn(f"channel {c}", span.start_s, span.end_s, c) for c in spoken for span in speech[c]])

    def _one_channel(self, audio: Audio, channel: int, speech: Sequence[Span]) -> list[Turn]:
        """A recorder with one dead input puts both speakers on the other channel: the channel alone decides nothing."""
        turns = exclusive(self._voices.turns(audio, channel, speech), audio.duration_s)
        if audio.n_channels > 1 and len({turn.speaker for turn in turns}) == 1:
            return [dataclasses.replace(turn, channel=channel) for turn in turns]
        return turns
