"""Entities of the site's own: names, patterns and words from the configuration, checked before any work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from engine.config_types import CustomEntity
from engine.errors import ConfigurationError
from engine.privacy.entities import ENTITIES
from engine.privacy.languages import unknown_language
from engine.privacy.lists import whole_words
from engine.privacy.recognizers.base import ANY, Find, Finder, finder_recognizer

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

TIMEOUT_S, TIMEOUT_PER_CHARACTER_S = 1.0, 1e-5
"""A pattern that takes longer on a passage stops the redaction of the call: nothing is passed on half searched."""
_PROBE_TIMEOUT_S = 0.25
_PROBES = tuple(
    unit * 2000 + tail for unit in ("a", "1", " ", "-", "a1", "a ", "1 ", "aA", ".", "a.") for tail in ("", "!")
)
"""Texts on which patterns with nested or adjoining repeats take forever."""
_NAME = re.compile(r"[a-z]+(?:_[a-z]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_RESERVED = frozenset({"all", "none", "default"})


def custom_recognizers(entities: Sequence[CustomEntity]) -> list[EntityRecognizer]:
    """A recognizer for every custom entity; raises ConfigurationError on a name, language, pattern or
    score that will not do."""
    for entity in entities:
        _check_name(entity.name)
        if entity.language != ANY and not _LANGUAGE.fullmatch(entity.language):
            raise unknown_language(f"language of custom entity {entity.name}", entity.language, ANY)
        if not (entity.patterns or any(word.strip() for word in entity.words)):
            raise ConfigurationError(f"custom entity {entity.name}", expected="some patterns or words")
        if not 0.0 < entity.score <= 1.0:
            raise ConfigurationError(
                f"custom entity {entity.name}: score", received=entity.score, expected="over 0, at most 1"
            )
    return [item for entity in entities for item in _recognizers(entity)]


def custom_names(entities: Sequence[CustomEntity]) -> tuple[str, ...]:
    """The names, each once; several tables may share one (words in one language, patterns in another)."""
    return tuple(dict.fromkeys(entity.name for entity in entities))


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise ConfigurationError(
            "name of a custom entity", received=repr(name), expected='small letters and underscores, as "badge_number"'
        )
    if name in ENTITIES:
        raise ConfigurationError(
            "name of a custom entity",
            received=repr(name),
            expected="a name that is none of the 36",
            remedy="give the entity a name of its own, or put its words on a deny list",
        )


def _recognizers(entity: CustomEntity) -> Iterator[EntityRecognizer]:
    words = [word for word in entity.words if word.strip()]
    patterns = [_compiled(entity.name, pattern) for pattern in entity.patterns]
    for find in (_pattern_finder(patterns, entity.score) if patterns else None, _word_finder(words, entity.score)):
        if find:
            made = finder_recognizer(entity.name, find, context=entity.context, language=entity.language)
            made.name = "custom"
            yield made


def _compiled(name: str, pattern: str) -> Any:
    """The pattern of the `regex` package, refused where it finds nothing in nothing or takes too long on a probe."""
    import regex

    try:
        compiled = regex.compile(pattern, regex.IGNORECASE)
    except regex.error as error:
        raise ConfigurationError(
            f"custom entity {name}: pattern {pattern!r} is no regular expression", received=str(error)
        ) from None
    if compiled.match(""):
        raise ConfigurationError(f"custom entity {name}: pattern {pattern!r} matches empty text")
    try:
        for probe in _PROBES:
            compiled.search(f"{probe} {pattern}", timeout=_PROBE_TIMEOUT_S)  # with the letters that it looks for
    except TimeoutError:
        raise ConfigurationError(
            f"custom entity {name}: pattern {pattern!r} can take forever",
            received=f"over {_PROBE_TIMEOUT_S} s on a text of 2,000 characters",
            remedy="avoid repeats inside repeats; make them possessive, as in (?:[a-z]++ )++",
        ) from None
    return compiled


def _pattern_finder(patterns: Sequence[Any], score: float) -> Finder:
    def find(text: str) -> Iterator[Find]:
        timeout_s = TIMEOUT_S + TIMEOUT_PER_CHARACTER_S * len(text)
        for number, pattern in enumerate(patterns, start=1):
            group = "value" if "value" in pattern.groupindex else 0
            for match in pattern.finditer(text, timeout=timeout_s):
                start, end = match.span(group)
                if end > start:
                    yield Find(start, end, score, f"pattern {number}")

    return find


def _word_finder(words: Sequence[str], score: float) -> Finder | None:
    if not words:
        return None
    pattern = whole_words(words)
    return lambda text: (Find(*match.span(), score, "word of the list") for match in pattern.finditer(text))
