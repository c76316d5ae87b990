"""What a language model must answer: one pydantic model, the JSON Schema of it, and the way from it to `Analysis`.

The schema holds everything of the `analysis` block but what code computes (engine, titles, checklist scores). Every
array, string and integer is bounded, because a grammar cannot stop a model that does not stop by itself; scores are
whole numbers for the same reason (the digits of a float may go on for ever). Checklist answers are objects keyed by
question id instead of arrays: the grammar then has every question answered exactly once, in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from engine.analysis.checklists import grade
from engine.types import Analysis, AnalysisNotes, Checklist, ChecklistResult, Scores, Sentiment

MAX_UTTERANCE_INDEX = 99_999
MAX_SCORE = 10

NOTES: Mapping[str, str] = {
    "decision_driver": "what made the customer decide",
    "emotional_dynamics": "how the customer's mood changed during the call",
    "funnel_stage": "stage of a purchase: awareness, consideration, purchase or retention",
    "intention": "what the customer wants to reach",
    "key_obstacles": "what stood in the way",
    "next_action": "the very next step after the call",
    "operator_commitments": "what the agent promised",
    "product_or_service": "the product or service the call is about",
    "reason_for_contact": "why the customer got in touch",
    "risk_signals": "signs of leaving, complaint, legal steps or fraud",
    "root_cause": "the cause behind the problem",
    "sales_signals": "signs of interest in buying or upgrading",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Most characters of each kind of string, most items of each kind of array."""

    summary_chars: int
    item_chars: int
    label_chars: int
    note_chars: int
    items: int
    evidence: int


FULL = Limits(summary_chars=700, item_chars=160, label_chars=40, note_chars=200, items=6, evidence=5)
BRIEF = Limits(summary_chars=300, item_chars=80, label_chars=30, note_chars=80, items=3, evidence=2)


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ScoresAnswer(_Closed):
    csat: Annotated[int, Field(ge=0, le=MAX_SCORE)] | None = Field(description="customer satisfaction, 10 is best")
    politeness: Annotated[int, Field(ge=0, le=MAX_SCORE)] | None = Field(description="politeness of the agent")
    empathy: Annotated[int, Field(ge=0, le=MAX_SCORE)] | None = Field(description="empathy of the agent")


class Verdict(_Closed):
    """Answer to one checklist question; evidence comes first so that the value follows from it."""

    evidence: list[int] = Field(description="numbers of the utterances that prove it")
    value: bool | None = Field(description="true, false, or null where the call does not tell")


class Answer(_Closed):
    """Shape of every answer. `answer_schema` makes the bounded subclass that a model is held to.

    The subclass has a field `checklists` where checklists were given and `categories` where categories were.
    """

    summary: str
    sentiment: Sentiment
    scores: ScoresAnswer
    actions: list[str]
    follow_ups: list[str]
    topics: list[str]
    tags: list[str]
    analysis_notes: BaseModel

    def verdicts(self, checklist_id: str) -> dict[str, Verdict]:
        """Verdict by question id for one checklist; empty if it was not asked about."""
        checklist = _by_name(getattr(self, "checklists", None)).get(checklist_id)
        return _by_name(checklist)

    def chosen_categories(self) -> list[str]:
        return list(getattr(self, "categories", ()))


def answer_schema(
    checklists: Sequence[Checklist], categories: Sequence[str] = (), limits: Limits = FULL
) -> type[Answer]:
    """The class of answers to these checklists and categories; its `.model_json_schema()` goes to the server.

    `limits=BRIEF` is the smaller ask. Objects are closed, enums are closed, no `pattern`, no recursion.
    """
    items = _array(_string(limits.item_chars), limits.items)
    labels = _array(_string(limits.label_chars), limits.items)
    fields: dict[str, Any] = {
        "summary": (_string(limits.summary_chars), Field(description="what happened, in two to four sentences")),
        "actions": (items, Field(description="what the agent did or promised to do")),
        "follow_ups": (items, Field(description="what is to happen after the call, by whom and when")),
        "topics": (labels, Field(description="what the call is about, most important first")),
        "tags": (labels, Field(description="short labels to find the call by")),
        "analysis_notes": (_notes(limits), Field(description="short findings, null where the call does not tell")),
    }
    if checklists:
        fields["checklists"] = (_checklists(checklists, limits), Field(description="answers to the checklists"))
    if categories:
        fields["categories"] = (_array(Literal[tuple(categories)], len(categories)), Field(description="all that fit"))
    return create_model("CallAnalysis", __base__=Answer, **fields)


def to_analysis(
    answer: Answer, engine: str, checklists: Sequence[Checklist], utterance_count: int
) -> tuple[Analysis, int]:
    """The frozen `Analysis` and the number of evidence indexes dropped because no such utterance exists.

    Strings are trimmed, empty and repeated ones dropped; scores are scaled; every question of every checklist is
    present in its order, None where the model did not answer it.
    """
    graded = [_grade(answer, checklist, utterance_count) for checklist in checklists]
    notes = {name: _clean(note) or None for name, note in _by_name(answer.analysis_notes).items()}
    analysis = Analysis(
        engine=engine,
        summary=_clean(answer.summary),
        sentiment=answer.sentiment,
        scores=_scores(answer.scores),
        actions=_distinct(answer.actions),
        follow_ups=_distinct(answer.follow_ups),
        topics=_distinct(answer.topics),
        tags=_distinct(answer.tags),
        analysis_notes=AnalysisNotes(**notes),
        checklists=tuple(result for result, _ in graded),
        categories=_distinct(answer.chosen_categories()),
    )
    return analysis, sum(dropped for _, dropped in graded)


# --- building the schema ----------------------------------------------------------------------------------------------


def _string(max_chars: int) -> Any:
    return Annotated[str, Field(max_length=max_chars)]


def _array(item: Any, max_items: int) -> Any:
    return Annotated[list[item], Field(max_length=max_items)]


def _notes(limits: Limits) -> type[BaseModel]:
    note = _string(limits.note_chars) | None
    fields: dict[str, Any] = {name: (note, Field(description=meaning)) for name, meaning in NOTES.items()}
    return create_model("Notes", __base__=_Closed, **fields)


def _checklists(checklists: Sequence[Checklist], limits: Limits) -> type[BaseModel]:
    index = Annotated[int, Field(ge=0, le=MAX_UTTERANCE_INDEX)]
    evidence = (_array(index, limits.evidence), Field(description=Verdict.model_fields["evidence"].description))
    verdict = create_model("BoundedVerdict", __base__=Verdict, evidence=evidence)
    asked = [
        (checklist.id, _keyed(f"Checklist{number}", [(q.id, verdict, q.text) for q in checklist.questions]))
        for number, checklist in enumerate(checklists)
    ]
    titles = {checklist.id: checklist.title for checklist in checklists}
    return _keyed("Checklists", [(checklist_id, model, titles[checklist_id]) for checklist_id, model in asked])


def _keyed(name: str, entries: Iterable[tuple[str, type[BaseModel], str]]) -> type[BaseModel]:
    """A closed object with one required property an entry; ids need not be Python names, so they are aliases."""
    fields: dict[str, Any] = {
        f"entry_{number}": (model, Field(alias=key, description=description))
        for number, (key, model, description) in enumerate(entries)
    }
    return create_model(name, __base__=_Closed, **fields)


# --- reading the answer -----------------------------------------------------------------------------------------------


def _by_name(model: BaseModel | None) -> dict[str, Any]:
    """The values of a model by their names in the JSON."""
    if model is None:
        return {}
    return {info.alias or name: getattr(model, name) for name, info in type(model).model_fields.items()}


def _grade(answer: Answer, checklist: Checklist, utterance_count: int) -> tuple[ChecklistResult, int]:
    verdicts = answer.verdicts(checklist.id)
    values = {question_id: verdict.value for question_id, verdict in verdicts.items()}
    evidence = {question_id: tuple(sorted(set(verdict.evidence))) for question_id, verdict in verdicts.items()}
    real = {key: tuple(i for i in indexes if 0 <= i < utterance_count) for key, indexes in evidence.items()}
    dropped = sum(len(evidence[key]) - len(real[key]) for key in evidence)
    return grade(checklist, values, real), dropped


def _scores(scores: ScoresAnswer) -> Scores:
    def share(score: int | None) -> float | None:
        return None if score is None else score / MAX_SCORE

    csat = None if scores.csat is None else float(scores.csat)
    return Scores(csat=csat, politeness=share(scores.politeness), empathy=share(scores.empathy))


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cleaned for text in texts if (cleaned := _clean(text))))


def _clean(text: str | None) -> str:
    """One line without control characters, which a model under a grammar may emit inside strings."""
    if text is None:
        return ""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
