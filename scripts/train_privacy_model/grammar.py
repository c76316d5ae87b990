"""Templates: `(a|b|)` picks an alternative, `{slot}` and `<phrase>` stand for a value or for a line of another file."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from scripts.train_privacy_model.slots import SLOTS
from scripts.train_privacy_model.values import DATA, Values, data_list, everyday

TURN = "//"
_GENERIC_RATE = 0.12
"""How often something general stands in the place of a value, so that the place alone does not decide."""


class Piece(NamedTuple):
    """A stretch of text that is one value of an `entity`, or none."""

    text: str
    entity: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences of text and choices."""

    alternatives: tuple[tuple[str | Choice, ...], ...]


def templates(language: str, name: str) -> list[Choice]:
    """The templates of a file, one a line."""
    lines = (DATA / language / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [parsed(line) for line in lines if line.strip() and not line.startswith("#")]


@cache
def definitions(language: str) -> dict[str, Choice]:
    """What `<phrase>` and `{slot}` stand for that are no values: lines `name = a | b` of phrases.txt and slots.txt."""
    found = {}
    for name in ("phrases", "slots"):
        for line in (DATA / language / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            key, _, alternatives = line.partition(" = ")
            found[key] = parsed("|".join(part.strip() for part in alternatives.split(" | ")))
    return found


def parsed(template: str) -> Choice:
    choice, end = _choice(template, 0)
    if end != len(template):
        raise ValueError(f"template with an unbalanced bracket: {template}")
    return choice


def _choice(template: str, position: int) -> tuple[Choice, int]:
    """The alternatives from `position` up to a closing bracket or the end, and where that is."""
    alternatives: list[tuple[str | Choice, ...]] = []
    parts: list[str | Choice] = []
    text = ""
    while position < len(template) and template[position] != ")":
        character = template[position]
        if character in "(|" and text:
            parts.append(text)
            text = ""
        if character == "(":
            nested, position = _choice(template, position + 1)
            parts.append(nested)
        elif character == "|":
            alternatives.append(tuple(parts))
            parts = []
        else:
            text += character
        position += 1
    parts += [text] if text else []
    return Choice((*alternatives, tuple(parts))), position


def turns(template: Choice, values: Values) -> list[list[Piece]]:
    """A template filled: its turns as pieces."""
    found: list[list[Piece]] = [[]]
    for piece in _filled(template, values):
        for number, text in enumerate(piece.text.split(TURN)) if not piece.entity else ((0, piece.text),):
            if number:
                found.append([])
            if text:
                found[-1].append(Piece(text, piece.entity))
    return found


def _filled(template: Choice, values: Values) -> list[Piece]:
    pieces: list[Piece] = []
    for part in values.rng.choice(template.alternatives):
        pieces += _filled(part, values) if isinstance(part, Choice) else _text(part, values)
    return pieces


def _text(text: str, values: Values) -> list[Piece]:
    """A text with its slots and phrases filled."""
    pieces: list[Piece] = []
    while (start := min((text.find(mark) for mark in "{<" if mark in text), default=-1)) >= 0:
        end = text.index("}" if text[start] == "{" else ">", start)
        pieces.append(Piece(text[:start].replace("\\n", "\n")))
        pieces += _slot(text[start + 1 : end], values)
        text = text[end + 1 :]
    return [*pieces, Piece(text.replace("\\n", "\n"))]


def _slot(name: str, values: Values) -> list[Piece]:
    if name == "cond_or_proc":
        name = values.rng.choice(("cond", "proc"))
    if name in SLOTS:
        entity, fill = SLOTS[name]
        if entity and values.chance(_GENERIC_RATE):
            return [Piece(_generic(name, entity, values))]
        return [Piece(fill(values), entity)]
    return _filled(definitions(values.language)[name], values)


def _generic(name: str, entity: str, values: Values) -> str:
    """What could stand where a value does without being personal data ("my colleague", "the office")."""
    listed = data_list(values.language, f"generic_{name}") or data_list(values.language, f"generic_{entity}")
    if listed and values.chance(0.6):
        return values.rng.choice(listed)
    article = values.rng.choice(data_list(values.language, "articles"))
    return f"{article} {values.rng.choice(everyday(values.language))}".removeprefix("~ ")


def draw(rng: random.Random, held_out: bool, made: list[Choice]) -> Choice:
    """A template from this side of the split; every tenth is held out."""
    while True:
        index = rng.randrange(len(made))
        if (index % 10 == 9) == held_out:
            return made[index]
