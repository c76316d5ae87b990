"""Hop 6: personal data out of a transcript or a text. It fails closed: either everything was searched or it raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import TypeVar

from engine.config import PrivacyConfig
from engine.errors import ConfigurationError, PrivacyError
from engine.privacy.anonymizer import Cut, Markers, cuts, redact_utterance, replaced, spoken_text
from engine.privacy.entities import ENTITIES, resolve_entities
from engine.privacy.hits import Hit
from engine.privacy.search import Search
from engine.types import RedactedTranscript, Redaction, Transcript

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RedactedText:
    """A text without personal data. The `spans` count in the INPUT text, unlike those of a transcript."""

    text: str
    spans: tuple[Cut, ...]


class PrivacyFilter:
    """Redacts the entities that its configuration names. Built once, shared by threads, read-only.

    A threshold under 0.4 finds no more than 0.4 does: below it stand only candidates that no cue bears out.
    Raises UnknownNameError for an entity that is not one of the 36, ConfigurationError for a threshold outside 0-1.
    """

    def __init__(self, config: PrivacyConfig) -> None:
        if not 0.0 <= config.score_threshold <= 1.0:
            raise ConfigurationError("score_threshold", received=config.score_threshold, expected="0 to 1")
        entities = resolve_entities(config.entities)
        self.name = _name(entities)
        self._search = Search(entities, config.score_threshold) if entities else None

    def redact(self, transcript: Transcript) -> RedactedTranscript:
        """The transcript with markers for personal data; raises PrivacyError, which holds no text of the call."""
        return _closed(lambda: self._redact(transcript))

    def redact_text(self, text: str, language: str) -> RedactedText:
        """One text on its own, `language` as ISO 639-1; raises PrivacyError, which holds no text."""
        return _closed(lambda: self._redact_text(text, language))

    def _redact(self, transcript: Transcript) -> RedactedTranscript:
        texts = [spoken_text(utterance) for utterance in transcript.utterances]
        markers = Markers(texts)
        utterances = []
        redactions: list[Redaction] = []
        found = self._find(texts, transcript.language.code)
        for utterance, text, hits in zip(transcript.utterances, texts, found, strict=True):
            redacted, made = redact_utterance(utterance, text, hits, markers)
            utterances.append(redacted)
            redactions += made
        return RedactedTranscript(transcript.language, transcript.speakers, tuple(utterances), tuple(redactions))

    def _redact_text(self, text: str, language: str) -> RedactedText:
        made = cuts(self._find([text], language)[0], Markers([text]))
        return RedactedText(replaced(text, made)[0], tuple(made))

    def _find(self, texts: list[str], language: str) -> list[list[Hit]]:
        return self._search.find(texts, language) if self._search else [[] for _ in texts]


def load_privacy_filter(config: PrivacyConfig) -> PrivacyFilter:
    """The filter for a configuration; raises ConfigurationError before any work."""
    return PrivacyFilter(config)


def _name(entities: frozenset[str]) -> str:
    if not entities:
        return "none"
    return f"presidio {version('presidio-analyzer')} with patterns, {len(entities)} of {len(ENTITIES)} entities"


def _closed(work: Callable[[], T]) -> T:
    """The work done, or a PrivacyError that carries neither the message nor the traceback of what went wrong."""
    try:
        return work()
    except Exception as error:
        failure = type(error).__name__
    raise PrivacyError(
        "redaction failed", received=failure, remedy="nothing of this call is passed on; report it with the call's id"
    )
