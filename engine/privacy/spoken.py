"""Spoken forms as they are written, with an exact map back: digit words, spellings, dates, addresses.

"My number is four one five, double five five" -> "My number is 415555". Text without spoken forms stays as it is.
Recognizers search the written form; `NormalizedText.source_span` tells which words of the turn a find stands for.
"""

from __future__ import annotations

import re
from functools import cache

from engine.privacy import languages
from engine.privacy.languages import vocabulary
from engine.privacy.languages.words import Vocabulary
from engine.privacy.offsets import Edit, NormalizedText, apply_edits
from engine.privacy.spoken_addresses import TRIGGERS, address_edits, rewrite_names
from engine.privacy.spoken_dates import rewrite_days
from engine.privacy.spoken_runs import rewrite_runs
from engine.privacy.spoken_tokens import tokenize, word_pattern
from engine.privacy.spoken_words import rewritten

_FIGURES = re.compile(r"\d|\w\.\w")
"""Of numbers and of addresses."""

LANGUAGES = frozenset(languages.LANGUAGES)
"""Languages whose spoken forms are known; the text of others stays as it is."""


def normalize(source: str, language: str) -> NormalizedText:
    """One turn in its written form."""
    return apply_edits(source, _edits(source, language) if language in LANGUAGES else ())


def _edits(source: str, language: str) -> list[Edit]:
    if _is_written(source, vocabulary(language)):
        return []
    line = tokenize(source, language)
    edits: list[Edit] = []
    for rewrite in (rewrite_days, rewrite_runs, rewrite_names):
        made = list(rewrite(line))
        edits += [edit for found in made for edit in found.edits(line)]
        line = rewritten(line, made) if made else line
    return edits + list(address_edits(line))


def _is_written(source: str, words: Vocabulary) -> bool:
    """Whether a turn has none of the words that open a spoken form, told without taking it apart: most turns.

    Its words of one letter ("I", "a") are a spelling only where several of them, or a word that explains one, stand in
    the turn.
    """
    if words.cut or words.never_alone or _FIGURES.search(source):
        return False
    said = set(word_pattern().findall(words.fold(source)))
    letters = {word for word in said if len(word) == 1}
    return _openers(words.code).isdisjoint(said) and len(letters) < 2 and letters <= words.letter_words


@cache
def _openers(code: str) -> frozenset[str]:
    words = vocabulary(code)
    return words.openers | words.ordinals.keys() | words.signs.by_first.keys() | words.says.keys() | TRIGGERS
