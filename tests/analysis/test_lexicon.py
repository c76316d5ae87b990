"""The bundled lexicons: complete, consistent, and absent where there is none."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import get_args

import pytest

import engine.analysis
from engine.analysis.lexicon import LABELS, RARE, cue_table, languages, load_lexicon
from engine.analysis.tokens import Tokenizer
from engine.analysis_types import FaultKind, RiskKind, SaleKind

FOLDER = Path(engine.analysis.__file__).with_name("lexicons")
CUES = set(
    "formula reason want commitment done follow_up task deadline obstacle cause decision awareness consideration "
    "purchase retention empathy polite rude greeting verify refusal evasion blame hold hurry urgent distress "
    "pleased solved information feedback".split()
)


def test_the_languages_are_these() -> None:
    assert languages() == ["de", "en", "es", "fr", "it", "pt"]


@pytest.mark.parametrize("language", languages())
def test_a_lexicon_is_complete(language: str) -> None:
    raw = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    assert set(raw["cues"]) == CUES
    assert set(raw["labels"]) >= set(LABELS)
    assert set(raw["risks"]) == set(get_args(RiskKind))
    assert set(raw["sales"]) == set(get_args(SaleKind))
    assert set(raw["advice"]) == {*get_args(FaultKind), "unmet", "missed"}
    english = tomllib.loads((FOLDER / "en.toml").read_text(encoding="utf-8"))
    assert set(raw["tags"]) <= set(english["tags"])  # one set of tags for all languages, so that searches find all


@pytest.mark.parametrize("language", languages())
def test_no_word_feels_two_ways(language: str) -> None:
    raw = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    tokenizer = Tokenizer(load_lexicon(language).inflection)
    positive, negative = (
        {
            stem
            for weight, text in raw["sentiment"].items()
            if (float(weight) > 0) is good
            for stem in tokenizer.stems(text)
        }
        for good in (True, False)
    )
    assert not positive & negative
    assert not (positive | negative) & load_lexicon(language).function_words


@pytest.mark.parametrize("language", languages())
def test_every_phrase_finds_itself(language: str) -> None:
    lexicon = load_lexicon(language)
    raw = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    tokenizer = Tokenizer(lexicon.inflection)
    tables = ((cue_table(raw), lexicon.cues), ({"deadline": raw["cues"]["deadline"]}, lexicon.deadlines))
    for table, phrases in tables:
        for key, listed in table.items():
            for phrase in listed:
                said = " ".join(word.split("/")[0] for word in phrase.split() if word != "*")
                assert key in {match.key for match in phrases.find(tokenizer.tokens(said))}, phrase


@pytest.mark.parametrize("code", ["en", "EN", "en-GB", "en_US"])
def test_a_region_does_not_matter(code: str) -> None:
    assert load_lexicon(code) is load_lexicon("en")


@pytest.mark.parametrize("code", ["nl", "ja", "xx", "", "../en"])
def test_an_unknown_language_has_an_empty_lexicon(code: str) -> None:
    lexicon = load_lexicon(code)
    assert not lexicon.known
    assert lexicon.frequency("house") == RARE
    assert not lexicon.cues.stems


def test_common_words_are_more_frequent_than_rare_ones() -> None:
    lexicon = load_lexicon("en")
    tokenizer = Tokenizer(lexicon.inflection)
    people, coffee, zebra = (lexicon.frequency(tokenizer.stems(word)[0]) for word in ("people", "coffee", "zebra"))
    assert people > coffee > zebra == RARE
