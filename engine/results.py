"""Hop 8: the finished result, its files and its row in the store."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.analysis_types import Category, Sentiment
from engine.audio import Source, covers, encode_mp3, recorded_at, redact_audio
from engine.call import Call
from engine.config_types import RedactedAudioConfig
from engine.errors import ConfigurationError, StorageError
from engine.files import remove_unfinished, write_atomic
from engine.identity import hinted
from engine.privacy import Vault
from engine.reports import check_formats, render
from engine.result_json import from_json
from engine.result_types import SCHEMA_VERSION, AnalysisOutcome, CallResult, Metrics, Models, ResultUtterance
from engine.store import Origin, Store, without_words
from engine.types import Audio, RedactedTranscript, Redaction, SourceInfo, Span, Transcript

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
    errors = (*call.errors, *outcome.errors)
    return CallResult(
        schema_version=SCHEMA_VERSION,
        call_id=call.id,
        source=source,
        status="partial" if errors else "completed",
        language=redacted.language if redacted.language.code != "und" else None,
        speakers=redacted.speakers,
        utterances=_utterances(redacted, outcome),
        redactions=redacted.redactions,
        analysis=outcome.analysis,
        metrics=metrics,
        models=models,
        timings=call.times.seconds(),
        errors=errors,
        original=original,
    )


def _utterances(redacted: RedactedTranscript, outcome: AnalysisOutcome) -> tuple[ResultUtterance, ...]:
    """The utterances with what hop 7 says of each."""
    nothing = [None] * len(redacted.utterances)
    sentiments: Sequence[Sentiment | None] = outcome.utterance_sentiments or nothing
    translations: Sequence[str | None] = outcome.translations or nothing
    return tuple(
        ResultUtterance(
            utterance.index,
            utterance.speaker,
            utterance.role,
            utterance.start_s,
            utterance.end_s,
            utterance.text,
            sentiment,
            utterance.words,
            translation,
        )
        for utterance, sentiment, translation in zip(redacted.utterances, sentiments, translations, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Recording:
    """A call's recording as it was handed in, and decoded."""

    source: Source
    audio: Audio


DATABASE = "call-engine.sqlite"


def open_store(directory: str | Path) -> Store:
    """The store of an output directory, for lists and search; raises ConfigurationError where there is none."""
    database = Path(directory) / DATABASE
    if not database.is_file():
        raise ConfigurationError(f"{directory} holds no results", expected=f"a directory with {DATABASE}")
    return Store(database)


class Results:
    """An output directory: one file a call and format, and `call-engine.sqlite` for resume and search.

    Where asked for, each call has a redacted recording (`<stem>.redacted.flac`) and a vault (`<stem>.vault`) too.
    """

    def __init__(
        self,
        directory: Path,
        formats: Sequence[str],
        fingerprint: str,
        redacted_audio: RedactedAudioConfig | None = None,
        vault: Vault | None = None,
        categories: Sequence[Category] = (),
    ) -> None:
        check_formats(formats)
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
        self._store = Store(directory / DATABASE)
        if categories:
            self._store.set_categories({each.name: each.parent or None for each in categories})

    def find(self, call: Call) -> CallResult | None:
        """The stored result of the same content under the same settings, if its files are all there.

        A result whose analysis failed is not done: the server may be up again. Who answered the call, and when, is
        brought up to date where the caller now says otherwise.
        """
        stored = self._store.find(call.sha256, call.name, hinted(self._fingerprint, call.hints))
        if stored is None or any(error.stage == "analyze" for error in stored.errors):
            return None
        beside = [f"redacted.{self._redacted_audio.format}"] if self._redacts_audio(stored) else []
        beside += ["vault"] if self._vault else []
        whole = all(self._path(call.name, name).is_file() for name in (*self._formats, *beside))
        found = self._written(call.name, stored) if whole else None
        if found is not None:
            self._restate(call, found)
        return found

    def _restate(self, call: Call, result: CallResult) -> None:
        """Write the row anew if the hints contradict it: they shape no result, so that nothing is processed again."""
        kept, hints = self._store.origin(call.name), call.hints
        operator = hints.operator or kept.operator
        stated = Origin(hints.started, "metadata", operator) if hints.started else replace(kept, operator=operator)
        if stated != kept:
            self._store.save(call.name, hinted(self._fingerprint, hints), result, stated)

    def _written(self, name: str, stored: CallResult) -> CallResult | None:
        """The result in `<stem>.json`, which has the times of the words; None where it is another than the stored."""
        try:
            written = from_json(self._path(name, "json").read_text("utf-8"))
        except (OSError, ValueError, StorageError):
            return None
        return written if without_words(written) == stored else None

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
        self._store.save(call.name, hinted(self._fingerprint, call.hints), result, _origin(call, recording))

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


def _origin(call: Call, recording: Recording | None) -> Origin:
    """When the call took place: as the caller says, else the recording's metadata, else the file's own time."""
    try:
        started = call.hints.started or (recorded_at(recording.source) if recording else None)
    except OSError:
        started = None  # the recording was moved away meanwhile
    if started is not None:
        return Origin(started, "metadata", call.hints.operator)
    return Origin.of_file(call.path, call.hints.operator)


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
