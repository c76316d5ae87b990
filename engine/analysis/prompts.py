"""What the language model reads: rules and schema first, the same for every call; the transcript last, as data.

The constant half comes first so that the server's prefix cache serves it: nothing that varies (no time, id or count)
stands before the transcript. People may say anything on the phone, so their words are neutralised: they cannot close
the delimiters, forge a line number, or spell a control token of a chat template.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from engine.analysis_types import LANGUAGES
from engine.config import configs_dir
from engine.errors import ConfigurationError
from engine.types import RedactedTranscript

AnswerT = TypeVar("AnswerT", bound=BaseModel)
Message = dict[str, str]

LANGUAGE = "{language}"  # where a prompt names the language to write in
UNWRITTEN = frozenset({"additionalProperties", "required"})  # the same everywhere: the rules say it once
OPENING, CLOSING = "<transcript>", "</transcript>"
WHOLE = "The transcript is complete. Answer with the JSON object."
AGAIN = (
    "You answered questions about this transcript before, but the words that you quoted do not stand in the utterances "
    "that you cited, or somebody else said them. Read again and answer with the JSON object of the answers alone. "
    "Cite what stands there; where nothing does, the value is null."
)
PART = (
    "These lines are one part of a longer call. Judge only what they hold; what may stand in another part is null. "
    "Answer with the JSON object."
)

MARKER = re.compile(r"\[[A-Z][A-Z_]*_[0-9]+\]")
_SPEAKER_ID = re.compile(r"S[0-9]+")
_JOINERS = "\u200c\u200d"
_BRACKETS = str.maketrans("<>＜＞﹤﹥[]［］", "‹›‹›‹›()()")


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance, or a piece of a very long one, under the index of the utterance; already neutralised."""

    index: int
    label: str
    text: str

    def __str__(self) -> str:
        return f"[{self.index}] {self.label}: {self.text}"


@dataclass(frozen=True, slots=True)
class Ask(Generic[AnswerT]):
    """The constant half of a request: what is asked and in which shape. `system` is the cached prefix."""

    answer: type[AnswerT]
    schema: Mapping[str, Any]
    system: str

    def messages(self, lines: Sequence[Line], closing: str = WHOLE) -> list[Message]:
        """The request's messages; the transcript and the closing sentence are the only parts that vary."""
        body = "\n".join([OPENING, *map(str, lines), CLOSING, closing])
        return [{"role": "system", "content": self.system}, {"role": "user", "content": body}]

    def response_format(self) -> dict[str, object]:
        """The `response_format` that holds the server's grammar to the schema."""
        named = {"name": self.answer.__name__, "schema": self.schema, "strict": True}
        return {"type": "json_schema", "json_schema": named}


def ask(rules: str, answer: type[AnswerT], language: str = "") -> Ask[AnswerT]:
    """The rules in `configs/prompts/<rules>.md` followed by the answer's JSON Schema.

    `language`: code of that in which texts are to be written; that of the transcript where empty.
    """
    schema = without(answer.model_json_schema(), {"title"})
    written = json.dumps(without(schema, UNWRITTEN), ensure_ascii=False, separators=(",", ":"))
    name = LANGUAGES.get(language, "the language of the transcript")
    return Ask(answer, schema, f"{_rules(rules).replace(LANGUAGE, name)}\n{written}")


def without(schema: Any, keywords: Collection[str]) -> Any:
    """The JSON Schema without some of its keywords; properties and definitions may bear their names."""
    if isinstance(schema, list):
        return [without(each, keywords) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: without(inner, keywords) for name, inner in value.items()}
        if key in ("properties", "$defs")
        else without(value, keywords)
        for key, value in schema.items()
        if key not in keywords
    }


def transcript_lines(transcript: RedactedTranscript) -> tuple[Line, ...]:
    """One line an utterance that has text; the indexes are the utterances' own, the speakers have no names."""
    labels = speaker_labels(transcript)
    lines = (
        Line(utterance.index, f"{utterance.role}/{labels[utterance.speaker]}", neutralised(utterance.text))
        for utterance in transcript.utterances
    )
    return tuple(line for line in lines if line.text)


def speaker_labels(transcript: RedactedTranscript) -> dict[str, str]:
    """What a model calls each speaker. A known voice has a person's name, which becomes an id."""
    ids = dict.fromkeys(utterance.speaker for utterance in transcript.utterances)
    free = (label for number in itertools.count(1) if (label := f"S{number}") not in ids)
    return {each: each if _SPEAKER_ID.fullmatch(each) else next(free) for each in ids}


def neutralised(text: str) -> str:
    """`text` on one line, without control characters; angle and square brackets become harmless look-alikes.

    Angle brackets spell the delimiters and most chat templates' control tokens (`<|im_end|>`, `</s>`), square brackets
    the line numbers and the other tokens (`[INST]`). Privacy markers keep theirs.
    """
    line = one_line(text)
    pieces, position = [], 0
    for marker in MARKER.finditer(line):
        pieces += [line[position : marker.start()].translate(_BRACKETS), marker.group()]
        position = marker.end()
    pieces.append(line[position:].translate(_BRACKETS))
    return "".join(pieces)


def one_line(text: str) -> str:
    """`text` with single spaces for line breaks, control characters and runs of spaces."""
    return " ".join("".join(char if char.isprintable() or char in _JOINERS else " " for char in text).split())


def _rules(name: str) -> str:
    path = configs_dir() / "prompts" / f"{name}.md"
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"prompt {path} cannot be read: {error}", remedy="install the package again"
        ) from error
