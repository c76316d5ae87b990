"""Allow lists (phrases that are never personal data) and deny lists (phrases that always are), read from files."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ConfigurationError
from engine.privacy.hits import Hit

_ANY_SPACE = r"[\s\u00a0]+"


@dataclass(frozen=True, slots=True)
class WordLists:
    """`allowed`: finds inside one of its phrases are dropped. `denied`: by entity, found wherever they stand, surely.

    Phrases match as whole words, whatever their letter case and spacing; a phrase on both lists is denied.
    """

    allowed: re.Pattern[str] | None
    denied: Mapping[str, re.Pattern[str]]

    def hits(self, turn: str, found: Iterable[Hit]) -> list[Hit]:
        """The finds of a turn less those that are allowed, and those that the deny lists add."""
        if self.allowed is None and not self.denied:
            return list(found)
        allowed = [match.span() for match in self.allowed.finditer(turn)] if self.allowed else []
        kept = [hit for hit in found if not _inside(hit, allowed)]
        denied = (
            Hit(entity, *match.span(), 1.0, match[0], "deny list", "phrase of the deny list")
            for entity, pattern in self.denied.items()
            for match in pattern.finditer(turn)
        )
        return [*kept, *denied]


def _inside(hit: Hit, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether one of the spans, which are in order and apart, holds the whole hit."""
    index = bisect_right(spans, hit.start, key=lambda span: span[0]) - 1
    return index >= 0 and hit.end <= spans[index][1]


def load_lists(allow: Sequence[str], deny: Mapping[str, str]) -> WordLists:
    """Read the files: one phrase a line, `#` starts a comment. Raises ConfigurationError on one that cannot be read."""
    allowed = [phrase for file in allow for phrase in _phrases(Path(file))]
    denied = {entity: _phrases(Path(file)) for entity, file in deny.items()}
    return WordLists(
        whole_words(allowed) if allowed else None,
        {entity: whole_words(phrases) for entity, phrases in denied.items() if phrases},
    )


def whole_words(phrases: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of the phrases, the longest first; nothing in it can backtrack."""
    ordered = sorted({" ".join(phrase.split()) for phrase in phrases}, key=len, reverse=True)
    return re.compile("|".join(map(_whole, ordered)), re.IGNORECASE)


def _whole(phrase: str) -> str:
    """Word borders stand only where the phrase begins or ends with a letter of a script that has spaces."""
    body = _ANY_SPACE.join(map(re.escape, phrase.split()))
    before = r"(?<!\w)" if _spaced(phrase[0]) else ""
    return f"{before}{body}" + (r"(?!\w)" if _spaced(phrase[-1]) else "")


def _spaced(character: str) -> bool:
    return character.isalnum() and ord(character) < 0x2E80


def _phrases(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"word list {path} cannot be read",
            received=getattr(error, "strerror", None) or "bytes that are no UTF-8",
            expected="a UTF-8 text file with one phrase a line",
            remedy="check the path and its permissions",
        ) from None
    return [phrase for line in lines if (phrase := line.split("#", 1)[0].strip())]
