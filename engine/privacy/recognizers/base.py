"""How a family states its recognizers: rules in, Presidio recognizers out. The only file that subclasses Presidio."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from operator import itemgetter
from sys import intern
from typing import TYPE_CHECKING, NamedTuple

from engine.privacy.context import Cues
from engine.privacy.layout import OPENINGS, Held, Layout, Opening, Place, layout
from engine.privacy.presidio import load_presidio

if TYPE_CHECKING:
    import regex
    from presidio_analyzer import EntityRecognizer

CANDIDATE = 0.4
"""Finds below this score count only when a cue lifts them to it."""

WHY = "why"
"""Key of a result's metadata under which a recognizer says what made it find."""

ANY = "any"
"""Language tag of a recognizer that is registered for every language."""

ELSE = "else"
"""Language tag of a recognizer for the languages that have no file in engine/privacy/languages."""


def phrases(listed: str) -> tuple[str, ...]:
    """The words and phrases of a list that commas and line breaks separate."""
    return tuple(phrase.strip() for phrase in listed.replace("\n", ",").split(",") if phrase.strip())


class Find(NamedTuple):
    """One candidate in a text: characters `start`..`end` and how sure its form alone makes us, 0-1.

    `why` names the rule that found it, never words of the text.
    """

    start: int
    end: int
    score: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One regular expression of the `regex` package; the find is its group `value`, else the whole match.

    Letter case is ignored unless `cased`. What every match has keeps a rule from being tried elsewhere:
    `digits`: so many in the number that it opens with (one of layout.OPENINGS). `opens`: one of these words, which it
    begins with. `holds`: one of each of these words, endings or shapes (see layout), in its line (`finders.in_lines`).
    """

    pattern: str
    score: float
    cased: bool = False
    digits: int = 0
    opens: frozenset[str] = frozenset()
    holds: tuple[Held, ...] = ()


Finder = Callable[[str], Iterable[Find]]
Check = Callable[[str], bool]
Rate = Callable[[str], float]


def recognizer(
    entity: str,
    *rules: Rule,
    context: tuple[str, ...] = (),
    language: str = "en",
    check: Check | None = None,
    rate: Rate | None = None,
    needs: str = "",
) -> EntityRecognizer:
    """A Presidio recognizer of `entity` by `rules`.

    `context`: words and phrases that lift a find when they stand near it or in the turn before (see the package).
    `check`: gets the text of a find and may drop it. `rate`: gets it too, and gives its score, 0 to drop it,
    of a candidate no more than CANDIDATE.
    `needs`: a pattern of `re`, without capitals, without which no rule can match; looked for first, since most turns
    hold nothing.
    """
    return finder_recognizer(entity, RulesFinder(rules, check, rate, needs), context=context, language=language)


def finder_recognizer(
    entity: str, find: Finder, *, context: tuple[str, ...] = (), language: str = "en"
) -> EntityRecognizer:
    """A Presidio recognizer of `entity` by a function from text to finds (word lists, parsers)."""
    made: EntityRecognizer = _recognizer_class()(entity, find, context, language)
    return made


class RulesFinder:
    """Finds what `rules` match (see `recognizer`)."""

    def __init__(
        self, rules: tuple[Rule, ...], check: Check | None = None, rate: Rate | None = None, needs: str = ""
    ) -> None:
        self.rules, self.check, self.rate, self.needs = rules, check, rate, needs

    def __call__(self, text: str) -> Iterator[Find]:
        return self.near(text, None)

    def near(self, text: str, cues: Cues | None) -> Iterator[Find]:
        """Without the candidates that no cue is near enough to lift."""
        seen = layout(text)
        if not seen.regions(self.needs):
            return
        reached = cues.reach(seen) if cues else None
        for pattern in self._patterns:
            candidate = pattern.score < CANDIDATE
            for match in pattern.matches(seen, self.needs, reached if candidate else None):
                start, end = match.span(pattern.group)
                score = self._score(text[start:end], pattern.score) if end > start else 0.0
                if score:
                    yield Find(start, end, score, pattern.why)

    def _score(self, value: str, score: float) -> float:
        """Of a find that scores `score` by its rule; 0 where it is dropped."""
        if self.check and not self.check(value):
            return 0.0
        return self.rate(value) if self.rate else score

    @cached_property
    def _patterns(self) -> list[_Pattern]:
        """Compiled when first needed: a call is in one language of many."""
        return [_pattern(rule, f"pattern {number}") for number, rule in enumerate(self.rules, start=1)]


class _Pattern(NamedTuple):
    """A rule ready for use: where it is tried ("": everywhere), and what is tried there, less its one of OPENINGS."""

    opening: Opening
    digits: int
    rest: regex.Pattern[str]
    group: int | str
    score: float
    why: str

    def matches(self, seen: Layout, needs: str, reached: Sequence[Place] | None) -> Iterator[regex.Match[str]]:
        """The matches in the regions of what is needed, left to right, not overlapping; `reached`: there only."""
        if not self.opening:
            for region in seen.regions(needs):
                if reached is None or _touches(region, reached):
                    yield from self.rest.finditer(seen.text, *region)
            return
        taken = 0
        for start, end in _within(seen.places(self.opening, needs, self.digits), reached):
            if start >= taken and (match := self.rest.match(seen.text, start, end)):
                yield match
                taken = match.end()


def _is_within(position: int, stretches: Sequence[Place] | None) -> bool:
    if stretches is None:
        return True
    number = bisect_right(stretches, position, key=itemgetter(0)) - 1
    return number >= 0 and position <= stretches[number][1]


def _touches(region: Place, stretches: Sequence[Place]) -> bool:
    return any(start <= region[1] and region[0] <= end for start, end in stretches)


def _within(places: Sequence[Place], stretches: Sequence[Place] | None) -> Iterable[Place]:
    """The places that begin in one of the stretches (None: all)."""
    if stretches is None:
        return places
    return chain.from_iterable(
        places[bisect_left(places, (start,)) : bisect_left(places, (end + 1,))] for start, end in stretches
    )


def _pattern(rule: Rule, why: str) -> _Pattern:
    import regex

    form = next((opening for opening in OPENINGS if rule.pattern.startswith(opening)), "")
    rest = regex.compile(rule.pattern.removeprefix(form), 0 if rule.cased else regex.IGNORECASE)
    return _Pattern(
        rule.opens or form, rule.digits, rest, "value" if "value" in rest.groupindex else 0, rule.score, why
    )


@cache
def _recognizer_class() -> Callable[[str, Finder, tuple[str, ...], str], EntityRecognizer]:
    load_presidio()
    from presidio_analyzer import LocalRecognizer, RecognizerResult

    class FinderRecognizer(LocalRecognizer):  # type: ignore[misc]
        """Presidio's shape around a Finder and its cues."""

        def __init__(self, entity: str, find: Finder, context: tuple[str, ...], language: str) -> None:
            self.find = find
            self.cues = Cues(context, language) if context else None
            super().__init__([entity], name=entity, supported_language=language, context=list(context))

        def load(self) -> None:
            """Nothing to load."""

        def analyze(
            self,
            text: str,
            entities: list[str],  # noqa: ARG002
            nlp_artifacts: object = None,  # noqa: ARG002
        ) -> list[RecognizerResult]:
            finds = self.find.near(text, self.cues) if isinstance(self.find, RulesFinder) else self.find(text)
            return [self._result(found) for found in _lifted(finds, text, self.cues)]

        def _result(self, found: Find) -> RecognizerResult:
            metadata = {RecognizerResult.RECOGNIZER_NAME_KEY: self.name}
            metadata[RecognizerResult.RECOGNIZER_IDENTIFIER_KEY] = self.id
            metadata[WHY] = found.why
            return RecognizerResult(self.supported_entities[0], *found[:3], recognition_metadata=metadata)

    return FinderRecognizer


def _lifted(finds: Iterable[Find], text: str, cues: Cues | None) -> Iterator[Find]:
    """The finds with what their cues add; a mere candidate without a cue is none."""
    reached = cues.reach(layout(text)) if cues else None
    for found in finds:
        near = cues and _is_within(found.start, reached)
        score = cues.lifted(found.score, text, found.start, found.end) if cues and near else found.score
        if score >= CANDIDATE:
            cue = f", cue {cues.nearest(text, found.start, found.end)!r}" if cues and score > found.score else ""
            yield Find(found.start, found.end, score, intern((found.why or "word list or parser") + cue))
