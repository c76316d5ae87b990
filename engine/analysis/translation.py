"""A transcript in another language: each utterance translated, under its own index."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from engine.analysis.asking import Asker, UnusableAnswerError
from engine.analysis.chunking import split
from engine.analysis.prompts import MARKER, WHOLE, Ask, Line, ask, one_line

MAX_LINES = 40
MAX_CHARS = 2000
ANSWER_SHARE = 3
"""A part may have one token in so many of the answer's: other languages take more, and each line its frame."""

Piece = tuple[int, str | None]


class TranslatedLine(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: Annotated[int, Field(ge=0, lt=MAX_LINES)]
    text: Annotated[str, Field(max_length=MAX_CHARS)]


class Translation(BaseModel):
    """The lines of a part, each under the number that it has in the request."""

    model_config = ConfigDict(extra="forbid")
    lines: Annotated[list[TranslatedLine], Field(max_length=MAX_LINES)]


def translation_ask(language: str) -> Ask[Translation]:
    """`language`: a code of `analysis_types.LANGUAGES`."""
    return ask("translation", Translation, language)


def translation_parts(lines: Sequence[Line], answer_tokens: int) -> list[tuple[Line, ...]]:
    """Runs of lines, each short enough for one answer."""
    parts = split(lines, max(answer_tokens // ANSWER_SHARE, 1))
    return [part[start : start + MAX_LINES] for part in parts for start in range(0, len(part), MAX_LINES)]


def translated(asker: Asker, question: Ask[Translation], lines: Sequence[Line]) -> list[Piece]:
    """Index and translation of each line; a part that is too long to answer is read in halves.

    What is missing, or has a privacy marker that the line does not have, is asked once more and then None. Raises what
    `Asker.answer` does.
    """
    try:
        found = _asked(asker, question, lines, 0)
        missing = [number for number, text in enumerate(found) if text is None]
        for number in missing:
            found[number] = _asked(asker, question, [lines[number]], 1)[0]
    except UnusableAnswerError:
        if len(lines) == 1:
            return [(lines[0].index, None)]
        middle = len(lines) // 2
        return translated(asker, question, lines[:middle]) + translated(asker, question, lines[middle:])
    return [(line.index, text) for line, text in zip(lines, found, strict=True)]


def by_utterance(pieces: Sequence[Piece], utterances: int) -> tuple[str | None, ...]:
    """The translation of each utterance; None where a piece of it is missing, or it has no text."""
    texts: dict[int, list[str]] = defaultdict(list)
    for index, text in pieces:
        texts[index].append(text or "")
    found = {index: " ".join(parts) for index, parts in texts.items() if all(parts)}
    return tuple(found.get(index) for index in range(utterances))


def _asked(asker: Asker, question: Ask[Translation], lines: Sequence[Line], attempt: int) -> list[str | None]:
    numbered = [dataclasses.replace(line, index=number) for number, line in enumerate(lines)]
    answer = asker.answer(question, numbered, WHOLE, attempt)
    texts = {line.number: one_line(line.text) for line in answer.lines}
    return [_kept(texts.get(number), line) for number, line in enumerate(lines)]


def _kept(text: str | None, line: Line) -> str | None:
    """The translation, unless it is empty or invents a marker."""
    return text if text and set(MARKER.findall(text)) <= set(MARKER.findall(line.text)) else None
