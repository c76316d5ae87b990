"""Other names of persons and places, from the word lists of Faker. The only file that imports it.

A name is replaced part by part, so that "John Smith", "John" and "Mr Smith" of one call stay one person.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from random import Random
from threading import Lock
from typing import Any, Literal

from engine.privacy.hits import folded
from engine.privacy.keys import number

LOCALES = {
    "en": "en_US", "fr": "fr_FR", "es": "es_ES", "de": "de_DE", "it": "it_IT", "pt": "pt_BR", "nl": "nl_NL",
    "hi": "hi_IN", "ja": "ja_JP", "zh": "zh_CN", "fi": "fi_FI", "ko": "ko_KR", "pl": "pl_PL", "ru": "ru_RU",
    "tr": "tr_TR", "uk": "uk_UA", "vi": "vi_VN",
}  # fmt: skip
_PLAIN = "en_US"
_LATIN = frozenset({"en", "fr", "es", "de", "it", "pt", "nl", "fi", "pl", "tr", "vi"})
_UNSPACED = frozenset({"ja_JP", "zh_CN", "ko_KR"})
_TITLES = frozenset(
    "mr mrs ms miss mx dr prof sir madam m mme mlle sr sra srta don doña herr frau sig signora senhor senhora dona "
    "van von der den de da di dos del la le el al bin ibn y e und and or".split()
)
_PART = re.compile(r"[^\W\d_](?:[\w\u0300-\u036f\u0900-\u0dff]|['’](?=\w))*")
_STREET = re.compile(r"\d.*[^\W\d_]{3}|[^\W\d_]{3}.*\d")

Gender = Literal["male", "female"]


@dataclass(frozen=True, slots=True)
class NameLists:
    """The names of one locale; the sets hold folded forms."""

    given: dict[Gender, tuple[str, ...]]
    surnames: dict[Gender, tuple[str, ...]]
    known: dict[Gender, frozenset[str]]
    known_surnames: frozenset[str]

    def gender(self, parts: Sequence[str]) -> Gender | None:
        """Of the first part that only one gender bears."""
        for part in parts:
            male, female = part in self.known["male"], part in self.known["female"]
            if male != female:
                return "male" if male else "female"
        return None

    def is_given(self, part: str) -> bool:
        return part in self.known["male"] or part in self.known["female"]


def other_name(value: str, language: str, key: bytes) -> str:
    """Another name of the same form, locale and, as far as the given name tells it, gender."""
    lists = name_lists(_locale(value, language))
    if _locale(value, language) in _UNSPACED and " " not in value.strip():
        return _other_unspaced(value, lists, key)
    parts = [folded(part) for part in _PART.findall(value)]
    named = [part for part in parts if part not in _TITLES]
    gender = lists.gender(named)
    first = named[0] if named else ""

    def other(found: re.Match[str]) -> str:
        part = folded(found[0])
        if part in _TITLES:
            return found[0]
        if len(part) == 1:
            return _initial(found[0], key)
        given = lists.is_given(part) if part != first else lists.is_given(part) or part not in lists.known_surnames
        return _pick(lists, part, "given" if given else "surname", gender, key)

    return _PART.sub(other, value)


def _other_unspaced(value: str, lists: NameLists, key: bytes) -> str:
    """Surname first, no space: a surname of the list in front, the rest is the given name."""
    name = folded(value)
    surname = max((known for known in lists.known_surnames if name.startswith(known)), key=len, default="")
    given = name[len(surname) :]
    gender = lists.gender([given])
    front = _pick(lists, surname, "surname", gender, key) if surname else ""
    return front + (_pick(lists, given, "given", gender, key) if given else "")


def _pick(lists: NameLists, part: str, kind: Literal["given", "surname"], gender: Gender | None, key: bytes) -> str:
    """The name that stands for a part; parts of unknown gender draw one."""
    draw = number(key, "name", kind, part)
    drawn: Gender = gender or ("male" if draw & 1 else "female")
    names = (lists.given if kind == "given" else lists.surnames)[drawn]
    first = (draw >> 8) % len(names)
    return next(name for name in (*names[first:], *names[:first]) if folded(name) != part)


def _initial(letter: str, key: bytes) -> str:
    if not letter.isascii():
        return letter
    base = ord("A") if letter.isupper() else ord("a")
    return chr(base + (ord(letter) - base + 1 + number(key, "initial", letter.casefold()) % 25) % 26)


def other_place(value: str, language: str, random: Random) -> str | None:
    """Another address, postcode or town, as the value is one."""
    if _STREET.search(value):
        return _faked("street_address", _locale(value, language), random)
    if any(character.isdecimal() for character in value):
        return "".join(str(random.randint(0, 9)) if character.isdecimal() else character for character in value)
    return _faked("city", _locale(value, language), random)


def _locale(value: str, language: str) -> str:
    """The locale of the language, or a plain one where the value is not in its script."""
    latin = all(ord(character) < 0x250 or not character.isalpha() for character in value)
    if language not in _LATIN and latin:
        return _PLAIN
    return LOCALES.get(language, _PLAIN)


@functools.cache
def name_lists(locale: str) -> NameLists:
    """The lists of a locale such as "fr_FR"."""
    provider = import_module(f"faker.providers.person.{locale}").Provider
    given: dict[Gender, tuple[str, ...]] = {
        "male": tuple(provider.first_names_male),
        "female": tuple(provider.first_names_female),
    }
    shared = _surnames(provider)
    surnames: dict[Gender, tuple[str, ...]] = {
        "male": tuple(getattr(provider, "last_names_male", shared)),
        "female": tuple(getattr(provider, "last_names_female", shared)),
    }
    known = {gender: frozenset(map(folded, names)) for gender, names in given.items()}
    return NameLists(given, surnames, known, frozenset(map(folded, (*shared, *surnames["male"], *surnames["female"]))))


def _surnames(provider: Any) -> Sequence[str]:
    return tuple(getattr(provider, "unisex_last_names", provider.last_names))


_FAKER_LOCK = Lock()
"""A Faker generator keeps the state of its randomness."""


def _faked(kind: str, locale: str, random: Random) -> str:
    generator = _generator(locale)
    with _FAKER_LOCK:
        generator.seed_instance(random.getrandbits(64))
        return " ".join(str(getattr(generator, kind)()).split())


@functools.cache
def _generator(locale: str) -> Any:
    from faker import Factory

    return Factory.create(locale)
