from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.privacy import ENTITIES
from engine.privacy.languages import LANGUAGES
from engine.privacy.recognizers.base import ELSE
from engine.privacy.recognizers.national import recognizers

Found = Callable[..., list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("language", "text", "entity", "value"),
    [
        ("de", "Steueridentifikationsnummer 86095742719", "us_social_security_number", "86095742719"),
        ("it", "codice fiscale RSSMRA85T10A562S", "us_social_security_number", "RSSMRA85T10A562S"),
        ("es", "12345678Z", "us_social_security_number", "12345678Z"),
        ("pl", "PESEL 44051401359", "us_social_security_number", "44051401359"),
        ("fi", "131052-308T", "us_social_security_number", "131052-308T"),
        ("en", "nino AB 12 34 56 C", "us_social_security_number", "AB 12 34 56 C"),
        ("en", "my NHS number is 943 476 5919", "healthcare_number", "943 476 5919"),
    ],
)
def test_numbers_of_countries(language: str, text: str, entity: str, value: str, found: Found) -> None:
    assert (entity, value) in found(text, entity, language=language)


@pytest.mark.parametrize(
    ("language", "text", "entity"),
    [
        ("en", "415 555 2671", "healthcare_number"),
        ("en", "943 476 5919", "healthcare_number"),
        ("pl", "44051401359", "us_social_security_number"),
        ("de", "86095742719", "us_social_security_number"),
    ],
)
def test_a_check_digit_alone_is_not_enough(language: str, text: str, entity: str, found: Found) -> None:
    assert found(text, entity, language=language) == []


def test_they_bear_our_names_and_presidios_languages() -> None:
    made = recognizers()
    assert {entity for item in made for entity in item.supported_entities} <= set(ENTITIES)
    assert {item.supported_language for item in made} == {*LANGUAGES, "sv", "th", ELSE}
