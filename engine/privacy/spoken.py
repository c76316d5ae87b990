"""Spoken forms of English as they are written, with an exact map back: digit words, spellings, dates, addresses.

"My number is four one five, double five five" -> "My number is 415555". Text without spoken forms stays as it is.
Recognizers search the written form; `NormalizedText.source_span` tells which words of the turn a find stands for.
"""

from __future__ import annotations

from engine.privacy.offsets import Edit, NormalizedText, apply_edits
from engine.privacy.spoken_addresses import address_edits
from engine.privacy.spoken_dates import rewrite_days
from engine.privacy.spoken_runs import rewrite_runs
from engine.privacy.spoken_words import rewritten, tokenize

LANGUAGES = frozenset({"en"})
"""Languages whose spoken forms are known; the text of others stays as it is."""


def normalize(source: str, language: str) -> NormalizedText:
    """One turn in its written form."""
    return apply_edits(source, _edits(source) if language in LANGUAGES else ())


def _edits(source: str) -> list[Edit]:
    line = tokenize(source)
    days = list(rewrite_days(line))
    dated = rewritten(line, days)
    runs = list(rewrite_runs(dated))
    edits = [edit for rewrite in days for edit in rewrite.edits(line)]
    edits += [edit for rewrite in runs for edit in rewrite.edits(dated)]
    return edits + list(address_edits(rewritten(dated, runs)))
