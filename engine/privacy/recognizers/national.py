"""Presidio's own recognizers of national numbers, under our entity names.

Shapes of digits alone never count without a cue: a single check digit holds by chance once in ten, which is how a phone
number comes to be a health service number. Presidio's context words, mostly of the country's language, are kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import import_module
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import Find, Finder, Rule, finder_recognizer
from engine.privacy.recognizers.cued import NOT_ENGLISH, cued
from engine.privacy.recognizers.forms import FOUR_ELSEWHERE, code, run

if TYPE_CHECKING:
    import regex
    from presidio_analyzer import EntityRecognizer

_NATIONAL_ID = (
    "UkNino InAadhaar CaSin AuTfn SgFin ZaIdNumber NgNin DeTaxId DeSocialSecurity DeIdCard EsNif EsNie ItFiscalCode "
    "ItIdentityCard PlPesel FiPersonalIdentityCode SePersonnummer KrRrn KrFrn TrNationalId ThTnin"
)
_CLASSES = {
    "us_social_security_number": _NATIONAL_ID,
    "healthcare_number": "Nhs UsMbi AuMedicare DeHealthInsurance DeLanr",
    "passport_number": "DePassport EsPassport ItPassport KrPassport",
    "drivers_license": "UkDrivingLicence DeFuehrerschein ItDriverLicense KrDriverLicense",
    "vehicle_id": "DeKfz TrLicensePlate",
}
_PLATE = (
    r"(?<![\w@.-])(?=[\d\p{Lu} -]{0,16}\d)(?=[\d -]{0,16}\p{Lu})"
    r"[\p{Lu}\d]{1,4}[ -]?[\p{Lu}\d]{1,5}(?:[ -][\p{Lu}\d]{1,5}){0,3}(?![\w@-])"
)
"""Groups of capitals and digits: "AB 123 CD", "14 AB 2345"."""

_LEAST_DIGITS = 5
_APART = "|"
"""Stands in none of their numbers."""

_DIGITS_ONLY = 0.25
_MOST = 0.85


def recognizers() -> list[EntityRecognizer]:
    """National ids, health numbers, passports, driving licences and plates of the countries that Presidio knows, and
    any number beside a language's words for them."""
    theirs = [_renamed(entity, name) for entity, names in _CLASSES.items() for name in names.split()]
    return [*theirs, *_asked_for()]


def _asked_for() -> list[EntityRecognizer]:
    """Numbers beside a cue in the languages other than English, whose own rules are in identity.py."""
    plate = Rule(_PLATE, 0.19, cased=True)
    rules = {
        "us_social_security_number": (
            Rule(run(8, 15), 0.21, digits=8),
            Rule(FOUR_ELSEWHERE, 0.14, digits=4),
            Rule(code(8, 18), 0.2),
        ),
        "passport_number": (Rule(run(6, 10), 0.19, digits=6), Rule(code(6, 10), 0.22), plate),
        "drivers_license": (Rule(run(5, 16), 0.19, digits=5), Rule(code(5, 18), 0.22), plate),
        "healthcare_number": (Rule(run(5, 20), 0.19, digits=5), Rule(code(5, 16), 0.22)),
        "vehicle_id": (Rule(run(4, 20), 0.18, digits=4), Rule(code(5, 24), 0.2), plate),
    }
    return [item for entity, own in rules.items() for item in cued(entity, *own, languages=NOT_ENGLISH)]


def _renamed(entity: str, name: str) -> EntityRecognizer:
    theirs = getattr(import_module("presidio_analyzer.predefined_recognizers"), f"{name}Recognizer")()
    context = tuple(theirs.context or ())
    return finder_recognizer(entity, _finder(theirs), context=context, language=theirs.supported_language)


def _finder(theirs: EntityRecognizer) -> Finder:
    wanted = theirs.supported_entities

    def find(text: str) -> Iterator[Find]:
        for result in theirs.analyze(text, wanted, None) or ():
            letters = any(character.isalpha() for character in text[result.start : result.end])
            yield Find(result.start, result.end, min(result.score, _MOST if letters else _DIGITS_ONLY))

    return InStretches(find) if theirs.supported_language == "en" else find


@lru_cache(maxsize=1)
def _stretches(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The stretches in which numbers of English-speaking countries may stand, laid side by side, and for each where it
    begins there and in the text: words with digits, or of a letter or two, that single signs part; with fewer digits it
    is none of them."""
    found = [match for match in _of_numbers().finditer(text) if sum(map(str.isdecimal, match[0])) >= _LEAST_DIGITS]
    begins = accumulate((len(match[0]) + len(_APART) for match in found), initial=0)
    starts = (match.start() for match in found)
    return _APART.join(match[0] for match in found), tuple(zip(begins, starts, strict=False))


@cache
def _of_numbers() -> regex.Pattern[str]:
    import regex

    word = r"(?>[^\W\d]*+\d\w*+|\w{1,2}(?!\w))"
    return regex.compile(rf"(?<!\w){word}(?:[-:\s]{word})*+")


class InStretches:
    """What a finder finds, by a look at the stretches of numbers alone, laid side by side."""

    def __init__(self, whole: Finder) -> None:
        self.whole = whole

    def __call__(self, text: str) -> Iterator[Find]:
        numbers, stretches = _stretches(text)
        for found in self.whole(numbers) if numbers else ():
            begin, start = stretches[bisect_right(stretches, found.start, key=itemgetter(0)) - 1]
            yield found._replace(start=found.start + start - begin, end=found.end + start - begin)
