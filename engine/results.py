"""Hop 8: the finished result, its files and its row in the store."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from engine.audio import encode_mp3
from engine.call import Call
from engine.errors import StorageError, UnknownNameError
from engine.files import remove_unfinished, write_atomic
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


class Results:
    """An output directory: one file a call and format, and `call-engine.sqlite` for resume and search."""

    DATABASE = "call-engine.sqlite"

    def __init__(self, directory: Path, formats: Sequence[str], fingerprint: str) -> None:
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
        self._store = Store(directory / self.DATABASE)

    def find(self, call: Call) -> CallResult | None:
        """The stored result of the same content under the same settings, if its files are all there.

        A result whose analysis failed is not done: the server may be up again.
        """
        stored = self._store.find(call.sha256, call.name, self._fingerprint)
        if stored is None or any(error.stage == "analyze" for error in stored.errors):
            return None
        return stored if all(self._path(call.name, name).is_file() for name in self._formats) else None

    def save(self, call: Call, result: CallResult, audio: Audio | None) -> None:
        """Write the files, then the row: a row never stands for files that are not there. Raises StorageError."""
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

    def _path(self, name: str, format_name: str) -> Path:
        return self._directory / f"{name}.{format_name}"


def _silenced(result: CallResult) -> list[Span]:
    return [
        Span(redaction.start_s, redaction.end_s)
        for redaction in result.redactions
        if redaction.start_s is not None and redaction.end_s is not None
    ]
