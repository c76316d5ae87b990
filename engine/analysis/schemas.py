"""What a language model must answer: one pydantic model made from the dataclasses of the result, and its JSON Schema.

Fields, enumerations and their order are those of `Analysis`; here stand only their bounds, and in `meanings` what
they mean. Every array, string and integer is bounded, because a grammar cannot stop a model that does not stop by
itself; scores are whole numbers for the same reason (the digits of a float may go on for ever). Checklist answers are
objects keyed by question id instead of arrays: the grammar then has every question answered exactly once, in order.
What a model finds it proves: utterance indexes and a quote come before what follows from them.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, create_model

from engine.analysis.meanings import MEANINGS, NOTES
from engine.analysis_types import (
    FREE_TEXT,
    ActionItem,
    Analysis,
    AnalysisNotes,
    AskedQuestion,
    Attitude,
    Category,
    Checklist,
    ChecklistQuestion,
    OperatorFault,
    Remark,
    Risk,
    SaleSignal,
    Scores,
    Script,
    Sentiment,
)

MAX_UTTERANCE_INDEX = 99_999
MAX_SCORE = 10
MAX_NUMBER = 999_999
SPEAKER_CHARS = 16

COMPUTED = frozenset({"engine", "actions", "follow_ups", "topics", "language", "dropped_evidence"})
"""Fields of `Analysis` that code fills in."""
CORE = ("summary", "sentiment", "scores", "tone", "resolution", "priority", "funnel_stage", "categories")
"""Fields of the smallest ask."""
LEAN = (*CORE, "tags", "analysis_notes", "topic_spans", "action_items", "risks")
"""Fields of one between."""
GRIDS = ("checklists", "scripts")
"""Fields that have an answer to each question of the user's."""
FINDINGS: Mapping[str, type] = {
    "action_items": ActionItem,
    "actionable_phrases": Remark,
    "questions": AskedQuestion,
    "risks": Risk,
    "sales": SaleSignal,
    "operator_errors": OperatorFault,
    "recommendations": Remark,
}
UNQUOTED = frozenset({"actionable_phrases", "recommendations"})
"""Findings without a quote: a phrase is its own, advice may be about what nobody said."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Most characters of each kind of string, most items of each kind of array."""

    summary_chars: int
    item_chars: int
    label_chars: int
    note_chars: int
    quote_chars: int
    items: int
    evidence: int


FULL = Limits(
    summary_chars=700, item_chars=160, label_chars=40, note_chars=200, quote_chars=80, items=6, evidence=5
)  # fmt: skip
BRIEF = Limits(
    summary_chars=300, item_chars=80, label_chars=30, note_chars=80, quote_chars=60, items=3, evidence=2
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the user's own is asked beside the fixed fields."""

    checklists: tuple[Checklist, ...] = ()
    scripts: tuple[Script, ...] = ()
    categories: tuple[Category, ...] = ()


class Answer(BaseModel):
    """Shape of every answer; `answer_schema` and `grid_schema` make the bounded subclasses that a model is held to."""

    model_config = ConfigDict(extra="forbid")


def answer_schema(asked: Asked, limits: Limits = FULL, only: Collection[str] = ()) -> type[Answer]:
    """The class of answers to the fixed fields and to what is asked; its `.model_json_schema()` goes to the server.

    `limits=BRIEF` and `only` some of the fields make smaller asks. Objects are closed, enums are closed, no `pattern`,
    no recursion.
    """
    hints = typing.get_type_hints(Analysis, include_extras=True)
    names = [name for name in hints if name not in COMPUTED and (not only or name in only or name in GRIDS)]
    fields = {name: _field(name, hints[name], asked, limits) for name in names}
    return create_model("CallAnalysis", __base__=Answer, **{name: made for name, made in fields.items() if made})


def grid_schema(asked: Asked, limits: Limits) -> type[Answer]:
    """The class of answers to the checklists and scripts alone."""
    fields = {name: _field(name, None, asked, limits) for name in GRIDS}
    return create_model("GridAnswers", __base__=Answer, **{name: made for name, made in fields.items() if made})


def by_name(model: BaseModel | None) -> dict[str, Any]:
    """The values of a model by their names in the JSON."""
    if model is None:
        return {}
    return {info.alias or name: getattr(model, name) for name, info in type(model).model_fields.items()}


# --- fields -----------------------------------------------------------------------------------------------------------


def _field(name: str, hint: Any, asked: Asked, limits: Limits) -> Any:
    """Type and description of a field of the answer; None for what was not asked."""
    if name == "categories":
        return _categories(asked.categories)
    if name == "checklists":
        return _grids(name, [(each.id, each.title, _questions(each, limits)) for each in asked.checklists])
    if name == "scripts":
        return _grids(name, [(each.id, each.title, _steps(each, limits)) for each in asked.scripts])
    return _shape(name, hint, limits), Field(description=MEANINGS.get(name))


def _shape(name: str, hint: Any, limits: Limits) -> Any:
    if name == "sentiment":
        return Sentiment  # None is for a backend that does not know the language: a model does
    if name == "scores":
        return _scores()
    if name == "analysis_notes":
        return _notes(limits)
    if name == "speakers":
        return _array(_speaker(), limits.items)
    if name == "topic_spans":
        return _array(_topic(limits), limits.items)
    if name in FINDINGS:
        return _array(_finding(name, FINDINGS[name], limits), limits.items)
    chars = limits.summary_chars if name == "summary" else limits.label_chars
    return _plain(hint, chars, limits)


def _plain(hint: Any, chars: int, limits: Limits) -> Any:
    """A bounded type for one of a frozen dataclass's: free text, an enumeration, a yes or no, or a tuple of these."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated and FREE_TEXT in hint.__metadata__:
        return _string(chars)
    if origin in (Union, types.UnionType):
        kept = [_plain(each, chars, limits) for each in inner if each is not type(None)]
        return Union[(*kept, None)]
    return _array(_plain(inner[0], chars, limits), limits.items) if origin is tuple else hint


def _finding(name: str, kind: type, limits: Limits) -> type[BaseModel]:
    hints = typing.get_type_hints(kind, include_extras=True)
    told = {key: _plain(hint, limits.item_chars, limits) for key, hint in hints.items() if key != "evidence"}
    fields = _proof(limits, quoted=name not in UNQUOTED)
    fields |= {key: (shape, Field(description=MEANINGS.get(key))) for key, shape in told.items()}
    return _object(kind.__name__ if name not in UNQUOTED else name, fields)


def _proof(limits: Limits, quoted: bool = True) -> dict[str, Any]:
    index = Annotated[int, Field(ge=0, le=MAX_UTTERANCE_INDEX)]
    fields: dict[str, Any] = {"evidence": (_array(index, limits.evidence), Field(description=MEANINGS["evidence"]))}
    if quoted:
        fields["quote"] = (_string(limits.quote_chars), Field(description=MEANINGS["quote"]))
    return fields


def _scores() -> type[BaseModel]:
    score = Annotated[int, Field(ge=0, le=MAX_SCORE)] | None
    names = [field.name for field in dataclasses.fields(Scores)]
    return _object("Scores", {name: (score, Field(description=MEANINGS[name])) for name in names})


def _notes(limits: Limits) -> type[BaseModel]:
    note = _string(limits.note_chars) | None
    names = [field.name for field in dataclasses.fields(AnalysisNotes)]
    return _object("Notes", {name: (note, Field(description=NOTES[name])) for name in names})


def _speaker() -> type[BaseModel]:
    speaker = (_string(SPEAKER_CHARS), Field(description="what stands after the slash, such as S1"))
    return _object("SpeakerMood", {"speaker": speaker, "attitude": (Attitude, ...)})


def _topic(limits: Limits) -> type[BaseModel]:
    index = Annotated[int, Field(ge=0, le=MAX_UTTERANCE_INDEX)]
    span = _object("Span", {"first": (index, ...), "last": (index, ...)})
    fields = {"topic": (_string(limits.label_chars), ...), "spans": (_array(span, limits.evidence), ...)}
    return _object("TopicSpan", fields)


def _categories(categories: Sequence[Category]) -> Any:
    if not categories:
        return None
    chosen = _array(Literal[tuple(category.name for category in categories)], len(categories))
    return chosen, Field(description="; ".join(["all that fit", *filter(None, map(_described, categories))]))


def _described(category: Category) -> str:
    above = f"under {category.parent}" if category.parent else ""
    told = ", ".join(filter(None, (above, category.description)))
    return f"{category.name}: {told}" if told else ""


def _grids(name: str, grids: Sequence[tuple[str, str, type[BaseModel]]]) -> Any:
    if not grids:
        return None
    entries = [(grid_id, model, title) for grid_id, title, model in grids]
    return _keyed(name.title(), entries), Field(description=f"answers to the {name}")


def _questions(checklist: Checklist, limits: Limits) -> type[BaseModel]:
    return _keyed(checklist.id, [(each.id, _verdict(each, limits), each.text) for each in checklist.questions])


def _steps(script: Script, limits: Limits) -> type[BaseModel]:
    verdict = _object("Met", {**_proof(limits), "value": (bool | None, Field(description=_YES_NO))})
    return _keyed(script.id, [(step.id, verdict, step.title) for step in script.steps])


_YES_NO = "true, false, or null where the call does not tell"


def _verdict(question: ChecklistQuestion, limits: Limits) -> type[BaseModel]:
    """Answer to one checklist question; the proof comes first so that the value follows from it."""
    kinds: dict[str, tuple[Any, str]] = {
        "yes_no": (bool | None, _YES_NO),
        "partly": (Literal["yes", "partly", "no"] | None, "null where the call does not tell"),
        "number": (Annotated[int, Field(ge=0, le=MAX_NUMBER)] | None, "a whole number, null if the call does not tell"),
        "text": (_string(limits.item_chars) | None, "a few words, null if the call is silent"),
    }
    if question.type == "choice":
        kinds["choice"] = (Literal[question.choices] | None, "what fits best, null where nothing does")
    shape, meaning = kinds[question.type]
    return _object(f"Answer_{question.type}", {**_proof(limits), "value": (shape, Field(description=meaning))})


# --- building blocks --------------------------------------------------------------------------------------------------


def _string(max_chars: int) -> Any:
    return Annotated[str, Field(max_length=max_chars)]


def _array(item: Any, max_items: int) -> Any:
    return Annotated[list[item], Field(max_length=max_items)]


def _object(name: str, fields: Mapping[str, Any]) -> type[BaseModel]:
    return create_model(name, __base__=Answer, **fields)


def _keyed(name: str, entries: Iterable[tuple[str, type[BaseModel], str]]) -> type[BaseModel]:
    """A closed object with one required property an entry; ids need not be Python names, so they are aliases."""
    fields: dict[str, Any] = {
        f"entry_{number}": (model, Field(alias=key, description=description))
        for number, (key, model, description) in enumerate(entries)
    }
    return _object(f"Grid_{name}", fields)
