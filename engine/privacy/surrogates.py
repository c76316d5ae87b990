"""Plausible fakes: the same kind, form, language and gender as the value, and never the value.

A fake is drawn by HMAC under the key of the call or site, so that the same value gets the same fake under the same key
and nobody without the key can tell which value it stands for. Numbers that could reach or bill somebody come from
ranges that are set aside for fiction and documentation, where there are any.
"""

from __future__ import annotations

import functools
import re
import string
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from importlib import resources
from random import Random

from engine.privacy.hits import folded
from engine.privacy.keys import number
from engine.privacy.surrogate_dates import other_date
from engine.privacy.surrogate_names import other_name, other_place

_MAX_TRIES = 20
Fake = Callable[[str, str, Random], str | None]
"""(value, language, randomness) -> a fake that may still be the value; None where there is none of the kind."""


def surrogate(entity: str, value: str, language: str, key: bytes) -> str | None:
    """A fake for a value, its letter case like the value's; None where the engine knows none of the kind in the
    language."""
    if entity == "person_name":
        name = other_name(value, language, key)
        return None if folded(name) == folded(value) else _cased(name, value)
    make = _FAKES.get(entity, _form)
    for attempt in range(_MAX_TRIES):
        fake = make(value, language, Random(number(key, "surrogate", entity, folded(value), str(attempt))))
        if fake is None:
            return None
        if folded(fake) != folded(value):
            return _cased(fake, value) if entity in _WORDED else fake
    return None


def _cased(fake: str, value: str) -> str:
    if value == value.lower():
        return fake.lower()
    letters = sum(character.isalpha() for character in value)
    return fake.upper() if value.isupper() and letters > 3 else fake


# --- by form ----------------------------------------------------------------------------------------------------------


def _form(value: str, _language: str, random: Random) -> str:
    """Digits for digits and letters for letters, each in its script and case; everything else stays."""
    return "".join(_like(character, index == 0, random) for index, character in enumerate(value))


def _like(character: str, first: bool, random: Random) -> str:
    if character.isdecimal():
        digit = unicodedata.decimal(character)
        return chr(ord(character) - digit + (random.randint(1, 9) if first and digit else random.randint(0, 9)))
    if not character.isalpha():
        return character
    letter = random.choice(string.ascii_lowercase)
    return letter.upper() if character.isupper() else letter


def _phone(value: str, language: str, random: Random) -> str:
    """North American numbers: 555-0100 to 555-0199, set aside for fiction. Others keep their first digits, which say
    country and kind."""
    places = [index for index, character in enumerate(value) if character.isdecimal()]
    kept = 3 if len(places) > 7 else 0
    fake = list(value)
    for index in places[kept:]:
        fake[index] = _like(value[index], False, random)
    if len(places) in (10, 11) and language == "en" and (len(places) == 10 or value[places[0]] == "1"):
        area, last = random.choice(_AREA_CODES), random.randint(0, 99)
        for index, digit in zip(places[-10:], f"{area}55501{last:02d}", strict=True):
            fake[index] = digit
    return "".join(fake)


_AREA_CODES = (202, 206, 303, 312, 404, 415, 512, 602, 617, 702, 713, 808, 816, 919)


def _card(value: str, language: str, random: Random) -> str:
    """The issuer's first digit and a right Luhn digit (ISO/IEC 7812-1) for whole numbers."""
    fake = list(_form(value, language, random))
    places = [index for index, character in enumerate(fake) if character.isdecimal()]
    if len(places) >= 12:
        fake[places[0]] = value[places[0]]
        fake[places[-1]] = str(-_luhn_sum([fake[index] for index in places[:-1]]) % 10)
    return "".join(fake)


def _luhn_sum(payload: list[str]) -> int:
    doubled = (2 * int(digit) if index % 2 == 0 else int(digit) for index, digit in enumerate(reversed(payload)))
    return sum(digit - 9 if digit > 9 else digit for digit in doubled)


def _bank(value: str, language: str, random: Random) -> str:
    """An IBAN keeps its country and gets right check digits (ISO 13616)."""
    if not re.match(r"[A-Za-z]{2}\s?\d\s?\d", value):
        return _form(value, language, random)
    fake = value[:2] + _form(value[2:], language, random)
    account = "".join(filter(str.isalnum, fake)).upper()
    rearranged = "".join(str(int(character, 36)) for character in account[4:] + account[:2] + "00")
    check = f"{98 - int(rearranged) % 97:02d}"
    places = [index for index, character in enumerate(fake) if character.isdecimal()][:2]
    return fake[: places[0]] + check[0] + fake[places[0] + 1 : places[1]] + check[1] + fake[places[1] + 1 :]


def _national(value: str, language: str, random: Random) -> str:
    """Nine digits: area 666, which the US Social Security Administration never assigns."""
    fake = list(_form(value, language, random))
    places = [index for index, character in enumerate(fake) if character.isdecimal()]
    if len(places) == 9 and not any(map(str.isalpha, fake)):
        for index in places[:3]:
            fake[index] = "6"
    return "".join(fake)


def _vehicle(value: str, language: str, random: Random) -> str:
    """Vehicle identification numbers have no I, O and Q (ISO 3779)."""
    return _form(value, language, random).translate(str.maketrans("IOQioq", "JPRjpr"))


def _ip(value: str, _language: str, random: Random) -> str:
    """Addresses for documentation (RFC 5737, RFC 3849); a MAC address becomes a locally administered one."""
    if re.fullmatch(r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}", value):
        pairs = [f"{random.randint(0, 255):02x}" for _ in range(5)]
        return value[2].join(["02", *pairs])
    if ":" in value:
        return f"2001:db8::{random.randint(1, 0xFFFF):x}:{random.randint(1, 0xFFFF):x}"
    return f"{random.choice(('192.0.2', '198.51.100', '203.0.113'))}.{random.randint(1, 254)}"


def _email(_value: str, _language: str, random: Random) -> str:
    """At a domain that RFC 2606 sets aside."""
    domain = random.choice(("example.com", "example.org", "example.net"))
    return f"{_login(random)}@{domain}"


def _username(_value: str, _language: str, random: Random) -> str:
    return _login(random)


def _login(random: Random) -> str:
    return f"{random.choice(_LOGINS)}.{random.choice(_LOGINS)}{random.randint(10, 99)}"


_LOGINS = (
    "amber birch cedar coral dune ember fern flint harbor hazel iris ivory jade juniper lark linden lotus maple meadow "
    "onyx opal pearl pine poppy quill raven reed robin sage sierra slate sparrow tulip violet willow wren"
).split()


def _url(_value: str, _language: str, random: Random) -> str:
    return f"https://www.{random.choice(_LOGINS)}-{random.choice(_LOGINS)}.example"


def _amount(value: str, _language: str, random: Random) -> str:
    """Other digits; the currency stays."""
    return re.sub(r"\d+", lambda found: _form(found[0], "", random), value)


def _age(value: str, _language: str, random: Random) -> str:
    """Another age of the same decade."""
    return re.sub(r"\d+", lambda found: str(int(found[0]) // 10 * 10 + random.randint(1, 9)), value, count=1)


# --- by word list -----------------------------------------------------------------------------------------------------


def _listed(entity: str) -> Fake:
    def fake(_value: str, language: str, random: Random) -> str | None:
        words = _words()
        known = words.get(language, {}).get(entity) or words["any"].get(entity)
        return random.choice(known) if known else None

    return fake


@functools.cache
def _words() -> Mapping[str, Mapping[str, list[str]]]:
    text = resources.files("engine.privacy").joinpath("surrogates.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


_LISTED = (
    "blood_type drug event gender_sexuality injury language medical_condition medical_process nationality occupation "
    "organization political_affiliation religion"
).split()
_WORDED = frozenset({*_LISTED, "location", "email_address", "username", "date", "date_of_birth"})
_FAKES: Mapping[str, Fake] = {
    "phone_number": _phone,
    "credit_card_number": _card,
    "banking_information": _bank,
    "us_social_security_number": _national,
    "vehicle_id": _vehicle,
    "ip_address": _ip,
    "email_address": _email,
    "username": _username,
    "url": _url,
    "person_age": _age,
    "money_amount": _amount,
    "date": other_date,
    "date_of_birth": other_date,
    "credit_card_expiration": other_date,
    "location": other_place,
    **{entity: _listed(entity) for entity in _LISTED},
}
