from __future__ import annotations

from collections.abc import Callable

import pytest

Found = Callable[..., list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("415-555-2671", "415-555-2671"),
        ("(415) 555 2671", "(415) 555 2671"),
        ("415, 555, 2671", "415, 555, 2671"),
        ("1-800-555-2671 extension 12", "1-800-555-2671 extension 12"),
        ("+44 20 7946 0958", "+44 20 7946 0958"),
        ("4155552671", "4155552671"),
        ("020 7946 0958", "020 7946 0958"),
        ("four one five, five five five, two six seven one", "four one five, five five five, two six seven one"),
        ("one eight hundred five five five one two one two", "one eight hundred five five five one two one two"),
        ("call me on 555-2671", "555-2671"),
        ("my cell is 5552671", "5552671"),
        ("mobile 99999 12345", "99999 12345"),
        ("2671234 is my phone number", "2671234"),
    ],
)
def test_phone_numbers(text: str, value: str, found: Found) -> None:
    assert found(text, "phone_number") == [("phone_number", value)]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("fr", "06 12 34 56 78", "06 12 34 56 78"),
        ("de", "meine Handynummer ist 0151 23456789", "0151 23456789"),
        ("es", "teléfono 612 34 56 78", "612 34 56 78"),
        ("ja", "電話番号は03-1234-5678です", "03-1234-5678"),
        ("hi", "मोबाइल ९८७६५४३२१०", "९८७६५४३२१०"),
        ("ru", "телефон 8 912 345-67-89", "8 912 345-67-89"),
        ("xx", "+351 912 345 678", "+351 912 345 678"),
    ],
)
def test_phone_numbers_of_other_languages(language: str, text: str, value: str, found: Found) -> None:
    assert found(text, "phone_number", language=language) == [("phone_number", value)]


@pytest.mark.parametrize(
    "text",
    [
        "4155",
        "I called 3 times in 2019",
        "2024-01-02 at 10:30",
        "my account number is 123456789012345",
        "$1,234,567",
        "from 1985 2001",
        "19373957",
        "phone me in 20 minutes",
    ],
)
def test_what_is_no_phone_number(text: str, found: Found) -> None:
    assert found(text, "phone_number") == []
