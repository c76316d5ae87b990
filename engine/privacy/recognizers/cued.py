"""Recognizers that every language has, each with the cue words of its own file in engine/privacy/languages."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from re import escape as regex_escape
from typing import TYPE_CHECKING

from engine.privacy.languages import LANGUAGES, section
from engine.privacy.languages.reader import listed
from engine.privacy.recognizers.base import ELSE, Check, Rate, Rule, RulesFinder, finder_recognizer

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

ALL = (*LANGUAGES, ELSE)
NOT_ENGLISH = tuple(language for language in ALL if language != "en")


@cache
def cues(entity: str, language: str) -> tuple[str, ...]:
    """The words of a language that ask for or announce an entity; of all languages for ELSE."""
    sources = LANGUAGES if language == ELSE else (language,)
    return tuple(dict.fromkeys(cue for code in sources for cue in listed(section(code, "cues").get(entity, ""))))


def cued(
    entity: str,
    *rules: Rule,
    check: Check | None = None,
    rate: Rate | None = None,
    needs: str = r"\d",
    languages: tuple[str, ...] = ALL,
) -> list[EntityRecognizer]:
    """A recognizer of `entity` for each language by the same rules, lifted by that language's cues."""
    find = RulesFinder(rules, check, rate, needs)
    return [finder_recognizer(entity, find, context=cues(entity, code), language=code) for code in languages]


def by_language(
    entity: str, rules: Callable[[str], tuple[Rule, ...]], *, check: Check | None = None, needs: str = r"\d"
) -> list[EntityRecognizer]:
    """A recognizer for each language but English by rules made of that language's words, lifted by its cues."""
    made = {code: rules(code) for code in NOT_ENGLISH}
    return [
        finder_recognizer(entity, RulesFinder(own, check, needs=needs), context=cues(entity, code), language=code)
        for code, own in made.items()
        if own
    ]


def words(language: str, part: str, key: str) -> tuple[str, ...]:
    """A list of a language's file; of all files for ELSE."""
    sources = LANGUAGES if language == ELSE else (language,)
    return tuple(word for code in sources for word in listed(section(code, part).get(key, "")))


def one_of(phrases: tuple[str, ...]) -> str:
    """An alternation of phrases, longest first; `*` ends a stem."""
    escaped = (regex_escape(phrase.rstrip("*")) + (r"\w*" if phrase.endswith("*") else "") for phrase in phrases)
    return f"(?:{'|'.join(sorted(escaped, key=len, reverse=True)) or '(?!)'})"
