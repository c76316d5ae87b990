"""An utterance's text cut into words with times, redaction markers, and what lies between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.result_types import ResultUtterance
from engine.types import Redaction, Word

_LOOK_AHEAD = 64
"""How many characters past its expected place a word is looked for, so that one odd word does not lose the rest."""


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of text. `word` gives its times, `redaction` says that it is a marker; plain space has neither."""

    text: str
    word: Word | None = None
    redaction: Redaction | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters `start`..`end` that belong to one word or marker."""

    start: int
    end: int
    word: Word | None
    redaction: Redaction | None


def tokenize(utterance: ResultUtterance, redactions: Iterable[Redaction]) -> tuple[Token, ...]:
    """The tokens of an utterance in order; their texts joined are its text, exactly, whatever the words hold."""
    words = list(_place_words(utterance.text, utterance.words))
    markers = list(_place_markers(utterance, redactions))
    tokens: list[Token] = []
    cursor = 0
    for piece in _merge(words, markers):
        if piece.start > cursor:
            tokens.append(Token(utterance.text[cursor : piece.start]))
        tokens.append(Token(utterance.text[piece.start : piece.end], piece.word, piece.redaction))
        cursor = piece.end
    if cursor < len(utterance.text):
        tokens.append(Token(utterance.text[cursor:]))
    return tuple(tokens)


def _place_words(text: str, words: Sequence[Word]) -> Iterator[_Piece]:
    cursor = 0
    for word in words:
        start = text.find(word.text, cursor, cursor + len(word.text) + _LOOK_AHEAD)
        if start < 0 or not word.text:
            continue
        cursor = start + len(word.text)
        yield _Piece(start, cursor, word, None)


def _place_markers(utterance: ResultUtterance, redactions: Iterable[Redaction]) -> Iterator[_Piece]:
    """Markers in order; one that the text does not hold where the redaction says is not drawn."""
    cursor = 0
    for redaction in sorted(redactions, key=lambda item: item.start_char):
        start, end = redaction.start_char, redaction.end_char
        if cursor <= start < end and utterance.text[start:end] == redaction.marker:
            cursor = end
            yield _Piece(start, end, None, redaction)


def _merge(words: Sequence[_Piece], markers: Sequence[_Piece]) -> list[_Piece]:
    """Words and markers without overlap: a marker takes its characters, and the time of the word that it lies in."""
    pieces = []
    for marker in markers:
        over = [word for word in words if word.start < marker.end and marker.start < word.end]
        pieces.append(_Piece(marker.start, marker.end, over[0].word if over else None, marker.redaction))
    for word in words:
        if not any(word.start < marker.end and marker.start < word.end for marker in markers):
            pieces.append(word)
    return sorted(pieces, key=lambda piece: piece.start)
