"""Hop 6: personal data out of a transcript or a text. It fails closed: either everything was searched or it raises."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from engine.config_types import PrivacyConfig
from engine.errors import ConfigurationError, UnknownNameError
from engine.privacy import keys
from engine.privacy.call import NOBODY, CallRedaction, RedactedText
from engine.privacy.custom import custom_names, custom_recognizers
from engine.privacy.entities import ENTITIES, resolve_entities
from engine.privacy.lists import load_lists
from engine.privacy.model import load_model
from engine.privacy.paths import redacted_path
from engine.privacy.search import Search
from engine.privacy.substitution import plan
from engine.types import RedactedTranscript, Transcript

__all__ = ["PrivacyFilter", "RedactedText", "load_privacy_filter"]


class PrivacyFilter:
    """Redacts the entities that its configuration names. Built once, shared by threads, read-only.

    A threshold under 0.4 finds no more than 0.4 does: below it stand only candidates that no cue bears out.
    Raises UnknownNameError for an entity that is neither one of the 36 nor a custom one, ConfigurationError for a
    threshold outside 0-1 and for lists, keys, patterns and substitutions that will not do.
    """

    def __init__(self, config: PrivacyConfig) -> None:
        known = (*ENTITIES, *custom_names(config.custom))
        custom = custom_recognizers(config.custom)
        self.entities = resolve_entities(config.entities, custom_names(config.custom))
        _check_thresholds(config, known)
        _check_known("privacy.deny_lists", config.deny_lists, known)
        site_key = keys.site_key(config.site_key_file, config.site_key_env)
        self._explain = config.explain
        self.plan = plan(config.substitution, known, site_key)
        self.name = _name(self.entities)
        denied = {entity: file for entity, file in config.deny_lists.items() if entity in self.entities}
        lists = load_lists(config.allow_lists, denied)
        self.fingerprint = _fingerprint(config, site_key)
        self._search = (
            Search(self.entities, config.score_threshold, config.thresholds, custom, lists, load_model(config.model))
            if self.entities
            else None
        )

    def open(self, names: Mapping[str, str] = NOBODY) -> CallRedaction:
        """Begin the redaction of one call; `names`: words of its speakers' names, where known, each with the name."""
        known = names if "person_name" in self.entities else NOBODY
        return CallRedaction(self._search, self.plan, self._explain, known)

    def redact(self, transcript: Transcript) -> RedactedTranscript:
        """The transcript with markers for personal data; raises PrivacyError, which holds no text of the call."""
        return self.open().redact(transcript)

    def redact_text(self, text: str, language: str) -> RedactedText:
        """One text on its own, `language` as ISO 639-1; raises PrivacyError, which holds no text."""
        return self.open().redact_text(text, language)

    def redact_path(self, path: str) -> str:
        """A path as results and file names may show it; see `redacted_path`."""
        return redacted_path(path, lambda text: self.redact_text(text, "en"))


def load_privacy_filter(config: PrivacyConfig) -> PrivacyFilter:
    """The filter for a configuration; raises ConfigurationError before any work."""
    return PrivacyFilter(config)


def _check_thresholds(config: PrivacyConfig, known: Sequence[str]) -> None:
    _check_known("privacy.thresholds", config.thresholds, known)
    for name, threshold in {"score_threshold": config.score_threshold, **config.thresholds}.items():
        if not 0.0 <= threshold <= 1.0:
            raise ConfigurationError(f"threshold {name}", received=threshold, expected="0 to 1")


def _check_known(table: str, named: Mapping[str, object], known: Sequence[str]) -> None:
    for name in named:
        if name not in known:
            raise UnknownNameError(f"entity in [{table}]", name, known)


def _name(entities: frozenset[str]) -> str:
    if not entities:
        return "none"
    built_in = len(entities & set(ENTITIES))
    own = f" and {len(entities) - built_in} custom" if len(entities) > built_in else ""
    return f"presidio {version('presidio-analyzer')} with patterns, {built_in} of {len(ENTITIES)} entities{own}"


def _fingerprint(config: PrivacyConfig, site_key: bytes | None) -> str:
    """Of what the configuration only names: the content of the lists, and which site key it is."""
    digest = hashlib.sha256(f"{keys.number(site_key, 'fingerprint')}".encode() if site_key else b"")
    for file in filter(None, (*config.allow_lists, *config.deny_lists.values())):
        digest.update(hashlib.sha256(Path(file).read_bytes()).digest())
    return digest.hexdigest()[:16]
