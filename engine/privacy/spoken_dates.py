"""Spoken days: "March third" -> "March 3rd", "the third of March" -> "the 3rd of March", "premier mars" -> "1 mars"."""

from __future__ import annotations

from collections.abc import Iterator

from engine.privacy.spoken_units import Unit, number_at
from engine.privacy.spoken_words import Line, Part, Rewrite


def rewrite_days(line: Line) -> Iterator[Rewrite]:
    """Ordinals that stand beside a month; "second" and "first" elsewhere stay words."""
    end = 0
    for index, token in enumerate(line.tokens):
        if token.lower not in line.vocabulary.ordinals or index < end:
            continue
        first, value = _value(line, index)
        if first < end:
            continue
        rewrite = (
            _short_year(line, first, index, value)
            or _numbered_month(line, first, index, value)
            or _named_month(line, first, index, value)
        )
        if rewrite:
            end = rewrite.last + 1
            yield rewrite


def _short_year(line: Line, first: int, last: int, value: int) -> Rewrite | None:
    """The year as an ordinal behind its month: "maja siedemdziesiątego drugiego" -> "maja 72"."""
    words = line.vocabulary
    goes_on = value >= 20 and value % 10 == 0 and words.ordinals.get(line.lower(last + 1), 99) < 10
    if not words.ordinal_years or line.lower(first - 1) not in words.months or goes_on:
        return None
    return Rewrite((Part(first, last, f"{value:02}"),))


def _named_month(line: Line, first: int, last: int, value: int) -> Rewrite | None:
    if value > 31 or not (_month_before(line, first) or _month_after(line, last)):
        return None
    suffixes = line.vocabulary.day_suffixes
    return Rewrite((Part(first, last, f"{value}{suffixes.get(str(value), suffixes.get('else', ''))}"),))


def _numbered_month(line: Line, first: int, last: int, day: int) -> Rewrite | None:
    """Day and month as ordinals before a year: "dritter dritter fünfundachtzig" -> "3.3.85"."""
    month = line.vocabulary.ordinals.get(line.lower(last + 1), 99)
    year = (
        number_at(line, last + 2) if day <= 31 and month <= 12 and line.spaced(last) and line.near(last + 1) else None
    )
    if year is None or not _is_year(year):
        return None
    return Rewrite(
        (Part(first, last, f"{day}."), Part(last + 1, last + 1, f"{month}."), Part(last + 2, year.last, year.text))
    )


def _is_year(unit: Unit) -> bool:
    return len(unit.text) == 2 or (len(unit.text) == 4 and unit.text[:2] in ("19", "20"))


def _value(line: Line, index: int) -> tuple[int, int]:
    """The first token of the ordinal that ends at `index`, and its value."""
    value = line.vocabulary.ordinals[line.lower(index)]
    tens = line.phrase(line.vocabulary.numbers, index - 1) if index and line.near(index - 1) else None
    if tens and value < 10 and tens[1] == index - 1 and 20 <= tens[0].value < 100:
        return index - 1, tens[0].value + value
    return index, value


def _month_before(line: Line, index: int) -> bool:
    words = line.vocabulary
    month = index - 2 if line.lower(index - 1) in words.the else index - 1
    if line.lower(month) in words.unsure_months and line.lower(month - 1) in words.subjects:
        return False
    return bool(words.the) and line.lower(month) in words.months and line.spaced(month)


def _month_after(line: Line, index: int) -> bool:
    """ "third of May", "third March"; without "of", "a second may" is no date."""
    words = line.vocabulary
    after = index + 2 if line.lower(index + 1) == "day" else index + 1
    if line.lower(after) in words.of:
        return line.lower(after + 1) in words.months
    return line.lower(after) in words.months and line.lower(after) not in words.unsure_months
