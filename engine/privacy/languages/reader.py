"""Reads the TOML file of a language into its vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.privacy.languages.words import NumberWord, Phrases, Sign, Vocabulary, without_marks


def listed(text: str) -> tuple[str, ...]:
    """The entries of a list in a file, alternatives one by one."""
    return tuple(part.strip() for entry in text.split(",") for part in entry.split("/") if part.strip())


class Reader:
    """Reads the sections of one file, folding every word as texts are folded."""

    def __init__(self, code: str, data: Mapping[str, Any]) -> None:
        self.code = code
        self.data = data
        self.folds = bool(data.get("fold", False))

    def _get(self, section_name: str, key: str) -> Any:
        return self.data.get(section_name, {}).get(key, "")

    def fold(self, text: str) -> str:
        lowered = text.lower()
        return without_marks(lowered) if self.folds else lowered

    def words(self, section_name: str, key: str) -> tuple[str, ...]:
        return listed(self.fold(self._get(section_name, key)))

    def set(self, section_name: str, key: str) -> frozenset[str]:
        return frozenset(self.words(section_name, key))

    def table(self, section_name: str, key: str) -> dict[str, Any]:
        """A table of words to values, with alternatives as words of their own."""
        found = self._get(section_name, key) or {}
        return {word: value for entry, value in found.items() for word in listed(self.fold(entry))}

    def row(self, section_name: str, key: str) -> Iterator[tuple[int, str]]:
        """The words of a list with the position of their entry."""
        text = self.fold(self._get(section_name, key))
        for position, entry in enumerate(text.split(",") if text else ()):
            for word in listed(entry):
                yield position, word

    def numbers(self) -> dict[str, NumberWord]:
        """The words of every number, with what may follow them."""
        wide = self.set("numbers", "wide")
        bare = self.set("numbers", "bare")
        found = {word: NumberWord(value) for value, word in self.row("numbers", "count")}
        for place, word in self.row("numbers", "tens"):
            found[word] = NumberWord(20 + 10 * place, 20 if word in wide else 10)
        for place, word in self.row("numbers", "hundreds"):
            found[word] = NumberWord(100 + 100 * place, 100)
        for word, value in self.table("numbers", "more").items():
            found[word] = NumberWord(value, 10 if value >= 10 else 0)
        for word, factor in self.table("numbers", "factors").items():
            found[word] = NumberWord(factor, factor, factor, word in bare)
        return found

    def ordinals(self) -> dict[str, int]:
        endings = [ending.strip() for ending in self.fold(self._get("dates", "ordinal_endings")).split(",")]
        found: dict[str, int] = {}
        for position, stem in self.row("dates", "ordinals"):
            found |= {stem + ending: position + 1 for ending in endings}
        for position, stem in self.row("dates", "ordinal_tens"):
            found |= {stem + ending: 20 + 10 * position for ending in endings}
        return found

    def all_numbers(self) -> dict[str, NumberWord]:
        """With the ordinals that end a year ("восемьдесят пятого")."""
        found = self.numbers()
        if self._get("dates", "ordinal_years"):
            for word, value in self.ordinals().items():
                found.setdefault(word, NumberWord(value, 10 if value >= 20 else 0, ordinal=True))
        return found

    def signs(self) -> dict[str, Sign]:
        names: tuple[Sign, ...] = ("point", "slash", "plus", "dash", "underscore", "dot", "at")
        return {word: name for name in names for word in self.words("addresses", name)}

    def pieces(self) -> Iterable[str]:
        """The words of the numbers, joiners, signs: all that a token may be cut into."""
        cut = self._get("numbers", "pieces")
        yield from (word for word in self.numbers() if " " not in word)
        yield from self.words("numbers", "unit_and_tens")
        yield from listed(self.fold(cut))
        if self.data.get("cut") == "anywhere":
            yield from self.signs()
            yield from self.table("addresses", "says")

    def alphabet(self) -> dict[str, str]:
        return {word: word[0].upper() for word in self.words("letters", "alphabet")}

    def openers(self) -> Iterator[str]:
        """Besides single letters and figures."""
        for phrase in (*self.all_numbers(), *self.table("numbers", "repeats")):
            yield phrase.split()[0]
        yield from self.alphabet()
        yield from self.words("numbers", "oh")
        yield from self.words("letters", "case")

    def vocabulary(self) -> Vocabulary:
        repeated = {word: str(value) for word, value in self.table("numbers", "repeated").items()}
        fillers = dict.fromkeys(self.words("runs", "fillers"), False)
        return Vocabulary(
            code=self.code,
            folds=self.folds,
            cut=self.data.get("cut", ""),
            numbers=Phrases(self.all_numbers()),
            pieces=tuple(sorted(set(self.pieces()), key=len, reverse=True)),
            kept=tuple(sorted(self.words("numbers", "kept"), key=len, reverse=True)),
            counters=self.set("numbers", "counters"),
            tens_and=self.set("numbers", "tens_and"),
            hundred_and=self.set("numbers", "hundred_and"),
            unit_and_tens=self.set("numbers", "unit_and_tens"),
            only_before_factor=self.set("numbers", "only_before_factor"),
            oh=self.set("numbers", "oh"),
            ambiguous=self.set("numbers", "ambiguous"),
            repeats=Phrases(self.table("numbers", "repeats")),
            repeat_links=self.set("numbers", "repeat_links"),
            repeated=repeated,
            not_after=self.table("numbers", "not_after"),
            never_alone=self.set("numbers", "never_alone"),
            number_openers=self.set("numbers", "openers"),
            before_one=self.set("runs", "before_one"),
            after_one=self.set("runs", "after_one"),
            counted=self.set("runs", "counted"),
            year_openers=self.set("dates", "year_openers"),
            fillers=Phrases(fillers | dict.fromkeys(self.words("runs", "corrections"), True)),
            explains=Phrases(
                dict.fromkeys(self.words("letters", "explains"), False)
                | dict.fromkeys(self.words("letters", "explains_any"), True)
            ),
            alphabet=self.alphabet(),
            letter_case=self.set("letters", "case"),
            letter_words=self.set("letters", "words"),
            ordinals=self.ordinals(),
            ordinal_years=bool(self._get("dates", "ordinal_years")),
            months={word: place + 1 for place, word in self.row("dates", "months")},
            unsure_months=self.set("dates", "unsure_months"),
            of=self.set("dates", "of"),
            the=self.set("dates", "the"),
            subjects=self.set("dates", "subjects"),
            day_suffixes=self.table("dates", "day_suffixes"),
            signs=Phrases(self.signs()),
            says=self.table("addresses", "says"),
            common=self.set("addresses", "common"),
            email_cues=self.set("addresses", "email_cues"),
            openers=frozenset(self.openers()),
        )
