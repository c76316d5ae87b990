from __future__ import annotations

from collections.abc import Callable

import pytest

Found = Callable[..., list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("it costs $49.99 a month", "$49.99"),
        ("forty-nine dollars and ninety-nine cents", "forty-nine dollars and ninety-nine cents"),
        ("one thousand three hundred dollars", "one thousand three hundred dollars"),
        ("a hundred bucks", "a hundred bucks"),
        ("€1.200,50", "€1.200,50"),
        ("two million euros", "two million euros"),
        ("the total is 120.50", "120.50"),
        ("I pay forty-nine ninety-nine a month", "forty-nine ninety-nine"),
        ("five hundred dollar transfer", "five hundred dollar"),
        ("1,500 USD", "1,500 USD"),
        ("20 quid", "20 quid"),
    ],
)
def test_amounts(text: str, value: str, found: Found) -> None:
    assert found(text, "money_amount") == [("money_amount", value)]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("de", "49,99 Euro", "49,99 Euro"),
        ("pl", "120 złotych", "120 złotych"),
        ("ru", "500 рублей", "500 рублей"),
        ("ja", "3000円です", "3000円"),
    ],
)
def test_amounts_of_other_languages(language: str, text: str, value: str, found: Found) -> None:
    assert found(text, "money_amount", language=language) == [("money_amount", value)]


@pytest.mark.parametrize(
    "text",
    [
        "fifty percent",
        "20 minutes",
        "in 1999",
        "4.5 stars",
        "the price list has 20 entries",
        "it weighs 20 kilos",
        "1999",
    ],
)
def test_what_is_no_amount(text: str, found: Found) -> None:
    assert found(text, "money_amount") == []
