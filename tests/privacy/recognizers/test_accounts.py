from __future__ import annotations

from collections.abc import Callable

import pytest

ENTITIES = ("account_number", "banking_information", "number_sequence")
Found = Callable[..., list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my account number is 5512976534", "5512976534"),
        ("policy AB-12345-C", "AB-12345-C"),
        ("order number is A B one two three four five", "A B one two three four five"),
        ("reference four four seven seven two", "four four seven seven two"),
        ("the account ending with 5731", "5731"),
        ("member id 44 55 66 77", "44 55 66 77"),
        ("case 00123456 please", "00123456"),
        ("5512976 is my account number", "5512976"),
    ],
)
def test_account_numbers(text: str, value: str, found: Found) -> None:
    assert found(text, *ENTITIES) == [("account_number", value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 32"),
        ("DE89370400440532013000.", "DE89370400440532013000"),
        ("routing number 021000021", "021000021"),
        ("sort code 12-34-56", "12-34-56"),
        ("my bank account number is 89112654", "89112654"),
        ("BIC DEUTDEFF500", "DEUTDEFF500"),
    ],
)
def test_bank_details(text: str, value: str, found: Found) -> None:
    assert found(text, *ENTITIES) == [("banking_information", value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("it is 5512339", "5512339"),
        ("yes, 4421", "4421"),
        ("4 4 2 1", "4 4 2 1"),
        ("55 12 33 99", None),
        ("551 233 99", "551 233 99"),
        ("X7K-9P2-44Q", "X7K-9P2-44Q"),
        ("ending in 2000", "2000"),
        ("last four are 1985", "1985"),
    ],
)
def test_number_sequences(text: str, value: str | None, found: Found) -> None:
    assert found(text, *ENTITIES) == ([("number_sequence", value)] if value else [])


@pytest.mark.parametrize(
    "text",
    [
        "in 2019, 2020 and 2021",
        "from 1985 to 2001",
        "3 or 4 times, 1500 times",
        "about 1200",
        "4500 miles and 2000 minutes",
        "$4500 or 4,500 or 4500 dollars",
        "1000 people, 5000",
        "at 1030 or by 1145",
        "1030 pm",
        "room 1205, windows 11, version 2.1.3, build 22631",
        "it grew 1200%",
        "an RTX4090, an A380 and a B2B deal with COVID19",
        "123 and 45",
        "my account is locked since 2019",
        "I called the bank 3 times in 45 minutes",
        "01/02/2024 and 2024-01-02",
    ],
)
def test_years_counts_prices_times_and_products_are_none_of_them(text: str, found: Found) -> None:
    assert found(text, *ENTITIES) == []
