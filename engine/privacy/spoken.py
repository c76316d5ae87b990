"""Spoken forms as they are written, with an exact map back: digit words, spellings, dates, addresses.

"My number is four one five, double five five" -> "My number is 415555". Text without spoken forms stays as it is.
Recognizers search the written form; `NormalizedText.source_span` tells which words of the turn a find stands for.
"""

from __future__ import annotations

from engine.privacy import languages
from engine.privacy.offsets import Edit, NormalizedText, apply_edits
from engine.privacy.spoken_addresses import address_edits, rewrite_names
from engine.privacy.spoken_dates import rewrite_days
from engine.privacy.spoken_runs import rewrite_runs
from engine.privacy.spoken_tokens import tokenize
from engine.privacy.spoken_words import rewritten

LANGUAGES = frozenset(languages.LANGUAGES)
"""Languages whose spoken forms are known; the text of others stays as it is."""


def normalize(source: str, language: str) -> NormalizedText:
    """One turn in its written form."""
    return apply_edits(source, _edits(source, language) if language in LANGUAGES else ())


def _edits(source: str, language: str) -> list[Edit]:
    line = tokenize(source, language)
    edits: list[Edit] = []
    for rewrite in (rewrite_days, rewrite_runs, rewrite_names):
        made = list(rewrite(line))
        edits += [edit for found in made for edit in found.edits(line)]
        line = rewritten(line, made) if made else line
    return edits + list(address_edits(line))
