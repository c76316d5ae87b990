"""One speaker a channel, which is exact; a call on one channel goes to a backend that listens to voices."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Protocol

from engine.diarization.counts import SpeakerCounts
from engine.diarization.turns import exclusive, numbered, speech_spans
from engine.types import Audio, Span, SpeechRegion, Turn


class VoiceDiarizer(Protocol):
    """Tells the voices of one channel apart."""

    name: str

    @property
    def known(self) -> frozenset[str]:
        """Names that a speaker may come back under, because the voice is known."""
        ...

    def turns(self, audio: Audio, channel: int, speech: Sequence[Span], counts: SpeakerCounts) -> list[Turn]:
        """Turns of `channel` under any speaker names; `speech` is in order and never empty."""
        ...


class OneSpeaker:
    """Backend "none": everything on a channel is one speaker's."""

    name = "none"
    known: frozenset[str] = frozenset()

    def turns(self, audio: Audio, channel: int, speech: Sequence[Span], counts: SpeakerCounts) -> list[Turn]:
        del audio, channel, counts
        return [Turn("voice", span.start_s, span.end_s) for span in speech]


class ChannelDiarizer:
    """One speaker a channel where several channels have speech, else what `voices` hears on the one that has.

    Where more speakers are asked for than channels have speech, the voices of every channel are told apart.
    """

    def __init__(self, voices: VoiceDiarizer, counts: SpeakerCounts) -> None:
        self._voices = voices
        self._counts = counts
        self.name = f"{voices.name} (mono), channels (stereo)"

    def diarize(self, audio: Audio, regions: Sequence[SpeechRegion]) -> tuple[Turn, ...]:
        """Turns of one call, by start time, exclusive within a channel; see `Diarizer`."""
        speech = {channel: speech_spans(regions, channel, audio.duration_s) for channel in range(audio.n_channels)}
        spoken = {channel: spans for channel, spans in speech.items() if spans}
        if len(spoken) == 1:
            turns = self._one_channel(audio, *next(iter(spoken.items())))
        elif self._counts.least > len(spoken):
            turns = self._shared_channels(audio, spoken)
        else:
            turns = [Turn(f"channel {c}", span.start_s, span.end_s, c) for c in spoken for span in spoken[c]]
        return numbered(turns, self._voices.known)

    def _one_channel(self, audio: Audio, channel: int, speech: Sequence[Span]) -> list[Turn]:
        """A recorder with one dead input puts both speakers on the other channel: the channel alone decides nothing."""
        turns = exclusive(self._voices.turns(audio, channel, speech, self._counts), audio.duration_s)
        if audio.n_channels > 1 and len({turn.speaker for turn in turns}) == 1:
            return [dataclasses.replace(turn, channel=channel) for turn in turns]
        return turns

    def _shared_channels(self, audio: Audio, spoken: dict[int, list[Span]]) -> list[Turn]:
        """Each channel with as many voices as it gives evidence for, a call that was put through to a second agent."""
        most = SpeakerCounts(1, 1 + self._counts.most - len(spoken))
        turns: list[Turn] = []
        for channel, speech in spoken.items():
            for turn in exclusive(self._voices.turns(audio, channel, speech, most), audio.duration_s):
                names = [self._named(channel, name) for name in (turn.speaker, *turn.others)]
                turns.append(dataclasses.replace(turn, speaker=names[0], channel=channel, others=tuple(names[1:])))
        return turns

    def _named(self, channel: int, voice: str) -> str:
        return voice if voice in self._voices.known else f"channel {channel} {voice}"
