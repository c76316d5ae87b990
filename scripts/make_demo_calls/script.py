"""What a demo call is made from: speakers, and lines whose personal data is marked where it stands.

In a line, `{phone_number: five five five, oh one two three}` is personal data of that entity; the rest is plain text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from scripts.synthesis import Voice

_MARKED = re.compile(r"\{(?P<entity>[a-z_]+): (?P<value>[^}]+)\}")


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Characters count in the line's plain text."""

    entity: str
    start_char: int
    end_char: int


@dataclass(frozen=True, slots=True)
class DemoSpeaker:
    """`channel`: 0 left, 1 right, None in a mono call."""

    id: str
    role: Literal["agent", "customer"]
    voice: Voice
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What one speaker says in one breath. `pause_s` after the end of the line before; negative: talks over it."""

    role: Literal["agent", "customer"]
    marked: str
    pause_s: float = 0.8

    @property
    def text(self) -> str:
        return _MARKED.sub(lambda found: found["value"], self.marked)

    @property
    def personal_data(self) -> tuple[PersonalData, ...]:
        spans, taken_out = [], 0
        for found in _MARKED.finditer(self.marked):
            start = found.start() - taken_out
            spans.append(PersonalData(found["entity"], start, start + len(found["value"])))
            taken_out += len(found.group()) - len(found["value"])
        return tuple(spans)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A call as written. `answers`: checklist id -> question id -> answer.

    `telephone`: 8 kHz mu-law in the telephone band, else 16 kHz FLAC.
    """

    id: str
    title: str
    speakers: tuple[DemoSpeaker, DemoSpeaker]
    lines: tuple[Line, ...]
    answers: Mapping[str, Mapping[str, bool | None]]
    telephone: bool = False

    def speaker(self, role: str) -> DemoSpeaker:
        return next(speaker for speaker in self.speakers if speaker.role == role)

    @property
    def channels(self) -> int:
        return 1 if self.speakers[0].channel is None else 2
