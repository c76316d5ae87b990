"""What the extractive analysis knows of a language: `lexicons/<code>.toml`, read once."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.analysis.phrases import KeyT, Phrases
from engine.analysis.tokens import Inflection, Tokenizer, Vocabulary, normalized

RARE = 3.5
"""Zipf frequency of a word that the background list does not hold (about three in a million words)."""

LABELS: Mapping[str, str] = {
    "agent": "Agent",
    "customer": "Customer",
    "positive": "positive",
    "neutral": "neutral",
    "negative": "negative",
    "changed": "{start} → {end}",
    "steady": "{start}",
}
_FOLDER = Path(__file__).with_name("lexicons")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words and phrases of one language, all as stems. An unknown language has an empty one.

    `weak_words` may be missing from a phrase, `function_words` never carry a topic, `conversation_words` are common to
    all calls, `domain_words` are what calls tend to be about; `empty_words`: of the first two, those that are none of
    the third. `frequencies` are on the Zipf scale (log10 of occurrences
    in a billion words). Cues of the tables `[risks]`, `[sales]` and `[tags]` are named after table and kind:
    "risk.churn", "sale.upgrade", "tag.billing". `advice`: sentences for coaching, by kind of fault.
    """

    language: str
    inflection: Inflection = field(default_factory=Inflection)
    labels: Mapping[str, str] = field(default_factory=lambda: LABELS)
    negators: frozenset[str] = frozenset()
    boosters: frozenset[str] = frozenset()
    dampeners: frozenset[str] = frozenset()
    weak_words: frozenset[str] = frozenset()
    function_words: frozenset[str] = frozenset()
    conversation_words: frozenset[str] = frozenset()
    domain_words: frozenset[str] = frozenset()
    empty_words: frozenset[str] = frozenset()
    product_words: frozenset[str] = frozenset()
    frequencies: Mapping[str, float] = field(default_factory=dict)
    sentiments: Mapping[str, float] = field(default_factory=dict)
    sentiment_phrases: Phrases[float] = field(default_factory=lambda: Phrases((), Tokenizer(Inflection())))
    cues: Phrases[str] = field(default_factory=lambda: Phrases((), Tokenizer(Inflection())))
    deadlines: Phrases[str] = field(default_factory=lambda: Phrases((), Tokenizer(Inflection())))
    advice: Mapping[str, str] = field(default_factory=dict)
    tokenizer: Tokenizer = field(default_factory=lambda: Tokenizer(Inflection()))

    @property
    def known(self) -> bool:
        """Whether there is a lexicon for the language at all."""
        return bool(self.function_words)

    def frequency(self, stem: str) -> float:
        return self.frequencies.get(stem, RARE)

    def tokenizer_with(self, stems: Collection[str]) -> Tokenizer:
        """One that mends misheard words that the analysis or the caller looks for, but no known word."""
        phrases = self.cues.stems | self.deadlines.stems | self.sentiment_phrases.stems
        sought = phrases | self.sentiments.keys() | frozenset(stems)
        known = self.function_words | self.conversation_words | self.domain_words | self.frequencies.keys()
        return Tokenizer(self.inflection, Vocabulary(sought, known))

    def phrases(self, entries: Iterable[tuple[KeyT, str]]) -> Phrases[KeyT]:
        """Phrases of the user's own, in this language's normal form."""
        return Phrases(entries, Tokenizer(self.inflection), self.negators, self.weak_words)


def languages() -> list[str]:
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def load_lexicon(language: str) -> Lexicon:
    """The lexicon of a language code; "en-GB" is "en", and a language without one has an empty lexicon."""
    code = language.casefold().replace("_", "-").split("-")[0]
    return _read(code) if code in languages() else Lexicon(code)


@functools.cache
def _read(code: str) -> Lexicon:
    raw = tomllib.loads((_FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    inflection = _inflection(raw)
    tokenizer = Tokenizer(inflection)

    def stems(text: str) -> frozenset[str]:
        return frozenset(tokenizer.stems(text))

    words = {key: stems(" ".join(value) if isinstance(value, list) else value) for key, value in raw["words"].items()}
    negators, weak_words = words["negators"], words["weak"]

    def phrases(table: Mapping[str, list[str]]) -> Phrases[str]:
        entries = ((key, phrase) for key, listed in table.items() for phrase in listed)
        return Phrases(entries, tokenizer, negators, weak_words)

    weighted = ((float(key), phrase) for key, listed in raw["sentiment_phrases"].items() for phrase in listed)
    lexicon = Lexicon(
        language=code,
        inflection=inflection,
        labels={**LABELS, **raw["labels"]},
        negators=negators,
        boosters=words["boosters"],
        dampeners=words["dampeners"],
        weak_words=weak_words,
        function_words=words["stop"] | weak_words,
        conversation_words=words["conversation"],
        domain_words=words["domain"] | words["products"],
        empty_words=words["stop"] | weak_words | (words["conversation"] - words["domain"] - words["products"]),
        product_words=words["products"],
        frequencies=_frequencies(raw["background"], tokenizer),
        sentiments={stem: float(weight) for weight, text in raw["sentiment"].items() for stem in sorted(stems(text))},
        sentiment_phrases=Phrases(weighted, tokenizer, negators, weak_words),
        cues=phrases(cue_table(raw)),
        deadlines=phrases({"deadline": raw["cues"]["deadline"]}),
        advice=raw["advice"],
    )
    return replace(lexicon, tokenizer=lexicon.tokenizer_with(()))


def cue_table(raw: Mapping[str, Any]) -> dict[str, list[str]]:
    """All phrases that every sentence of a call is searched for, by cue; deadlines are where they matter."""
    cues = {cue: listed for cue, listed in raw["cues"].items() if cue != "deadline"}
    tables = {"risk": raw["risks"], "sale": raw["sales"], "tag": raw["tags"]}
    return cues | {f"{name}.{kind}": listed for name, table in tables.items() for kind, listed in table.items()}


def _inflection(raw: Mapping[str, Any]) -> Inflection:
    fillers = dict.fromkeys(raw.get("fillers", ()), "")
    rewrites = {normalized(word): normalized(full) for word, full in raw.get("rewrites", {}).items()}
    return Inflection(
        suffixes=tuple(sorted(raw.get("suffixes", ()), key=len, reverse=True)),
        rewrites={**fillers, **rewrites},
        fixed=frozenset(map(normalized, raw.get("fixed", ()))),
        english=raw.get("english", False),
    )


def _frequencies(bands: Mapping[str, str], tokenizer: Tokenizer) -> dict[str, float]:
    """Zipf frequency by stem; a word in two bands is as common as the higher one says."""
    frequencies: dict[str, float] = {}
    for frequency, text in sorted(bands.items()):
        frequencies.update(dict.fromkeys(tokenizer.stems(text), float(frequency)))
    return frequencies
