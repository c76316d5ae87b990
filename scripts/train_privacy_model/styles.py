"""How a turn is put down: as written text, as a speech recognizer writes it, or as typed in haste in a chat."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from scripts.train_privacy_model.grammar import Piece
from scripts.train_privacy_model.values import coined, data_list, everyday

_PUNCTUATION = re.compile(r"[^\w\s'’@$€£%+-]|(?<=\s)-|-(?=\s)")
_MISHEARD_RATE = 0.012
"""How often a recognizer writes an everyday word as a word that is none."""

_DIGITS = {
    "en": "zero one two three four five six seven eight nine",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun",
}

Style = Callable[[list[Piece], str, random.Random], list[Piece]]


def styled(turns: Sequence[list[Piece]], language: str, rng: random.Random) -> list[list[Piece]]:
    """The turns of one call in one style, which all of them share."""
    style = rng.choices((written, spoken, typed, spoken_cased, shouted), (34, 34, 18, 11, 3))[0]
    return [style(_strewn(turn, language, rng), language, rng) for turn in turns]


def written(turn: list[Piece], language: str, rng: random.Random) -> list[Piece]:
    """Sentences begin with a capital and mostly end with a full stop."""
    text: list[Piece] = []
    opening = True
    for piece in turn:
        shown = _sentence_case(piece.text, opening, language) if not piece.entity or opening else piece.text
        text.append(Piece(shown, piece.entity))
        opening = bool(re.search(r"[.?!]\s*$", shown)) if shown.strip() else opening
    last = text[-1] if text else Piece("")
    if rng.random() < 0.7 and not re.search(r"[.?!]\s*$", last.text):
        text.append(Piece("."))
    return text


def spoken(turn: list[Piece], language: str, rng: random.Random) -> list[Piece]:
    """Lower case, no punctuation, fillers; rarely numbers as words."""
    digits = dict(zip("0123456789", _DIGITS[language].split(), strict=True)) if rng.random() < 0.1 else {}
    pieces = []
    for piece in _with_fillers(turn, language, rng):
        plain = _PUNCTUATION.sub(" " if piece.entity else "", piece.text.lower()).replace("\n", " ")
        if not piece.entity:
            plain = " ".join(_misheard(word, language, rng) for word in plain.split(" "))
        if digits:
            plain = re.sub(r"\d", lambda match: f" {digits[match[0]]} ", plain)
        pieces.append(Piece(plain, piece.entity))
    return pieces


def spoken_cased(turn: list[Piece], language: str, rng: random.Random) -> list[Piece]:
    """As recognizers write that set capitals and full stops."""
    return written(_with_fillers(turn, language, rng), language, rng)


def typed(turn: list[Piece], language: str, rng: random.Random) -> list[Piece]:  # noqa: ARG001
    """Lower case, some punctuation, slips of the fingers."""
    pieces = []
    keeps = rng.random() < 0.5
    for piece in turn:
        text = piece.text.lower() if rng.random() < 0.93 else piece.text
        text = text if keeps else _PUNCTUATION.sub("", text)
        words = [_slipped(word, rng) if rng.random() < 0.04 else word for word in text.split(" ")]
        pieces.append(Piece(" ".join(words), piece.entity))
    return pieces


def shouted(turn: list[Piece], language: str, rng: random.Random) -> list[Piece]:  # noqa: ARG001
    """All in capitals, or Every Word With One."""
    change = rng.choice((str.upper, str.title))
    return [Piece(change(piece.text), piece.entity) for piece in turn]


def _sentence_case(text: str, opening: bool, language: str) -> str:
    if language == "en":
        text = re.sub(r"\bi\b(?!\.)", "I", text)
    text = re.sub(r"([.?!]\s+)(\w)", lambda match: match[1] + match[2].upper(), text)
    return re.sub(r"^(\W*)(\w)", lambda match: match[1] + match[2].upper(), text) if opening else text


def _with_fillers(turn: list[Piece], language: str, rng: random.Random) -> list[Piece]:
    fillers = data_list(language, "fillers")
    pieces: list[Piece] = []
    for piece in turn:
        if rng.random() < 0.06:
            pieces.append(Piece(f" {rng.choice(fillers)} "))
        pieces.append(piece)
    return pieces


def _strewn(turn: list[Piece], language: str, rng: random.Random) -> list[Piece]:
    """The turn with a few everyday words put in, left out or exchanged, so that no exact wording is learned."""
    pool = everyday(language)
    rate = rng.choice((0.0, 0.0, 0.02, 0.05))
    pieces = []
    for piece in turn:
        if piece.entity or not rate:
            pieces.append(piece)
            continue
        words: list[str] = []
        for word in piece.text.split(" "):
            draw = rng.random()
            if word.isalpha() and draw < rate:
                words += (
                    [rng.choice(pool)] if draw < rate / 2 else [word, rng.choice(pool)] if draw < rate * 0.8 else []
                )
            else:
                words.append(word)
        pieces.append(Piece(" ".join(words), None))
    return pieces


def _misheard(word: str, language: str, rng: random.Random) -> str:
    """The word, rarely as another one that sounds like words of the language but mostly is none."""
    if len(word) < 4 or not word.isalpha() or rng.random() > _MISHEARD_RATE:
        return word
    return _slipped(word, rng) if rng.random() < 0.5 else coined(rng, everyday(language)).lower()


def _slipped(word: str, rng: random.Random) -> str:
    """The word with a letter left out, doubled, exchanged or swapped with the next."""
    if len(word) < 4 or not word.isalpha():
        return word
    at = rng.randrange(1, len(word) - 1)
    return rng.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + rng.choice("aeioustrn") + word[at + 1 :],
        )
    )
