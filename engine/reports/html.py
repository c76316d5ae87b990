"""One self-contained page a call: player, timeline, transcript, analysis. It asks nothing of any network.

The page is made of `CallResult` only, and never of `CallResult.original`, so it cannot hold text that was not redacted.
Every value is escaped by the template engine; a content security policy admits only the two blocks written here.
"""

from __future__ import annotations

import base64
import functools
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from importlib import resources
from typing import TYPE_CHECKING

from engine.analysis_types import AnalysisNotes, ChecklistResult
from engine.reports.findings import answer_mark, answer_text, moods, sections, step_mark, verdicts, yes_count
from engine.reports.labels import (
    clock,
    doubts,
    entity_name,
    file_name,
    language_name,
    marker_name,
    speaker_names,
    split_markers,
)
from engine.reports.policy import style_and_script
from engine.reports.timeline import lay_out
from engine.reports.tokens import Token, tokenize
from engine.result_types import CallResult, ResultUtterance
from engine.types import Redaction

if TYPE_CHECKING:
    from jinja2 import Template

N_COLORS = 6
"""Speakers take colors 0-5 in turn: the palette of Okabe and Ito, told apart by every kind of color vision."""


@dataclass(frozen=True, slots=True)
class Line:
    """An utterance ready to be written."""

    utterance: ResultUtterance
    tokens: tuple[Token, ...]
    speaker: str
    color: int


@dataclass(frozen=True, slots=True)
class Entity:
    """What was redacted of one kind: how many different values, and every place in order."""

    name: str
    values: int
    places: tuple[Redaction, ...]


def render_html(result: CallResult, audio_mp3: bytes | None = None) -> str:
    """The page of a call that is finished, partial, failed, empty or a chat; without `audio_mp3` it has no player."""
    names = speaker_names(result)
    colors = {speaker: number % N_COLORS for number, speaker in enumerate(names)}
    lines = _lines(result, names, colors)
    style, script = _asset("template.css"), _asset("template.js")
    return _template().render(
        result=result,
        names=names,
        colors=colors,
        lines=lines,
        timeline=lay_out(result),
        entities=_entities(result.redactions),
        notes=_notes(result),
        verdicts=verdicts(result.analysis) if result.analysis else (),
        sections=sections(result.analysis) if result.analysis else (),
        speaker_moods=moods(result.analysis) if result.analysis else (),
        answer_text=answer_text,
        answer_mark=answer_mark,
        step_mark=step_mark,
        yes_count=yes_count,
        where={line.utterance.index: line.utterance for line in lines},
        checklist=_whole_score(result),
        language=language_name(result.language),
        file_name=file_name(result),
        chat=bool(lines) and all(line.utterance.end_s is None for line in lines),
        times=_times(lines),
        audio=base64.b64encode(audio_mp3).decode("ascii") if audio_mp3 else None,
        style=style,
        script=script,
        policy=style_and_script(style, script),
    )


def _lines(result: CallResult, names: dict[str, str], colors: dict[str, int]) -> list[Line]:
    redactions: dict[int, list[Redaction]] = defaultdict(list)
    for redaction in result.redactions:
        redactions[redaction.utterance].append(redaction)
    return [
        Line(each, tokenize(each, redactions[each.index]), names[each.speaker], colors[each.speaker])
        for each in result.utterances
    ]


def _times(lines: Iterable[Line]) -> dict[str, list[list[float | None]]]:
    """Start and end of every timed word and of every utterance, in the order in which the page writes them."""
    words = [token.word for line in lines for token in line.tokens if token.word]
    return {
        "words": [[round(word.start_s, 2), round(word.end_s, 2)] for word in words],
        "utterances": [[line.utterance.start_s, line.utterance.end_s] for line in lines],
    }


def _entities(redactions: Iterable[Redaction]) -> list[Entity]:
    """By entity, the most frequent first."""
    places: dict[str, list[Redaction]] = defaultdict(list)
    for redaction in redactions:
        places[redaction.entity].append(redaction)
    entities = [Entity(name, len({each.marker for each in found}), tuple(found)) for name, found in places.items()]
    return sorted(entities, key=lambda entity: (-len(entity.places), entity.name))


def _notes(result: CallResult) -> Iterator[tuple[str, str]]:
    if result.analysis:
        for field in fields(AnalysisNotes):
            text = getattr(result.analysis.analysis_notes, field.name)
            if text:
                yield entity_name(field.name), text


def _whole_score(result: CallResult) -> float | None:
    """The mean score of all checklists, the figure in the header."""
    checklists: Iterable[ChecklistResult] = result.analysis.checklists if result.analysis else ()
    scores = [each.score for each in checklists if each.score is not None]
    return sum(scores) / len(scores) if scores else None


# --- assembling the page ----------------------------------------------------------------------------------------------


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    filters: dict[str, Callable[..., object]] = {
        "clock": clock,
        "doubts": doubts,
        "entity_name": entity_name,
        "marker_name": marker_name,
        "json_data": _json_data,
        "percent": lambda share: f"{share:.0%}".replace("%", "\u202f%"),
        "long_clock": _long_clock,
        "split_markers": split_markers,
    }
    environment.filters.update(filters)
    return environment.from_string(_asset("template.html"))


@functools.cache
def _asset(name: str) -> str:
    return resources.files("engine.reports").joinpath(name).read_text(encoding="utf-8")


def _json_data(value: object) -> str:
    """JSON that may stand inside a script element: no `</script>`, no `<!--`, no line separators."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _long_clock(seconds: float) -> str:
    """For screen readers: `83` is "1 minute 23 seconds"."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    parts = [(hours, "hour"), (minute, "minute"), (second, "second")]
    return " ".join(f"{count} {unit}{'s' * (count != 1)}" for count, unit in parts if count) or "0 seconds"
