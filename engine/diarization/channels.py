"""One speaker a channel, which is exact; a call on one channel goes to a backend that listens to voices."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Protocol

from engine.diarization.counts import SpeakerCounts
from engine.diarization.turns import alone, exclusive, numbered, speech_spans
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

    def several(self, audio: Audio, channel: int, speech: Sequence[Span]) -> bool:
        """Whether more than one voice is beyond doubt; cheap, since every channel of every call is asked."""
        ...

    def names(self, audio: Audio, spoken: Mapping[int, Sequence[Span]]) -> dict[int, str]:
        """Who of the known voices is the only speaker of a channel, by channel."""
        ...


class OneSpeaker:
    """Backend "none": everything on a channel is one speaker's."""

    name = "none"
    known: frozenset[str] = frozenset()

    def turns(self, audio: Audio, channel: int, speech: Sequence[Span], counts: SpeakerCounts) -> list[Turn]:
        del audio, channel, counts
        return [Turn("voice", span.start_s, span.end_s) for span in speech]

    def several(self, audio: Audio, channel: int, speech: Sequence[Span]) -> bool:
        del audio, channel, speech
        return False

    def names(self, audio: Audio, spoken: Mapping[int, Sequence[Span]]) -> dict[int, str]:
        del audio, spoken
        return {}


class ChannelDiarizer:
    """One speaker a channel where several channels have speech, else what `voices` hears on the one that has.

    The voices of a channel are told apart too where it is beyond doubt that there are several: a call that was put
    through to a second agent. Where more speakers are asked for than channels have speech, and none is beyond doubt,
    every channel is listened to.
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
        else:
            shared = self._shared(audio, spoken)
            turns = self._voices_of(audio, {channel: spoken[channel] for channel in sorted(shared)}, len(spoken))
            turns += self._whole(audio, {channel: spoken[channel] for channel in spoken.keys() - shared}, turns)
        return numbered(turns, self._voices.known)

    def _one_channel(self, audio: Audio, channel: int, speech: Sequence[Span]) -> list[Turn]:
        """A recorder with one dead input puts both speakers on the other channel: the channel alone decides nothing."""
        turns = exclusive(self._voices.turns(audio, channel, speech, self._counts), audio.duration_s)
        if audio.n_channels > 1 and len({turn.speaker for turn in turns}) == 1:
            return [dataclasses.replace(turn, channel=channel) for turn in turns]
        return turns

    def _shared(self, audio: Audio, spoken: Mapping[int, Sequence[Span]]) -> set[int]:
        """The channels with several voices; what is heard while another channel speaks may be that channel's."""
        if self._counts.most <= len(spoken):
            return set()
        sure = {channel for channel in spoken if self._voices.several(audio, channel, _undisturbed(channel, spoken))}
        return set(spoken) if not sure and self._counts.least > len(spoken) else sure

    def _voices_of(self, audio: Audio, spoken: Mapping[int, Sequence[Span]], n_channels: int) -> list[Turn]:
        """Each channel with as many voices as it gives evidence for, and no more in all than there may be."""
        turns: list[Turn] = []
        more = self._counts.most - n_channels
        for channel, speech in spoken.items():
            found = exclusive(self._voices.turns(audio, channel, speech, SpeakerCounts(1, 1 + more)), audio.duration_s)
            more -= max(0, len({name for turn in found for name in (turn.speaker, *turn.others)}) - 1)
            for turn in found:
                names = [self._named(channel, name) for name in (turn.speaker, *turn.others)]
                turns.append(dataclasses.replace(turn, speaker=names[0], channel=channel, others=tuple(names[1:])))
        return turns

    def _named(self, channel: int, voice: str) -> str:
        return voice if voice in self._voices.known else f"channel {channel} {voice}"

    def _whole(self, audio: Audio, spoken: Mapping[int, Sequence[Span]], shared: Sequence[Turn]) -> list[Turn]:
        """One speaker a channel, by name where the voice is known and nobody on a shared channel has the name."""
        taken = {name for turn in shared for name in (turn.speaker, *turn.others)}
        names = {c: name for c, name in self._voices.names(audio, spoken).items() if name not in taken}
        return [
            Turn(names.get(channel, f"channel {channel}"), span.start_s, span.end_s, channel)
            for channel in sorted(spoken)
            for span in spoken[channel]
        ]


def _undisturbed(channel: int, spoken: Mapping[int, Sequence[Span]]) -> Sequence[Span]:
    """The speech of a channel while no other channel has any."""
    left = spoken[channel]
    for other in spoken.keys() - {channel}:
        left = alone(left, spoken[other])
    return left
