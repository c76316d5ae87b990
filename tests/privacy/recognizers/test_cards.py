from __future__ import annotations

from collections.abc import Callable

import pytest

ENTITIES = ("credit_card_number", "credit_card_cvv", "credit_card_expiration")
Found = Callable[..., list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4111 1111 1111 1111", "4111 1111 1111 1111"),
        ("it's 5500-0000-0000-0004.", "5500-0000-0000-0004"),
        ("amex 3782 822463 10005", "3782 822463 10005"),
        ("four one one one one one one one one one one one one one one one", "four" + " one" * 15),
        ("a misheard 4111111111111112", "4111111111111112"),
        ("my credit card number is 411111111111", "411111111111"),
        ("the card ending in 4242", "4242"),
        ("visa 4242", "4242"),
        ("last four of the card? it's 4 2 4 2.", "4 2 4 2"),
        ("card number 4242 and 5353", "4242"),
        ("the last four on that card are four two four two", "four two four two"),
        ("card 4.11111E+15", "4.11111E+15"),
        ("559 e 15", "559 e 15"),
    ],
)
def test_card_numbers(text: str, value: str, found: Found) -> None:
    assert ("credit_card_number", value) in found(text, *ENTITIES)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("the cvv is 123", "123"),
        ("security code: one two three four", "one two three four"),
        ("the three digits on the back are 7 8 9", "7 8 9"),
        ("123 is the security code", "123"),
    ],
)
def test_verification_codes(text: str, value: str, found: Found) -> None:
    assert found(text, *ENTITIES) == [("credit_card_cvv", value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("it expires 05/27", "05/27"),
        ("expiration date is 5/2027", "5/2027"),
        ("expiring oh five twenty-seven", "oh five twenty-seven"),
        ("valid until May 2027", "May 2027"),
        ("exp 0527", "0527"),
        ("expiry zero five slash twenty-seven", "zero five slash twenty-seven"),
    ],
)
def test_expiries(text: str, value: str, found: Found) -> None:
    assert found(text, *ENTITIES) == [("credit_card_expiration", value)]


@pytest.mark.parametrize(
    "text",
    [
        "I lost my card in 2019",
        "the card costs 4999 dollars",
        "4242",
        "we have 123 people",
        "it expires in 30 days",
        "on 05/27 we met",
        "0527",
        "2 55 08 14 168 025 38",
        "my card came after 45 minutes",
        "option 3, then 123",
    ],
)
def test_what_is_none_of_them(text: str, found: Found) -> None:
    assert found(text, *ENTITIES) == []


@pytest.mark.parametrize("text", ["gate 5 e 15", "55 e 15", "chapter 3.2 e 9", "559 e 155", "1559 e 15", "559 east 15"])
def test_what_is_no_number_of_a_spreadsheet(text: str, found: Found) -> None:
    assert found(text, *ENTITIES) == []
