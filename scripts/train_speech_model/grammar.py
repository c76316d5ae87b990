"""Generated text, all of it written as spoken, of three kinds: templates with slots (text/<language>.toml), filled
recursively; written sentences (text/written/<language>.txt), some of them crossed; random words.

Built-in slots, over those that a file defines: first_name, last_name, city (Faker); number:A-B and ordinal:A-B in words
(num2words); digits:A-B, read one by one; letters:A-B, spelled; word and words:A-B, open vocabulary by frequency
(wordfreq). `{slot:lower}` gives lower case.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from scripts.train_speech_model.languages import TRAINED

if TYPE_CHECKING:
    from faker import Faker

TEXT = Path(__file__).parent / "text"
OPEN_VOCABULARY = 12_000
SHARES = {"written": 0.5, "open": 0.25, "templated": 0.25}
"""Of the sentences: from written ones the model learns where words begin and end in running speech; random words keep
it from writing what it did not hear."""
NEW_SHARES = {"open": 0.4, "templated": 0.6}
"""For evaluation: without the written ones, since those would be known from training."""
CROSSED_SENTENCES = 0.5
"""Of the written ones."""
MAX_CHARACTERS = 130
_SLOT = re.compile(r"\{(\w+)(?::([\w-]+))?\}")
_SPOKEN = re.compile(r"[^\W\d_](?:[^\W\d_]|[ ,.'?!¿¡-])+")


class Grammar:
    """Sentences of one language, their kinds by `shares`. The same `random` gives the same sentences."""

    def __init__(self, language: str, random: Random, shares: Mapping[str, float] = SHARES) -> None:
        stated = tomllib.loads((TEXT / f"{language}.toml").read_text(encoding="utf-8"))
        self._language, self._random, self._shares = language, random, shares
        self._templates: list[str] = stated["templates"]
        self._slots: dict[str, list[str]] = stated["slots"]
        self._faker = _faker(TRAINED[language].locales)
        self._faker.seed_instance(random.getrandbits(32))
        self._words, self._weights = _open_vocabulary(language)
        self._written = [line.split() for line in _lines(TEXT / "written" / f"{language}.txt")]
        self._places = _places_of_words(self._written)
        self._held_out = set().union(*map(runs_of_five, held_out(language)))
        self._built_in: dict[str, Callable[[str], str]] = {
            "first_name": lambda _: self._faker.first_name(),
            "last_name": lambda _: self._faker.last_name(),
            "city": lambda _: self._faker.city(),
            "number": lambda span: self._in_words(span, "cardinal"),
            "ordinal": lambda span: self._in_words(span, "ordinal"),
            "digits": lambda span: self._read_out(self._drawn(span)),
            "letters": lambda span: self._spelled(self._drawn(span)),
            "word": lambda _: self._word(),
            "words": lambda span: " ".join(self._word() for _ in range(self._drawn(span))),
        }

    def sentence(self) -> str:
        """One sentence or, rarely, two; only letters, spaces and the punctuation of speech; nothing held out."""
        kinds = {"written": self._written_sentence, "open": self._open_sentence, "templated": self._templated}
        while True:
            text = kinds[self._random.choices(list(self._shares), list(self._shares.values()))[0]]()
            spoken = _SPOKEN.fullmatch(text.lstrip("¿¡")) and len(text) <= MAX_CHARACTERS
            if spoken and self._held_out.isdisjoint(runs_of_five(text)):
                return text

    def _written_sentence(self) -> str:
        """A written sentence, or the beginning of one and the end of another that cross at a word of both."""
        words = self._random.choice(self._written)
        if len(words) > 2 and self._random.random() < CROSSED_SENTENCES:
            place = self._random.randrange(1, len(words) - 1)
            other, other_place = self._random.choice(self._places[words[place]])
            words = words[:place] + other[other_place:]
        return " ".join(words)

    def _templated(self) -> str:
        text = self._filled(self._random.choice(self._templates))
        return text[0].upper() + text[1:]

    def _open_sentence(self) -> str:
        words = [self._word() for _ in range(self._random.randint(2, 12))]
        if len(words) > 6 and self._random.random() < 0.4:
            words[self._random.randint(1, len(words) - 3)] += ","
        text = " ".join(words)
        return text[0].upper() + text[1:] + self._random.choice("....?!")

    def _filled(self, template: str) -> str:
        return _SLOT.sub(lambda slot: self._value(slot[1], slot[2] or ""), template)

    def _value(self, slot: str, option: str) -> str:
        if slot in self._slots:
            value = self._filled(self._random.choice(self._slots[slot]))
        else:
            value = self._built_in[slot](option)
        return value.lower() if option == "lower" else value

    def _drawn(self, span: str) -> int:
        first, _, last = span.partition("-")
        return self._random.randint(int(first), int(last or first))

    def _in_words(self, span: str, form: str) -> str:
        from num2words import num2words

        return str(num2words(self._drawn(span), lang=_num2words_name(self._language), to=form))

    def _read_out(self, count: int) -> str:
        """Digits one by one, longer numbers mostly in groups with a pause."""
        from num2words import num2words

        name = _num2words_name(self._language)
        digits = [str(num2words(self._random.randrange(10), lang=name)) for _ in range(count)]
        if self._language == "en":
            digits = ["oh" if digit == "zero" and self._random.random() < 0.15 else digit for digit in digits]
        size = self._random.choice((3, 4)) if count > 4 and self._random.random() < 0.6 else count
        return ", ".join(" ".join(digits[start : start + size]) for start in range(0, count, size))

    def _spelled(self, count: int) -> str:
        return ", ".join(self._random.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(count))

    def _word(self) -> str:
        return self._random.choices(self._words, cum_weights=self._weights)[0]


def _faker(locales: Sequence[str]) -> Faker:
    """Faker, with the cities that it takes from a set (it_IT: a list, elsewhere tuples) in an order of their own."""
    from faker import Faker

    faker = Faker(locales)
    for provider in (one for factory in faker.factories for one in factory.get_providers()):
        if isinstance(getattr(provider, "cities", None), list):
            provider.cities = sorted(provider.cities)
    return faker


@cache
def _open_vocabulary(language: str) -> tuple[list[str], list[float]]:
    """Frequent words and their cumulative weights; flatter than speech, so that rare words are met too."""
    from wordfreq import top_n_list

    letters = re.compile(f"(?=.*[aeiouyáéíóúàèìòùâêôãõäöüœ])[{TRAINED[language].letters}]{{2,15}}")
    words = [word for word in top_n_list(language, OPEN_VOCABULARY) if letters.fullmatch(word)]
    return words, list(accumulate((rank + 8) ** -0.45 for rank in range(len(words))))


def _places_of_words(sentences: list[list[str]]) -> dict[str, list[tuple[list[str], int]]]:
    """For each word the sentences, and the places there, in which it is neither the first nor the last."""
    places: dict[str, list[tuple[list[str], int]]] = {}
    for words in sentences:
        for place in range(1, len(words) - 1):
            places.setdefault(words[place], []).append((words, place))
    return places


def _num2words_name(language: str) -> str:
    return {"pt": "pt_BR"}.get(language, language)


def held_out(language: str) -> list[str]:
    """The freely written sentences of which no five words in a row are trained on."""
    return _lines(TEXT / "held_out" / f"{language}.txt")


def runs_of_five(sentence: str) -> set[tuple[str, ...]]:
    """All five words in a row, in lower case."""
    words = re.findall(r"[\w']+", sentence.lower())
    return {tuple(words[start : start + 5]) for start in range(len(words) - 4)}


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]
