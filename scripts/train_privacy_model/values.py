"""What the slots of templates are filled with: Faker's lists, the project's word lists, coined words, numbers.

A tenth of all listed values is held out by a hash of its text: training never sees it, evaluation sees nothing else.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

from engine.privacy.recognizers.lexicon import words

DATA = Path(__file__).with_name("data")
HOLD_OUT = 10
"""One in so many values is held out."""

# Faker locales whose names and places are written in Latin letters, by how often a call in the language meets them.
LOCALES = {
    "en": (
        ("en_US",) * 6
        + ("en_GB",) * 3
        + ("en_IN",) * 3
        + ("en_IE", "en_NZ", "en_KE", "es_MX", "es_ES", "fr_FR", "de_DE", "it_IT", "pl_PL", "nl_NL", "sv_SE", "tr_TR")
        + ("pt_BR", "fi_FI", "cs_CZ", "ro_RO", "da_DK", "hu_HU", "hr_HR", "zu_ZA", "id_ID", "tw_GH", "yo_NG", "sk_SK")
        + ("zh_CN", "zh_TW", "ja_JP", "uz_UZ", "az_AZ", "no_NO", "is_IS", "sl_SI", "et_EE", "lv_LV", "lt_LT", "ga_IE")
        + ("nl_BE", "fr_CA", "es_CO", "es_CL", "pt_PT", "en_PK", "sw", "de_AT", "fr_BE")
    ),
    "fr": ("fr_FR",) * 8 + ("fr_CA", "fr_CH") * 2 + ("es_ES", "it_IT", "pt_PT", "de_DE", "pl_PL", "tr_TR", "ro_RO"),
    "es": ("es_ES",) * 5 + ("es_MX", "es_CO", "es_AR") * 2 + ("pt_BR", "it_IT", "fr_FR", "de_DE", "en_US", "ro_RO"),
    "de": ("de_DE",) * 6 + ("de_AT", "de_CH") * 2 + ("tr_TR", "pl_PL", "it_IT", "hr_HR", "fr_FR", "cs_CZ", "nl_NL"),
}  # fmt: skip
_CITY_LOCALES = {
    "en": (
        *("de_DE", "it_IT", "en_IN", "pl_PL", "pt_PT", "nl_NL", "nl_BE", "sk_SK", "da_DK", "cs_CZ", "fi_FI", "ro_RO"),
        *("hr_HR", "sl_SI", "sv_SE", "id_ID", "zu_ZA"),
    ),
    "fr": ("it_IT", "de_DE"),
    "es": ("it_IT",),
    "de": ("de_DE", "de_AT", "pl_PL"),
}
_RIVERSIDE = (
    "upon",
    "on the",
    "am",
    "an der",
    "nad",
    "pri",
    "de",
    "de la",
    "del",
    "do",
    "sur",
    "el",
    "en",
    "les",
    "de los",
)
"""What stands between the halves of the names of towns."""

_MAIN = {"en": "en_US", "fr": "fr_FR", "es": "es_ES", "de": "de_DE"}


def is_held_out(value: str) -> bool:
    return zlib.crc32(value.lower().encode()) % HOLD_OUT == 0


@cache
def faker_list(provider: str, locale: str, attribute: str) -> tuple[str, ...]:
    """A list of a Faker provider, `attribute` as in its source; empty where the locale has none."""
    try:
        module = import_module(f"faker.providers.{provider}.{locale}")
    except ImportError:
        return ()
    found = getattr(module.Provider, attribute, ())
    if isinstance(found, property):  # computed from an instance's own lists
        return ()
    texts = [item if isinstance(item, str) else item[-1] for item in found]
    return tuple(dict.fromkeys(text for text in texts if text and text.isprintable() and ord(max(text)) < 0x250))


@cache
def data_list(language: str, name: str) -> tuple[str, ...]:
    """The entries of `lists.txt` of a language under `name =`."""
    for line in (DATA / language / "lists.txt").read_text(encoding="utf-8").splitlines():
        key, _, entries = line.partition(" = ")
        if key == name:
            return tuple(entry.strip() for entry in entries.split(",") if entry.strip())
    return ()


@cache
def lexicon(*names: str) -> tuple[str, ...]:
    """Entries of the project's English word lists with the capitals of written text."""
    return tuple(sorted(words(*names)))


@cache
def everyday(language: str) -> tuple[str, ...]:
    """Everyday words of a language: Faker's filler text, the lists, the plain words of the templates' own slots."""
    listed = lexicon("common_words", "function_words") if language == "en" else ()
    inflected = tuple(
        word + ending
        for word in listed
        for ending in ("s", "ed", "ing")
        if len(word) > 3 and not word.endswith(("e", "y", "s", "h", "ing", "ed"))
    )
    slots = (DATA / language / "slots.txt").read_text(encoding="utf-8")
    own = tuple(dict.fromkeys(re.findall(r"(?<![{<\w])[^\W\d_]{3,}(?![\w}>])", slots)))
    return (
        listed * 2
        + inflected
        + faker_list("lorem", _MAIN[language], "word_list") * 2
        + data_list(language, "everyday") * 2
        + own
    )


def capitalized(value: str) -> str:
    return " ".join(word[:1].upper() + word[1:] if word not in _SMALL else word for word in value.split(" "))


_SMALL = frozenset("of the and for de la du des von und der del y e in on at".split())


@cache
def markov(source: tuple[str, ...]) -> dict[str, str]:
    """Which letters follow two letters in the words of a list; `coined` walks through it."""
    following: dict[str, list[str]] = {}
    for word in source:
        padded = f"  {word.lower()}\n"
        for position in range(len(padded) - 2):
            following.setdefault(padded[position : position + 2], []).append(padded[position + 2])
    return {pair: "".join(letters) for pair, letters in following.items()}


def coined(rng: random.Random, source: tuple[str, ...]) -> str:
    """A word that sounds like those of a list but mostly is none."""
    following = markov(source)
    while True:
        word = "  "
        while len(word) < 14 and (letter := rng.choice(following[word[-2:]])) != "\n":
            word += letter
        if 3 < len(word.strip()) < 11 and " " not in word.strip():
            return word.strip().capitalize()


class Values:
    """Draws values for slots of one language; `held_out`: only held-out values, else only others."""

    def __init__(self, language: str, rng: random.Random, held_out: bool) -> None:
        self.language = language
        self.rng = rng
        self.held_out = held_out

    def pick(self, source: Sequence[str]) -> str:
        """A value of a list from this side of the split (any, if it draws none in a dozen tries)."""
        for _ in range(12 if not self.held_out else 60):
            value = self.rng.choice(source)
            if is_held_out(value) == self.held_out:
                break
        return value

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def number(self, least: int, most: int) -> str:
        return str(self.rng.randint(least, most))

    def digits(self, count: int) -> str:
        return "".join(self.rng.choices("0123456789", k=count))

    def person(self, attribute: str) -> str:
        """A given name or surname: Faker's, one of the word lists (English), or a coined one."""
        draw = self.rng.random()
        if self.language == "en" and draw < 0.25:
            return capitalized(self.pick(lexicon("given_names" if attribute == "first_names" else "surnames")))
        locale = self.rng.choice(LOCALES[self.language])
        latin = attribute.replace("names", "romanized_names")
        names = faker_list("person", locale, latin) or faker_list("person", locale, attribute)
        if len(names) < 3:
            names = faker_list("person", locale, f"unisex_{attribute}")
        if locale == "is_IS" and attribute == "last_names":
            return self.pick(faker_list("person", locale, "first_names")) + self.rng.choice(("sson", "sdóttir"))
        if len(names) < 3:
            names = faker_list("person", _MAIN[self.language], attribute)
        return coined(self.rng, names) if draw > 0.92 and len(names) > 100 else self.pick(names)

    def first(self) -> str:
        return self.person("first_names")

    def last(self) -> str:
        return self.person("last_names")

    def city(self) -> str:
        draw = self.rng.random()
        listed = data_list(self.language, "cities") or tuple(capitalized(city) for city in lexicon("cities"))
        if draw < 0.6:
            return self.pick(listed)
        if draw < 0.76:
            locale = self.rng.choice(_CITY_LOCALES[self.language])
            return self.pick(faker_list("address", locale, "cities")).title()
        if draw < 0.88 and self.language == "en":
            return self._english_city()
        if draw < 0.91:
            return f"{coined(self.rng, listed)} {self.rng.choice(_RIVERSIDE)} {coined(self.rng, listed)}"
        return coined(self.rng, listed)

    def _english_city(self) -> str:
        ending = self.rng.choice(faker_list("address", "en_US", "city_suffixes"))
        stem = self.rng.choice((self.first, self.last))()
        prefix = self.rng.choice(("North ", "New ", "Port ", "Lake ", "West ", "South ", "East ", "", "", ""))
        return f"{prefix}{stem}{ending}"

    def company(self) -> str:
        """An organization: a known one, or one named in one of the manners in which they are."""
        ways = (self._known, self._suffixed, self._partners, self._coinage, self._institution, self._plain_words)
        return self.rng.choices(ways, (28, 25, 8, 18, 10, 11))[0]()

    def _known(self) -> str:
        return self.pick(data_list(self.language, "companies") + tuple(map(capitalized, lexicon("companies"))))

    def _suffixed(self) -> str:
        """ "Miller Bank", "Northern Telecom", "Palermo Foods"."""
        suffix = self.rng.choice(data_list(self.language, "company_suffixes"))
        kinds = data_list(self.language, "company_words")
        ways = (self.last, self.last, self.first, self.city, lambda: self.rng.choice(kinds), self._coined)
        name = f"{self.rng.choice(ways)()} {suffix}"
        return f"{self.rng.choice(('The ', 'the '))}{name}" if self.chance(0.04) else name

    def _partners(self) -> str:
        """Firms named after people: "Ortiz-Lane", "Webb, Kaur and Holm", "Lane & Sons"."""
        people = [self.last() for _ in range(self.rng.choice((2, 2, 3)))]
        if len(people) == 2:
            return self.rng.choice((" and ", " & ", "-", "-", "-")).join(people)
        return f"{', '.join(people[:2])} {self.rng.choice(('and', '&', 'and'))} {people[2]}"

    def _coined(self) -> str:
        return coined(self.rng, lexicon("companies"))

    def _coinage(self) -> str:
        """A made-up word: "Verdanta", "Bookly", "DataHarbor", "RTX", "4Corners"."""
        draw = self.rng.random()
        if draw < 0.3:
            return self._coined()
        if draw < 0.4:
            return "".join(self.rng.choices("ABCDEFGHIKLMNOPRSTVW", k=self.rng.choice((2, 3, 3, 4))))
        stem = self.word() if draw < 0.85 else self._coined()
        if draw < 0.45:
            return f"{self.number(1, 30)}{self.rng.choice(('', ' '))}{stem.capitalize()}"
        endings = data_list(self.language, "company_endings") or (
            "soft",
            "net",
            "tech",
            "data",
            "ia",
            "eo",
            "is",
            "lab",
        )
        end = self.rng.choice(endings if self.chance(0.7) else everyday(self.language))
        return stem.capitalize() + (end if self.chance(0.7) else end.capitalize())

    def _institution(self) -> str:
        pattern = self.rng.choice(data_list(self.language, "institutions"))
        return pattern.replace("%", self.city() if self.chance(0.6) else self.last())

    def _plain_words(self) -> str:
        """Named with everyday words: "Open Data Nation", "The Garden Report", "Loudly"."""
        words = [self.word().capitalize() for _ in range(self.rng.choice((1, 2, 2, 2, 2, 3)))]
        nouns = data_list(self.language, "company_nouns")
        if nouns and self.chance(0.5):
            words.append(self.rng.choice(nouns))
        if len(words) > 1 and self.chance(0.1):
            words.insert(0, self.rng.choice(("The", "the", "Department of", "Society for")))
        return " ".join(words)

    def word(self) -> str:
        """An everyday word as dictionaries list it."""
        return self.pick(lexicon("common_words") if self.language == "en" else everyday(self.language))

    def listed(self, name: str, *lists: str) -> str:
        """A value of the language's own list `name`; for English also of the project's word lists."""
        own = data_list(self.language, name)
        if self.language == "en" and lists:
            own = own + lexicon(*lists)
        return self.pick(own)


Slot = Callable[[Values], str]
