from __future__ import annotations

from collections.abc import Callable

import pytest

ENTITIES = ("date", "date_of_birth", "person_age")
Found = Callable[..., list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on March 3rd 2026", "March 3rd 2026"),
        ("the third of March", "third of March"),
        ("June first two thousand eighteen", "June first two thousand eighteen"),
        ("since August ninth twenty twenty-two", "August ninth twenty twenty-two"),
        ("in March 2024", "March 2024"),
        ("10/14/1978", "10/14/1978"),
        ("2024-01-02", "2024-01-02"),
        ("due on 5/27", "5/27"),
        ("date 06032018", "06032018"),
        ("Dec. 24, 2025", "Dec. 24, 2025"),
    ],
)
def test_dates(text: str, value: str, found: Found) -> None:
    assert found(text, *ENTITIES) == [("date", value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("date of birth is March third nineteen eighty-five", "March third nineteen eighty-five"),
        ("I was born on 3/5/1985", "3/5/1985"),
        ("my birthday is the third of March", "third of March"),
        ("dob 03051985", "03051985"),
        ("date of birth three four eighty-five", "three four eighty-five"),
        ("she was born in 1985", "1985"),
        ("1985-03-05 is my date of birth", "1985-03-05"),
    ],
)
def test_dates_of_birth(text: str, value: str, found: Found) -> None:
    assert found(text, *ENTITIES) == [("date_of_birth", value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("I'm thirty-five years old", "thirty-five years old"),
        ("a 45-year-old man", "45-year-old"),
        ("my daughter is six months old", "six months old"),
        ("she is 71.", "71"),
        ("my age is 34", "34"),
        ("he just turned fifty", "fifty"),
        ("how old are you?\nI am 52", "52"),
    ],
)
def test_ages(text: str, value: str, found: Found) -> None:
    assert ("person_age", value) in found(text, *ENTITIES)


@pytest.mark.parametrize(
    ("language", "text", "entity", "value"),
    [
        ("de", "geboren am 12. März 1985", "date_of_birth", "12. März 1985"),
        ("fr", "le 3 juillet 2025", "date", "3 juillet 2025"),
        ("es", "el 3 de mayo de 2025", "date", "3 de mayo de 2025"),
        ("ja", "2025年3月5日", "date", "2025年3月5日"),
        ("ko", "생년월일 1985년 3월 5일", "date_of_birth", "1985년 3월 5일"),
        ("xx", "03.05.2025", "date", "03.05.2025"),
    ],
)
def test_dates_of_other_languages(language: str, text: str, entity: str, value: str, found: Found) -> None:
    assert found(text, *ENTITIES, language=language) == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    [
        "in 2019 or in may",
        "I may be 3 minutes late",
        "the account is three years old",
        "a three-year-old laptop",
        "I'm 20 minutes away",
        "13/45/2020",
        "10:30 am, 5/5 stars",
        "march on, one by one",
        "I'm 100 percent sure",
        "she is 300",
        "two months, every second day",
    ],
)
def test_what_is_none_of_them(text: str, found: Found) -> None:
    assert found(text, *ENTITIES) == []
