"""Calls longer than the context window: split at utterance borders into parts that fit."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable, Iterator, Sequence

from engine.analysis.prompts import Line

LETTERS_PER_TOKEN = 3.0
BYTES_PER_TOKEN = 2.0
LINE_TOKENS = 1

_PLAIN = re.compile(r"[^A-Za-z ]+")


def estimate_tokens(text: str) -> int:
    """Tokens of `text`, on the high side.

    Byte-level vocabularies put 3 to 5 English letters into a token and about 2 bytes of other scripts; several recent
    ones give each digit its own. Signs count one each.
    """
    plain = len(_PLAIN.sub("", text))
    ascii_chars = len(text.encode("ascii", "ignore"))
    other_bytes = len(text.encode("utf-8", "replace")) - ascii_chars
    return math.ceil(plain / LETTERS_PER_TOKEN + (ascii_chars - plain) + other_bytes / BYTES_PER_TOKEN)


def line_tokens(lines: Iterable[Line]) -> int:
    return sum(_cost(line) for line in lines)


def split(lines: Sequence[Line], budget_tokens: int) -> tuple[tuple[Line, ...], ...]:
    """Parts of about equal size, none over the budget, each a run of whole lines in order.

    A line that alone is over the budget is cut between words into pieces that keep its index.
    """
    pieces = [piece for line in lines for piece in _pieces(line, budget_tokens)]
    total = line_tokens(pieces)
    target = total / max(math.ceil(total / max(budget_tokens, 1)), 1)
    parts: list[list[Line]] = []
    spent = math.inf
    for piece in pieces:
        if spent >= target or spent + _cost(piece) > budget_tokens:
            parts.append([])
            spent = 0
        parts[-1].append(piece)
        spent += _cost(piece)
    return tuple(map(tuple, parts))


def _cost(line: Line) -> int:
    return estimate_tokens(str(line)) + LINE_TOKENS


def _pieces(line: Line, budget_tokens: int) -> Iterator[Line]:
    if _cost(line) <= budget_tokens or len(line.text) < 2:
        yield line
        return
    cut = _cut(line.text)
    for half in (line.text[:cut].rstrip(), line.text[cut:].lstrip()):
        yield from _pieces(dataclasses.replace(line, text=half), budget_tokens)


def _cut(text: str) -> int:
    """Where to cut near the middle: at a space, else (scripts without spaces) anywhere but inside a marker."""
    middle = len(text) // 2
    space = text.rfind(" ", 1, middle + 1)
    if space < 0:
        space = text.find(" ", middle)
    if space > 0:
        return space
    opening, closing = text.rfind("[", 1, middle), text.find("]", middle)
    inside = opening > 0 and closing > 0 and "]" not in text[opening:middle]
    return opening if inside else middle
