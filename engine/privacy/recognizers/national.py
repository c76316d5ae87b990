"""Presidio's own recognizers of national numbers, under our entity names.

Shapes of digits alone never count without a cue: a single check digit holds by chance once in ten, which is how a phone
number comes to be a health service number. Presidio's context words, mostly of the country's language, are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from engine.privacy.recognizers.base import Find, Finder, finder_recognizer

if TYPE_CHECKING:
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
_DIGITS_ONLY = 0.25
_MOST = 0.85


def recognizers() -> list[EntityRecognizer]:
    """National ids, health numbers, passports, driving licences and plates of the countries that Presidio knows."""
    return [_renamed(entity, name) for entity, names in _CLASSES.items() for name in names.split()]


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

    return find
