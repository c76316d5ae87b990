"""The recognizers, one file a family, and the Presidio registry that holds them.

A family file has `recognizers() -> list[EntityRecognizer]`, built with `base.recognizer` (rules) or
`base.finder_recognizer` (a function), so that no family file imports Presidio. What a recognizer may count on:

Text. It sees several turns at once, each on a line of its own, oldest first: `\\n` separates turns. Each turn stands in
its normalised form (spoken.py): digit words are digits ("4155552671", "March 3rd 1985", "49 dollars"), spelled letters
are one upper-case token ("S M I T H" -> "SMITH"), spoken addresses are written ("john.doe@example.com"). Where the
normalised form differs from the raw one, names of persons, places, organizations and events are looked for in the raw
turns too ("Five Guys").
Turns that only acknowledge ("yes", "okay, go ahead") are left out.

The question before. The turn before is the line before, so a rule may read it: `your name\\?\\n(?P<value>...)`. Inside
a value write a literal space, never `\\s`, which also matches the line break; a find over a line break is cut at it.

Context. `context` words lift a find: whole words or phrases, up to 12 words before it (also on the four lines before)
or said of it right after ("4421 is my pin"). By 0.6 where they adjoin, less with distance, so that the nearest cue
decides between entities. A number between cue and find uses the cue up; a turn before that asks nothing lifts less.

Languages. What differs between languages is data, engine/privacy/languages/<code>.toml: how numbers, letters, days and
addresses are said (spoken.py), fillers and acknowledgements, and the cues of every number-like entity. `cued.cued`
registers the same rules for every language with its own cues; `cued.by_language` makes the rules of its words too.

Echoes. A number that was found once is found again without a cue, and so are its last four digits; a word of a name
that is spelled afterwards ("Smith, S M I T H") is found as that name.

Scores. Finds below 0.4 count only when a cue lifts them.
0.9-1.0 certain: checksum, unmistakable form.     0.7-0.85 the form and a cue inside the rule.
0.45-0.65 likely as it stands.                    0.05-0.35 a candidate that needs context.

Speed. All families together must stay under 0.1 ms a line: give `needs`, look long word lists up in a set, and let
rules that match only where a number or a code begins open with one of `layout.OPENINGS` (`run`, `code`, `START` do).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING

from engine.privacy.entities import ENTITIES
from engine.privacy.languages import LANGUAGES
from engine.privacy.recognizers.base import ANY, ELSE

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer, RecognizerRegistry

FAMILIES = (
    "accounts",
    "cards",
    "credentials",
    "dates",
    "events",
    "health",
    "identity",
    "internet",
    "locations",
    "money",
    "names",
    "national",
    "organizations",
    "people",
    "phones",
)


def recognizers() -> list[EntityRecognizer]:
    """New recognizers of every family, which is their name."""
    made = [(family, item) for family in FAMILIES for item in import_module(f"{__name__}.{family}").recognizers()]
    for family, item in made:
        item.name = family
    return [item for _, item in made]


def registries(made: Sequence[EntityRecognizer], entities: Collection[str] = ENTITIES) -> dict[str, RecognizerRegistry]:
    """The recognizers of `entities` in a registry for each language that has some of its own, and one for ANY other.

    Recognizers tagged ANY are in all. One registry a language and nothing in it that is not asked for, since Presidio
    walks through all recognizers of a registry several times for every text.
    """
    from presidio_analyzer import RecognizerRegistry

    asked = [item for item in made if item.supported_entities[0] in entities]
    found = {}
    for language in {item.supported_language for item in asked} - {ELSE} | {ANY}:
        tags = {language} if language in LANGUAGES else {language, ELSE}
        own = [item for item in asked if item.supported_language in tags - {ANY}]
        shared = [item for item in asked if item.supported_language == ANY]
        tagged = [_tagged(item, language) for item in (*own, *shared)]
        if tagged:
            found[language] = RecognizerRegistry(recognizers=tagged, supported_languages=[language])
    return found


def _tagged(recognizer: EntityRecognizer, language: str) -> EntityRecognizer:
    """The recognizer under another language; it shares its rules."""
    twin = copy(recognizer)
    twin.supported_language = language
    return twin
