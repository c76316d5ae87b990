"""A turn cut into tokens: words, and within them the number words and signs of languages that write them together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from engine.privacy.languages import vocabulary
from engine.privacy.languages.words import Vocabulary
from engine.privacy.spoken_words import Line, Token

if TYPE_CHECKING:
    import regex

_LEAST_KANA = 3
"""Syllables like "に" (two, but also "to") count as digits from three in a row on."""
_NOT_NUMBER_WITHIN = 5
_NO_NUMBER = "."
"""Behind a word that only looks like a number; no vocabulary has such a word."""


def tokenize(source: str, language: str) -> Line:
    """The line of a turn; `language` is one of LANGUAGES."""
    words = vocabulary(language)
    folded = words.fold(source)
    spans = [found.span() for found in word_pattern().finditer(source)]
    if words.cut or words.never_alone:
        tokens = [token for span in spans for token in _pieces(source, folded, span, words)]
    else:
        tokens = [Token(source[start:end], folded[start:end], start, end) for start, end in spans]
    line = Line(source, tuple(tokens), words)
    if words.not_after:
        line = Line(source, tuple(_without_homonyms(line)), words)
    return Line(source, tuple(_with_signs(line)), words)


@cache
def word_pattern() -> regex.Pattern[str]:
    """Words, numbers and redaction markers."""
    import regex

    return regex.compile(r"\[[A-Z_]+_\d+\]|[^\W_]+(?:['’ʼ][^\W\d_]+)*")


def _pieces(source: str, folded_source: str, span: tuple[int, int], words: Vocabulary) -> Iterator[Token]:
    """The tokens of the word at `span`."""
    start, end = span
    text, folded = source[start:end], folded_source[start:end]
    if folded in words.never_alone:
        yield Token(text, f"{folded}{_NO_NUMBER}", start, end)
    elif words.cut == "anywhere":
        yield from _cut_anywhere(text, folded, start, words)
    elif words.cut == "words" and folded not in words.numbers and (cut := _whole_numbers(words.code).fullmatch(folded)):
        for piece in (*cut.captures("piece"), *filter(None, cut.captures("tail"))):
            yield Token(text[: len(piece)], piece, start, start + len(piece))
            text, start = text[len(piece) :], start + len(piece)
    else:
        yield Token(text, folded, start, end)


@cache
def _whole_numbers(code: str) -> regex.Pattern[str]:
    """Words made of number words, "einundzwanzig"; a counter ("삼월") or, behind two or more, a particle ends them."""
    import regex

    words = vocabulary(code)
    opens, more = _either([piece for piece in words.pieces if piece not in words.unit_and_tens]), _either(words.pieces)
    counters, particles = _either(sorted(words.counters, key=len, reverse=True)), _either(words.kept)
    return regex.compile(
        rf"(?P<piece>{opens})(?:(?P<piece>{more})*?(?P<tail>{counters})|(?P<piece>{more})+?(?P<tail>{particles})?)"
    )


def _either(words: Sequence[str]) -> str:
    import regex

    return "|".join(map(regex.escape, words)) or "(?!)"


@cache
def _scanner(code: str) -> regex.Pattern[str]:
    import regex

    words = vocabulary(code)
    numbers = [piece for piece in words.pieces if piece in words.numbers]
    others = [piece for piece in words.pieces if piece not in words.numbers]
    kana, figures = [piece for piece in numbers if _is_kana(piece)], [n for n in numbers if not _is_kana(n)]
    return regex.compile(
        rf"(?P<kept>{_either(words.kept)})|(?P<cut>{_either(others)})"
        rf"|(?P<numbers>(?P<piece>{_either(figures)})+|(?P<piece>{_either(kana)})+)"
        r"|(?P<written>[\p{Latin}]+|\d+)|(?P<other>.)"
    )


def _is_kana(piece: str) -> bool:
    return "ぁ" <= piece[0] <= "ゖ"


def _cut_anywhere(text: str, folded: str, start: int, words: Vocabulary) -> Iterator[Token]:
    """Number words, signs and Latin words out of a text without spaces; what is between them in one piece."""
    kept_from = 0
    for found in _scanner(words.code).finditer(folded):
        pieces = _taken(found, folded, words)
        if not pieces:
            continue
        if found.start() > kept_from:
            yield Token(
                text[kept_from : found.start()],
                folded[kept_from : found.start()],
                start + kept_from,
                start + found.start(),
            )
        position = found.start()
        for piece in pieces:
            end = position + len(piece)
            yield Token(text[position:end], piece, start + position, start + end)
            position = end
        kept_from = found.end()
    if kept_from < len(text):
        yield Token(text[kept_from:], folded[kept_from:], start + kept_from, start + len(text))


def _taken(found: regex.Match[str], folded: str, words: Vocabulary) -> list[str]:
    """The tokens that a stretch is cut into; none if it stays part of what is around it."""
    if found["cut"] or found["written"]:
        return [found[0]]
    if not found["numbers"]:
        return []
    pieces = found.captures("piece")
    alone = found.start() == 0 and found.end() == len(folded)
    counted = any(folded.startswith(counter, found.end()) for counter in words.counters)
    long = len(pieces) >= (_LEAST_KANA if _is_kana(pieces[0]) else 2)
    return pieces if alone or counted or long else []


def _without_homonyms(line: Line) -> Iterator[Token]:
    """The tokens with those marked that look like a number but follow a word that makes them another.

    Vietnamese "tháng ba năm" is "March of the year", not "March five"; Korean "삼월 삼일" the third, not "three one".
    """
    for index, token in enumerate(line.tokens):
        owner = line.vocabulary.not_after.get(token.lower)
        before = [line.lower(index - step) for step in range(2, _NOT_NUMBER_WITHIN + 1)] if owner else []
        ends_word = line.gap(index) != "" or line.lower(index + 1) not in line.vocabulary.numbers
        counted = line.gap(index) == "" and line.lower(index + 1).startswith(token.lower)
        is_other = owner in before and ends_word and not counted
        yield token._replace(lower=f"{token.lower}{_NO_NUMBER}") if is_other else token


def _with_signs(line: Line) -> Iterator[Token]:
    """The tokens with each spoken sign as one, under its English name."""
    if not any(token.lower in line.vocabulary.signs for token in line.tokens):
        yield from line.tokens
        return
    index = 0
    while index < len(line.tokens):
        found = line.phrase(line.vocabulary.signs, index)
        if found is None:
            yield line.tokens[index]
            index += 1
        else:
            sign, last = found
            yield Token(sign, sign, line.tokens[index].start, line.tokens[last].end)
            index = last + 1
