"""Calls and texts made of templates, as labelled tokens."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from engine.privacy.word_features import TOKEN, TURN_BREAK
from scripts.train_privacy_model.grammar import Choice, Piece, draw, templates, turns
from scripts.train_privacy_model.slots import ENTITIES
from scripts.train_privacy_model.styles import styled
from scripts.train_privacy_model.values import Values

LABELS = ("O", *(f"{part}-{entity}" for entity in ENTITIES for part in "BI"))
_NUMBER_OF = {label: number for number, label in enumerate(LABELS)}


@dataclass(frozen=True, slots=True)
class Sample:
    """One call or text: its tokens, turns set apart by TURN_BREAK, and the number of the label of each."""

    language: str
    tokens: list[str]
    labels: list[int]


@cache
def _files(language: str) -> dict[str, list[Choice]]:
    return {name: templates(language, name) for name in ("calls", "statements", "negatives")}


def samples(language: str, count: int, seed: int, held_out: bool = False) -> Iterator[Sample]:
    """`count` calls and texts, the same for the same seed; `held_out`: of templates and values kept for evaluation."""
    rng = random.Random(f"{seed} {language} {held_out}")
    values = Values(language, rng, held_out)
    for _ in range(count):
        said = _call(language, values) if rng.random() < 0.55 else _text(language, values)
        yield labelled(language, styled(said, language, rng))


def _call(language: str, values: Values) -> list[list[Piece]]:
    """A few exchanges of a call, small talk between them; sometimes only one side of it is at hand."""
    rng = values.rng
    said: list[list[Piece]] = []
    for _ in range(rng.choice((1, 2, 2, 3, 4))):
        name = "negatives" if rng.random() < 0.3 else "calls" if rng.random() < 0.85 else "statements"
        exchange = turns(draw(rng, values.held_out, _files(language)[name]), values)
        said += exchange[-1:] if rng.random() < 0.15 else exchange
        if rng.random() < 0.1:
            said[-1:] = [[*said[-1], Piece(". "), *_sentence(language, values)]]
    return said


def _text(language: str, values: Values) -> list[list[Piece]]:
    """A turn of one to three sentences."""
    pieces = _sentence(language, values)
    for _ in range(values.rng.choice((0, 0, 1, 2))):
        pieces += [Piece(values.rng.choice((". ", ". ", ", ", "! ", "\n"))), *_sentence(language, values)]
    return [pieces]


def _sentence(language: str, values: Values) -> list[Piece]:
    name = values.rng.choices(("statements", "negatives", "calls"), (55, 35, 10))[0]
    return turns(draw(values.rng, values.held_out, _files(language)[name]), values)[-1]


def labelled(language: str, said: Sequence[list[Piece]]) -> Sample:
    """The turns as tokens; a token belongs to the piece that its first character stands in."""
    tokens: list[str] = []
    labels: list[int] = []
    for turn in said:
        text = "".join(piece.text for piece in turn)
        owners = [number for number, piece in enumerate(turn) for _ in piece.text]
        before = -1
        for match in TOKEN.finditer(text):
            owner = owners[match.start()]
            entity = turn[owner].entity
            tokens.append(match[0])
            label = "O" if entity is None else f"{'I' if owner == before else 'B'}-{entity}"
            labels.append(_NUMBER_OF[label])
            before = owner
        tokens.append(TURN_BREAK)
        labels.append(0)
    return Sample(language, tokens, labels)
