"""How a family states its recognizers: rules in, Presidio recognizers out. The only file that subclasses Presidio."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from engine.privacy.context import Cues

if TYPE_CHECKING:
    import re

    from presidio_analyzer import EntityRecognizer

CANDIDATE = 0.4
"""Finds below this score count only when a cue lifts them to it."""

ANY = "any"
"""Language tag of a recognizer that is registered for every language."""


def phrases(listed: str) -> tuple[str, ...]:
    """The words and phrases of a list that commas and line breaks separate."""
    return tuple(phrase.strip() for phrase in listed.replace("\n", ",").split(",") if phrase.strip())


class Find(NamedTuple):
    """One candidate in a text: characters `start`..`end` and how sure its form alone makes us, 0-1."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Rule:
    """One regular expression of the `regex` package; the find is its group `value`, else the whole match.

    Letter case is ignored unless `cased`.
    """

    pattern: str
    score: float
    cased: bool = False


Finder = Callable[[str], Iterable[Find]]
Check = Callable[[str], bool | float]


def recognizer(
    entity: str,
    *rules: Rule,
    context: tuple[str, ...] = (),
    language: str = "en",
    check: Check | None = None,
    needs: str = "",
) -> EntityRecognizer:
    """A Presidio recognizer of `entity` by `rules`.

    `context`: words and phrases that lift a find when they stand near it or in the turn before (see the package).
    `check`: gets the text of a find; False drops it, True keeps its score, a number becomes its score.
    `needs`: a pattern without which no rule can match; looked for first, since most turns hold nothing.
    """
    return finder_recognizer(entity, _rules_finder(rules, check, needs), context=context, language=language)


def finder_recognizer(
    entity: str, find: Finder, *, context: tuple[str, ...] = (), language: str = "en"
) -> EntityRecognizer:
    """A Presidio recognizer of `entity` by a function from text to finds (word lists, parsers)."""
    made: EntityRecognizer = _recognizer_class()(entity, find, context, language)
    return made


def _rules_finder(rules: tuple[Rule, ...], check: Check | None, needs: str) -> Finder:
    import regex

    needed = regex.compile(needs, regex.IGNORECASE)
    compiled = [(regex.compile(rule.pattern, 0 if rule.cased else regex.IGNORECASE), rule.score) for rule in rules]

    def find(text: str) -> Iterator[Find]:
        for region in _regions(text, needed):
            for pattern, score in compiled:
                group = "value" if "value" in pattern.groupindex else 0
                for match in pattern.finditer(text, *region):
                    start, end = match.span(group)
                    checked = _checked(text[start:end], score, check)
                    if checked and end > start:
                        yield Find(start, end, checked)

    return find


def _regions(text: str, needed: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """The lines that hold what is needed, each with the line before and after it; neighbors are one region."""
    position = start = 0
    end = -1
    while position <= len(text) and (found := needed.search(text, position)):
        line_start = text.rfind("\n", 0, found.start())
        before = text.rfind("\n", 0, line_start) + 1 if line_start > 0 else 0
        if before > end:
            if end >= 0:
                yield start, end
            start = before
        position = _line_end(text, found.end()) + 1
        end = _line_end(text, position)
    if end >= 0:
        yield start, end


def _line_end(text: str, position: int) -> int:
    """Where the line of a position ends; the end of the text if it is the last."""
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _checked(value: str, score: float, check: Check | None) -> float:
    """The score of a find after its check; 0 where the check drops it."""
    verdict = check(value) if check else True
    return (score if verdict else 0.0) if isinstance(verdict, bool) else verdict


@cache
def _recognizer_class() -> Callable[[str, Finder, tuple[str, ...], str], EntityRecognizer]:
    from presidio_analyzer import LocalRecognizer, RecognizerResult

    class FinderRecognizer(LocalRecognizer):  # type: ignore[misc]
        """Presidio's shape around a Finder and its cues."""

        def __init__(self, entity: str, find: Finder, context: tuple[str, ...], language: str) -> None:
            self.find = find
            self.cues = Cues(context) if context else None
            super().__init__([entity], name=entity, supported_language=language, context=list(context))

        def load(self) -> None:
            """Nothing to load."""

        def analyze(
            self,
            text: str,
            entities: list[str],  # noqa: ARG002
            nlp_artifacts: object = None,  # noqa: ARG002
        ) -> list[RecognizerResult]:
            return [self._result(found) for found in _lifted(self.find(text), text, self.cues)]

        def _result(self, found: Find) -> RecognizerResult:
            metadata = {RecognizerResult.RECOGNIZER_NAME_KEY: self.name}
            metadata[RecognizerResult.RECOGNIZER_IDENTIFIER_KEY] = self.id
            return RecognizerResult(self.supported_entities[0], *found, recognition_metadata=metadata)

    return FinderRecognizer


def _lifted(finds: Iterable[Find], text: str, cues: Cues | None) -> Iterator[Find]:
    """The finds with what their cues add; a mere candidate without a cue is none."""
    for found in finds:
        score = cues.lifted(found.score, text, found.start, found.end) if cues else found.score
        if score >= CANDIDATE:
            yield found._replace(score=score)
