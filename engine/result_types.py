"""Frozen values of hops 7 and 8: what is measured and concluded, and the finished call. Redacted, save `original`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.analysis_types import Analysis, Role, Sentiment
from engine.types import Language, Redaction, SourceInfo, Speaker, Transcript, Word

SCHEMA_VERSION = "1.0"

Status = Literal["completed", "partial", "failed"]


@dataclass(frozen=True, slots=True)
class Metrics:
    """Conversation metrics, computed from times and counts; mappings are by speaker id.

    `interruptions`: starts of one speaker inside another's utterance. Chats have None where times are needed.
    """

    talk_ratio: Mapping[str, float]
    silence_s: float | None
    silence_ratio: float | None
    interruptions: int | None
    words_per_minute: Mapping[str, float]
    longest_monologue_s: Mapping[str, float]
    words: Mapping[str, int]
    questions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AnalysisOutcome:
    """What hop 7 hands on: the analysis (None if it failed), sentiment per utterance (None in a language without a
    lexicon), and what went wrong. `translations`: of each utterance, or None; empty where none was asked for."""

    analysis: Analysis | None
    utterance_sentiments: tuple[Sentiment | None, ...]
    errors: tuple[ErrorRecord, ...] = ()
    translations: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """What went wrong in which stage; `type` is the class name of an `engine.errors` exception."""

    stage: str
    type: str
    message: str


@dataclass(frozen=True, slots=True)
class ResultUtterance:
    """An utterance as it stands in `<stem>.json`: redacted text. `translation`: its text in
    `analysis.transcription_language`."""

    index: int
    speaker: str
    role: Role
    start_s: float | None
    end_s: float | None
    text: str
    sentiment: Sentiment | None
    words: tuple[Word, ...]
    translation: str | None = None


@dataclass(frozen=True, slots=True)
class Models:
    """Which model or backend did which stage, e.g. asr = "whisper-nano (ctranslate2, int8, cpu)"."""

    asr: str | None
    diarization: str | None
    privacy: str | None
    analysis: str | None


@dataclass(frozen=True, slots=True)
class CallResult:
    """The finished call, in the key order of `<stem>.json`. `original` is None unless `privacy.keep_original`."""

    schema_version: str
    call_id: str
    source: SourceInfo
    status: Status
    language: Language | None
    speakers: tuple[Speaker, ...]
    utterances: tuple[ResultUtterance, ...]
    redactions: tuple[Redaction, ...]
    analysis: Analysis | None
    metrics: Metrics | None
    models: Models
    timings: Mapping[str, float]
    errors: tuple[ErrorRecord, ...]
    original: Transcript | None = None
