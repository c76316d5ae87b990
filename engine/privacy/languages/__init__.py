"""What each language calls numbers, letters, days and signs, and which words ask for what: one TOML file a language.

In the files a list is one string with commas; "/" stands between words for the same thing, `*` ends a stem that takes
any ending. Keys that a language has no use for are left out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from engine.errors import ConfigurationError
from engine.privacy.languages.reader import Reader
from engine.privacy.languages.words import Vocabulary

LANGUAGES = ("fr", "en", "es", "de", "it", "pt", "nl", "hi", "ja", "zh", "fi", "ko", "pl", "ru", "tr", "uk", "vi")
"""ISO 639-1 codes of the languages whose spoken forms are known."""

_CODE = re.compile(r"(?:[a-z]{2,3}(?:[-_]\w+)*)?", re.IGNORECASE)


def check_code(language: str) -> None:
    """Raises ConfigurationError for what is no code of a language at all, such as "english": it would be searched with
    the rules of no language. Any code will do, and none where the language is not known."""
    if not isinstance(language, str) or not _CODE.fullmatch(language):
        raise unknown_language("language", str(language))


def unknown_language(what: str, language: str, *more: str) -> ConfigurationError:
    """The error for a language that is none; `more`: what else could have been given."""
    known = (*more, *sorted(LANGUAGES))
    begun = [code for code in known if language.lower().startswith(code)]
    nearest = (begun or get_close_matches(language, known, n=1, cutoff=0.0))[0]
    return ConfigurationError(
        f"unknown {what}",
        received=repr(language),
        expected=f"the ISO 639-1 code of one, as {', '.join(known)}",
        remedy=f"did you mean {nearest!r}?",
    )


@cache
def vocabulary(code: str) -> Vocabulary:
    """The vocabulary of one of LANGUAGES."""
    return Reader(code, _file(code)).vocabulary()


@cache
def section(code: str, name: str) -> Mapping[str, Any]:
    """A section of a language's file as it stands there; empty if there is none."""
    found: Mapping[str, Any] = _file(code).get(name, {})
    return found


@cache
def _file(code: str) -> dict[str, Any]:
    return tomllib.loads((files(__name__) / f"{code}.toml").read_text("utf-8"))
