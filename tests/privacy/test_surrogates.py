from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.privacy import ENTITIES
from engine.privacy.hits import folded
from engine.privacy.surrogate_names import LOCALES, name_lists
from engine.privacy.surrogates import surrogate

KEY = b"k" * 32


def fake(entity: str, value: str, language: str = "en", key: bytes = KEY) -> str:
    made = surrogate(entity, value, language, key)
    assert made is not None
    return made


FORMS = [
    ("phone_number", "415-555-2671", "en", r"\d{3}-555-01\d\d"),
    ("phone_number", "+1 (415) 555-2671", "en", r"\+1 \(\d{3}\) 555-01\d\d"),
    ("phone_number", "06 12 34 56 78", "fr", r"06 1\d \d\d \d\d \d\d"),
    ("phone_number", "5552671", "en", r"\d{7}"),
    ("credit_card_number", "4111-1111-1111-1111", "en", r"4\d{3}-\d{4}-\d{4}-\d{4}"),
    ("credit_card_number", "1111", "en", r"\d{4}"),
    ("credit_card_cvv", "789", "en", r"\d{3}"),
    ("credit_card_expiration", "05/27", "en", r"(?:0[1-9]|1[0-2])/\d\d"),
    ("us_social_security_number", "123-45-6789", "en", r"666-\d\d-\d{4}"),
    ("passport_number", "X1234567", "en", r"[A-Z]\d{7}"),
    ("vehicle_id", "1HGCM82633A004352", "en", r"[A-HJ-NPR-Z0-9]{17}"),
    ("ip_address", "10.0.0.1", "en", r"(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+"),
    ("ip_address", "fe80::1", "en", r"2001:db8::[0-9a-f]+:[0-9a-f]+"),
    ("ip_address", "00-1A-2B-3C-4D-5E", "en", r"02(?:-[0-9a-f]{2}){5}"),
    ("email_address", "jo@acme.com", "en", r"[a-z.]+\d\d@example\.(?:com|org|net)"),
    ("url", "www.acme.com/jo", "en", r"https://www\.[a-z-]+\.example"),
    ("date_of_birth", "March 3rd 1985", "en", r"[A-Z][a-z]+ \d{1,2}(?:st|nd|rd|th) 19[78]\d"),
    ("date", "3 mars 1985", "fr", r"\d [a-zéû]+ 19[78]\d"),
    ("date", "03/04/2021", "en", r"\d\d/\d\d/20[12]\d"),
    ("date", "19850304", "en", r"19[78]\d(?:0[1-9]|1[0-2]){2}"),
    ("person_age", "35 years old", "en", r"3[1-9] years old"),
    ("money_amount", "49,99 euros", "fr", r"[1-9]\d,\d\d euros"),
    ("location", "90210", "en", r"\d{5}"),
    ("location", "12 Main Street", "en", r".*\d.*"),
    ("blood_type", "o negative", "en", r"(?:a|b|ab|o) (?:positive|negative)"),
    ("phone_number", "०१२३४५६७८९", "hi", r"[०-९]{10}"),
]


@pytest.mark.parametrize(("entity", "value", "language", "form"), FORMS)
def test_a_fake_has_the_form_of_its_value(entity: str, value: str, language: str, form: str) -> None:
    for site in range(20):
        made = fake(entity, value, language, bytes([site]) * 32)
        assert re.fullmatch(form, made), made
        assert folded(made) != folded(value)


def test_card_numbers_pass_luhn_and_ibans_their_check() -> None:
    for site in range(20):
        key = bytes([site]) * 32
        digits = [int(digit) for digit in reversed(fake("credit_card_number", "4111111111111111", key=key))]
        assert sum(digits[::2]) % 10 == -sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2]) % 10
        iban = fake("banking_information", "DE89 3704 0044 0532 0130 00", "de", key).replace(" ", "")
        assert iban.startswith("DE")
        assert int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1


def test_the_parts_of_a_name_stay_one_person() -> None:
    first, last = fake("person_name", "John Smith").split()
    assert fake("person_name", "John") == first
    assert fake("person_name", "Mr Smith") == f"Mr {last}"
    assert fake("person_name", "john smith") == f"{first} {last}".lower()
    assert fake("person_name", "JOHN SMITH") == f"{first} {last}".upper()
    assert fake("person_name", "Smith, John") == f"{last}, {first}"


PEOPLE = [
    ("en", "John", "Mary"), ("fr", "Adrien", "Adèle"), ("de", "Werner", "Adelgunde"), ("es", "Aarón", "Abigaíl"),
    ("ru", "Август", "Агата"), ("hi", "अभय", "आभा"), ("ko", "건우", "경숙"), ("tr", "Abdiş", "Abiye"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "man", "woman"), PEOPLE)
def test_a_fake_name_keeps_locale_and_gender(language: str, man: str, woman: str) -> None:
    lists = name_lists(LOCALES[language])
    for site in range(20):
        assert fake("person_name", man, language, bytes([site]) * 32) in lists.given["male"]
        assert fake("person_name", woman, language, bytes([site]) * 32) in lists.given["female"]


@pytest.mark.parametrize(("language", "name"), [("ja", "佐藤明美"), ("zh", "王伟"), ("ko", "김건우")])
def test_names_without_spaces_stay_so(language: str, name: str) -> None:
    made = fake("person_name", name, language)
    assert " " not in made
    assert made not in name
    assert folded(made) != folded(name)


@pytest.mark.parametrize("language", LOCALES)
def test_every_language_has_names(language: str) -> None:
    lists = name_lists(LOCALES[language])
    assert all(len(names) >= 10 for names in (*lists.given.values(), *lists.surnames.values()))


def test_another_key_gives_another_fake_and_the_same_key_the_same() -> None:
    for entity, value in [("person_name", "John Smith"), ("phone_number", "415-555-2671"), ("password", "Tr0ub4dor&3")]:
        made = {fake(entity, value, key=bytes([site]) * 32) for site in range(10)}
        assert len(made) > 5
        assert fake(entity, value) == fake(entity, value)


def test_what_is_not_known_in_a_language_has_no_fake() -> None:
    assert surrogate("religion", "神道", "ja", KEY) is None
    assert surrogate("date", "今日", "ja", KEY) is None
    assert surrogate("person_name", "Dr.", "en", KEY) is None


@given(st.sampled_from(ENTITIES), st.text(min_size=1, max_size=25), st.sampled_from([*LOCALES, "xx"]))
def test_a_fake_is_never_the_value(entity: str, value: str, language: str) -> None:
    made = surrogate(entity, value, language, KEY)
    assert made is None or folded(made) != folded(value)
    assert made == surrogate(entity, value, language, KEY)
