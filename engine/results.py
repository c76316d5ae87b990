"""Hop 8: the finished result, its files and its row in the store."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.audio import Source, covers, encode_mp3, redact_audio
from engine.call import Call
from engine.config import RedactedAudioConfig
from engine.errors import StorageError, UnknownNameError
from engine.files import remove_unfinished, write_atomic
from engine.privacy import Vault
from engine.reports import FORMATS, render
from engine.store import Store
from engine.types import (
    SCHEMA_VERSION,
    AnalysisOutcome,
    Audio,
    CallResult,
    Metrics,
    Models,
    RedactedTranscript,
    Redaction,
    ResultUtterance,
    Sentiment,
    SourceInfo,
    Span,
    Transcript,
)

logger = logging.getLogger(__name__)


def assemble(
    call: Call,
    source: SourceInfo,
    redacted: RedactedTranscript,
    outcome: AnalysisOutcome,
    metrics: Metrics,
    models: Models,
    original: Transcript | None,
) -> CallResult:
    """Put a call's parts together; "partial" where something went wrong on the way."""
    sentiments: Sequence[Sentiment | None] = outcome.utterance_sentiments or [None] * len(redacted.utterances)
    utterances = tuple(
        ResultUtterance(
            utterance.index,
            utterance.speaker,
            utterance.role,
            utterance.start_s,
            utterance.end_s,
            utterance.text,
            sentiment,
            utterance.words,
        )
        for utterance, sentiment in zip(redacted.utterances, sentiments, strict=True)
    )
    errors = (*call.errors, *outcome.errors)
    return CallResult(
        schema_version=SCHEMA_VERSION,
        call_id=call.id,
        source=source,
        status="partial" if errors else "completed",
        language=redacted.language if redacted.language.code != "und" else None,
        speakers=redacted.speakers,
        utterances=utterances,
        redactions=redacted.redactions,
        analysis=outcome.analysis,
        metrics=metrics,
        models=models,
        timings=call.times.seconds(),
        errors=errors,
        original=original,
    )


@dataclass(frozen=True, slots=True)
class Recording:
    """A call's recording as it was handed in, and decoded."""

    source: Source
    audio: Audio


class Results:
    """An output directory: one file a call and format, and `call-engine.sqlite` for resume and search.

    Where asked for, each call has a redacted recording (`<stem>.redacted.flac`) and a vault (`<stem>.vault`) too.
    """

    DATABASE = "call-engine.sqlite"

    def __init__(
        self,
        directory: Path,
        formats: Sequence[str],
        fingerprint: str,
        redacted_audio: RedactedAudioConfig | None = None,
        vault: Vault | None = None,
    ) -> None:
        for name in formats:
            if name not in FORMATS:
                raise UnknownNameError("format", name, FORMATS)
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"output directory {directory} cannot be made: {error.strerror}", remedy="choose another --out"
            ) from error
        remove_unfinished(directory)
        self._directory = directory
        self._formats = tuple(dict.fromkeys(("json", *formats)))
        self._fingerprint = fingerprint
        self._redacted_audio = redacted_audio or RedactedAudioConfig()
        self._vault = vault
        self._store = Store(directory / self.DATABASE)

    def find(self, call: Call) -> CallResult | None:
        """The stored result of the same content under the same settings, if its files are all there.

        A result whose analysis failed is not done: the server may be up again.
        """
        stored = self._store.find(call.sha256, call.name, self._fingerprint)
        if stored is None or any(error.stage == "analyze" for error in stored.errors):
            return None
        beside = [f"redacted.{self._redacted_audio.format}"] if self._redacts_audio(stored) else []
        beside += ["vault"] if self._vault else []
        return stored if all(self._path(call.name, name).is_file() for name in (*self._formats, *beside)) else None

    def save(self, call: Call, result: CallResult, recording: Recording | None, originals: Sequence[str] = ()) -> None:
        """Write the files, then the row: a row never stands for files that are not there.

        `originals`: what the redactions took away, for the vault. Raises StorageError, and InputError where the
        recording changed or cannot be read again.
        """
        if recording and self._redacts_audio(result):
            target = self._path(call.name, f"redacted.{self._redacted_audio.format}")
            write_redacted_audio(recording, result, target, self._redacted_audio)
        if self._vault:
            write_atomic(self._path(call.name, "vault"), self._vault.lock(result.call_id, originals))
        audio = recording.audio if recording else None
        mp3 = encode_mp3(audio, _silenced(result)) if audio and "html" in self._formats else None
        for name in self._formats:
            write_atomic(self._path(call.name, name), render(result, name, mp3))
        self._store.save(call.name, self._fingerprint, result)

    def save_failure(self, call: Call, result: CallResult) -> None:
        """Keep a failed call's JSON; a full disk must not hide the failure itself."""
        try:
            write_atomic(self._path(call.name, "json"), render(result, "json"))
        except StorageError:
            logger.warning("call %s: its failure could not be written", call.id)

    def close(self) -> None:
        self._store.close()

    def _redacts_audio(self, result: CallResult) -> bool:
        return self._redacted_audio.sound != "none" and result.source.container != "chat"

    def _path(self, name: str, format_name: str) -> Path:
        return self._directory / f"{name}.{format_name}"


def write_redacted_audio(recording: Recording, result: CallResult, target: Path, config: RedactedAudioConfig) -> None:
    """The recording with every finding covered on its speaker's channel, and on those that carry it too."""
    if config.sound == "none":
        return
    channels = {speaker.id: speaker.channel for speaker in result.speakers}
    spoken_on = [channels.get(result.utterances[redaction.utterance].speaker) for redaction in _timed(result)]
    redact_audio(
        recording.source,
        target,
        covers(recording.audio, zip(_silenced(result), spoken_on, strict=True)),
        sound=config.sound,
        format=config.format,
        margin_s=config.margin_s,
        sha256=recording.audio.source.sha256,
    )


def _silenced(result: CallResult) -> list[Span]:
    return [Span(redaction.start_s or 0.0, redaction.end_s or 0.0) for redaction in _timed(result)]


def _timed(result: CallResult) -> list[Redaction]:
    return [item for item in result.redactions if item.start_s is not None and item.end_s is not None]
