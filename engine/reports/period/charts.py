"""Where the parts of a chart stand: plain geometry in a box of WIDTH x HEIGHT, which the template draws as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640.0, 170.0
_GAP = 0.28
"""Share of a column's room that stays empty."""
_MOST_LABELS = 7


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """`points`: for a polyline, one string for each unbroken stretch; `dots`: every known value; `last`: its text."""

    points: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    last: str


def columns(values: Sequence[float], titles: Sequence[str], highest: float | None = None) -> list[Bar]:
    """Bars that stand on the ground; the highest value (or `highest`) fills the box."""
    top = max(highest or 0.0, *values, 0.0) if values else 0.0
    slot = WIDTH / max(len(values), 1)
    return [
        _bar(number, slot, 0.0, HEIGHT * value / top if top else 0.0, title)
        for number, (value, title) in enumerate(zip(values, titles, strict=True))
    ]


def stacked(shares: Sequence[Sequence[float | None]], titles: Sequence[str]) -> list[list[Bar]]:
    """For each part the bars of all columns, the first at the foot; a column of unknown shares stays empty."""
    slot = WIDTH / max(len(shares), 1)
    parts: list[list[Bar]] = [[] for _ in (shares[0] if shares else ())]
    for number, (column, title) in enumerate(zip(shares, titles, strict=True)):
        foot = 0.0
        for part, share in enumerate(column):
            height = HEIGHT * (share or 0.0)
            parts[part].append(_bar(number, slot, foot, height, title))
            foot += height
    return parts


def _bar(number: int, slot: float, foot: float, height: float, title: str) -> Bar:
    width = slot * (1 - _GAP)
    return Bar(_round(number * slot + slot * _GAP / 2), _round(HEIGHT - foot - height), _round(width),
               _round(height), title)  # fmt: skip


def line(values: Sequence[float | None], low: float, high: float, last: str) -> Line:
    """A line from `low` at the foot to `high` at the top, broken where nothing is known."""
    slot = WIDTH / max(len(values), 1)
    stretches: list[list[tuple[float, float]]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            stretches.append([])
        else:
            share = min(max((value - low) / (high - low), 0.0), 1.0)
            stretches[-1].append((_round((number + 0.5) * slot), _round(HEIGHT * (1 - share))))
    dots = tuple(dot for stretch in stretches for dot in stretch)
    points = tuple(" ".join(f"{x},{y}" for x, y in stretch) for stretch in stretches if len(stretch) > 1)
    return Line(points, dots, last)


def labels(texts: Sequence[str]) -> list[Label]:
    """Under the columns; of many, every second, third …"""
    slot = WIDTH / max(len(texts), 1)
    every = max(1, math.ceil(len(texts) / _MOST_LABELS))
    return [Label(_round((number + 0.5) * slot), text) for number, text in enumerate(texts) if number % every == 0]


def _round(value: float) -> float:
    return round(value, 2)
