from __future__ import annotations

from collections.abc import Callable

import pytest

ENTITIES = ("us_social_security_number", "passport_number", "drivers_license", "healthcare_number", "vehicle_id")
Found = Callable[..., list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("318-24-7756", "us_social_security_number", "318-24-7756"),
        ("my social is 318 24 7756", "us_social_security_number", "318 24 7756"),
        ("social security number is three one eight two four seven seven five six", "us_social_security_number",
         "three one eight two four seven seven five six"),
        ("the last four of my social are 6789", "us_social_security_number", "6789"),
        ("ssn 9314 credit card", "us_social_security_number", "9314"),
        ("national insurance number AB 12 34 56 C", "us_social_security_number", "AB 12 34 56 C"),
        ("PAN ABCPE1234F", "us_social_security_number", "ABCPE1234F"),
        ("2 55 08 14 168 025 38", "us_social_security_number", "2 55 08 14 168 025 38"),
        ("529.982.247-25", "us_social_security_number", "529.982.247-25"),
        ("11010519491231002X", "us_social_security_number", "11010519491231002X"),
        ("passport number X1234567", "passport_number", "X1234567"),
        ("the passport is 123456789", "passport_number", "123456789"),
        ("my driver's license is D1234567", "drivers_license", "D1234567"),
        ("driving licence MORGA657054SM9IJ", "drivers_license", "MORGA657054SM9IJ"),
        ("medicare 1EG4-TE5-MK73", "healthcare_number", "1EG4-TE5-MK73"),
        ("medical record number 00123456", "healthcare_number", "00123456"),
        ("my NHS number is 943 476 5919", "healthcare_number", "943 476 5919"),
        ("1M8GDM9AXKP042788", "vehicle_id", "1M8GDM9AXKP042788"),
        ("vin one H G C M eight two six three three A zero zero four three five two", "vehicle_id",
         "one H G C M eight two six three three A zero zero four three five two"),
        ("license plate AB12 CDE", "vehicle_id", "AB12 CDE"),
        ("the plate is ABKD", "vehicle_id", "ABKD"),
        ("plate ABC-1234, VIN", "vehicle_id", "ABC-1234"),
        ("serial number C02XK1ZGJG5H", "vehicle_id", "C02XK1ZGJG5H"),
        ("imei 490154203237518", "vehicle_id", "490154203237518"),
    ],
)  # fmt: skip
def test_identity_numbers(text: str, entity: str, value: str, found: Found) -> None:
    assert found(text, *ENTITIES) == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    [
        "415 555 2671",
        "318247756",
        "my social life since 2019",
        "I need a passport",
        "the plate was 12 inches wide",
        "X1234567",
        "call 943 476 5919",
        "the license costs 4500 dollars",
    ],
)
def test_numbers_without_their_cue_are_none_of_them(text: str, found: Found) -> None:
    assert found(text, *ENTITIES) == []
