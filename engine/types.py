"""Frozen values that cross stage borders, hops 1 to 6: the vocabulary of the engine.

Seconds by default, else a suffix (`_ms`, `_samples`, `_frames`). Times count from the start of the call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.analysis_types import Role
from engine.telephone import TELEPHONE_RATE, as_float

SAMPLE_RATE = 16_000


# --- hop 1: audio -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What the recording was before decoding; `channels` and `sample_rate` are the file's own."""

    path: str | None
    sha256: str
    container: str
    codec: str
    channels: int
    sample_rate: int
    duration_s: float


class Pcm(Protocol):
    """Decoded samples, in memory or spooled to an unlinked temporary file."""

    @property
    def n_channels(self) -> int: ...

    @property
    def n_samples(self) -> int: ...

    def read(self, start: int, stop: int) -> NDArray[np.int16]:
        """Samples `start`..`stop` of every channel, shape (channels, stop - start)."""
        ...


@dataclass(frozen=True, slots=True)
class Audio:
    """A decoded call at 16 kHz. Identical channels are already folded into one.

    `damage` says what could not be decoded (a truncated file); the rest was. `telephone`: the samples of a call that is
    kept at 8 kHz; its `pcm` is made of them at every reading.
    """

    pcm: Pcm
    source: SourceInfo
    damage: str | None = None
    telephone: Pcm | None = None

    @property
    def n_channels(self) -> int:
        return self.pcm.n_channels

    @property
    def n_samples(self) -> int:
        return self.pcm.n_samples

    @property
    def duration_s(self) -> float:
        return self.pcm.n_samples / SAMPLE_RATE

    def read(self, channel: int, start_s: float, end_s: float) -> NDArray[np.float32]:
        """One channel between two times, float32 in [-1, 1), shape (samples,)."""
        return as_float(_piece(self.pcm, SAMPLE_RATE, channel, start_s, end_s))

    @property
    def kept(self) -> Pcm:
        """The samples as they are kept, at `kept_rate`."""
        return self.telephone or self.pcm

    @property
    def kept_rate(self) -> int:
        return TELEPHONE_RATE if self.telephone else SAMPLE_RATE

    def cut(self, channel: int, start_s: float, end_s: float) -> NDArray[np.int16]:
        """As `read`, but as the samples are kept: int16 at `kept_rate`."""
        return _piece(self.kept, self.kept_rate, channel, start_s, end_s)


def _piece(pcm: Pcm, rate: int, channel: int, start_s: float, end_s: float) -> NDArray[np.int16]:
    samples: NDArray[np.int16] = pcm.read(round(start_s * rate), min(round(end_s * rate), pcm.n_samples))[channel]
    return samples


# --- hop 2: speech and windows ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of call time."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class SpeechRegion:
    """A VAD interval on one channel."""

    channel: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Window:
    """The batching unit: pieces of one channel laid end to end, with the map back to call time."""

    channel: int
    pieces: tuple[Span, ...]

    @property
    def start_s(self) -> float:
        return self.pieces[0].start_s

    @property
    def end_s(self) -> float:
        return self.pieces[-1].end_s

    @property
    def duration_s(self) -> float:
        return sum(piece.duration_s for piece in self.pieces)

    def piece_at(self, window_time_s: float) -> tuple[float, Span]:
        """The piece heard at a time inside the window, and where in the window it begins."""
        begin_s = 0.0
        for piece in self.pieces:
            if window_time_s <= begin_s + piece.duration_s:
                return begin_s, piece
            begin_s += piece.duration_s
        return begin_s - self.pieces[-1].duration_s, self.pieces[-1]

    def call_time(self, window_time_s: float) -> float:
        """Map a time inside the window to call time; monotonic, clamped to the window."""
        begin_s, piece = self.piece_at(window_time_s)
        return min(piece.start_s + max(window_time_s - begin_s, 0.0), piece.end_s)


# --- hop 3: speech recognition ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """A timed token group; `text` carries its punctuation and no space around it; `others` may have said it too."""

    text: str
    start_s: float
    end_s: float
    probability: float
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of decoded text (Whisper's sense) with its words in call time."""

    channel: int
    start_s: float
    end_s: float
    text: str
    words: tuple[Word, ...]
    language: str
    average_log_probability: float
    no_speech_probability: float
    compression_ratio: float
    temperature: float


@dataclass(frozen=True, slots=True)
class Language:
    """ISO 639-1 code and the detector's probability (1.0 where the language was given)."""

    code: str
    probability: float


# --- hops 4 and 5: speakers -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """A speaker interval. `channel` is set where a channel is a speaker, else None. `others` speak at the same time."""

    speaker: str
    start_s: float
    end_s: float
    channel: int | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Speaker:
    id: str
    role: Role
    channel: int | None
    talk_time_s: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """Consecutive words of one speaker, RAW text.

    Chats have no words. The `start_s` of a message is when it was sent, after the first one; it has no `end_s`.
    """

    index: int
    speaker: str
    role: Role
    start_s: float | None
    end_s: float | None
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """Hop 5: who said what, RAW text. Never accepted by the analyzer or the reports."""

    language: Language
    speakers: tuple[Speaker, ...]
    utterances: tuple[Utterance, ...]


# --- hop 6: privacy ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RedactedUtterance:
    """An utterance whose personal data is replaced; a redacted word run is one Word holding the marker."""

    index: int
    speaker: str
    role: Role
    start_s: float | None
    end_s: float | None
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Redaction:
    """One finding. Characters count in the REDACTED text: `text[start_char:end_char] == marker`.

    `marker` is what stands in the place of the value, whatever the method of substitution. `recognizer` and `why` are
    filled in under `[privacy] explain = true` and never hold words of the call.
    """

    entity: str
    marker: str
    utterance: int
    start_char: int
    end_char: int
    start_s: float | None
    end_s: float | None
    score: float
    recognizer: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class RedactedTranscript:
    """The only transcript that hops 7 and 8 accept."""

    language: Language
    speakers: tuple[Speaker, ...]
    utterances: tuple[RedactedUtterance, ...]
    redactions: tuple[Redaction, ...] = ()
