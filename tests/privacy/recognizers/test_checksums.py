from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.privacy.recognizers import checksums

VALID = [
    (checksums.luhn, "4111 1111 1111 1111"),
    (checksums.luhn, "490154203237518"),
    (checksums.iban, "GB82 WEST 1234 5698 7654 32"),
    (checksums.iban, "DE89370400440532013000"),
    (checksums.aba_routing, "021000021"),
    (checksums.vin, "1M8GDM9AXKP042788"),
    (checksums.vin, "11111111111111111"),
    (checksums.nir, "2 55 08 14 168 025 38"),
    (checksums.cpf, "529.982.247-25"),
    (checksums.chinese_id, "11010519491231002X"),
    (checksums.snils, "112-233-445 95"),
]


@pytest.mark.parametrize(("check", "number"), VALID)
def test_the_published_example_holds(check: Callable[[str], bool], number: str) -> None:
    assert check(number)


@pytest.mark.parametrize(("check", "number"), VALID)
def test_one_wrong_digit_never_holds(check: Callable[[str], bool], number: str) -> None:
    for place, character in enumerate(number):
        if character.isdecimal():
            wrong = number[:place] + str((int(character) + 1) % 10) + number[place + 1 :]
            assert not check(wrong), wrong


@pytest.mark.parametrize(("check", "number"), VALID)
def test_a_number_cut_short_never_holds(check: Callable[[str], bool], number: str) -> None:
    if check is not checksums.luhn:
        assert not check(number[:-2])
        assert not check("")


def test_digits_of_any_script_count() -> None:
    assert checksums.digits("(४१५) 555-٢٦٧١") == "4155552671"
