"""The schema that holds a model: the same names as the result, and everything bounded."""

from __future__ import annotations

import dataclasses
import json
import typing
from typing import Any

import pytest

from engine import analysis_types
from engine.analysis.meanings import MEANINGS, NOTES
from engine.analysis.prompts import without
from engine.analysis.schemas import (
    BRIEF,
    COMPUTED,
    CORE,
    FULL,
    LEAN,
    Asked,
    answer_schema,
    grid_schema,
)
from engine.analysis_types import (
    Analysis,
    AnalysisNotes,
    Category,
    Checklist,
    ChecklistQuestion,
    PlannedStep,
    Scores,
    Script,
)

QUALITY = Checklist(
    "quality",
    "Quality",
    (
        ChecklistQuestion("greeting", "Greeted?"),
        ChecklistQuestion("not-a name!", "Closed?", type="partly"),
        ChecklistQuestion("holds", "How many holds?", type="number"),
        ChecklistQuestion("reason", "Why?", type="choice", choices=("bill", "fault")),
        ChecklistQuestion("channel", "Where from?", type="choice", choices=("web", "shop")),
        ChecklistQuestion("wish", "What is wished?", type="text"),
    ),
)
SALES = Checklist("sales-2", "Sales", (ChecklistQuestion("greeting", "Greeted, again?"),))
SCRIPT = Script("sales-2", "Sales script", (PlannedStep("hello", "Say hello"), PlannedStep("bye", "Say goodbye")))
CHECKLISTS = (QUALITY, SALES)
CATEGORIES = (Category("billing"), Category("technical support", "faults", "billing"))
EVERYTHING = Asked(CHECKLISTS, (SCRIPT,), CATEGORIES)
FULL_ANSWER = answer_schema(EVERYTHING)

# xgrammar enforces these; anything else it would refuse or, worse, ignore.
ALLOWED_KEYWORDS = {
    *(
        "$defs",
        "$ref",
        "additionalProperties",
        "anyOf",
        "const",
        "description",
        "enum",
        "items",
        "maxItems",
        "maxLength",
    ),
    *("maximum", "minimum", "properties", "required", "title", "type"),
}


def nodes(schema: Any) -> list[dict[str, Any]]:
    """Every schema inside a schema, itself included (not the maps from names to schemas)."""
    if isinstance(schema, list):
        return [node for each in schema for node in nodes(each)]
    if not isinstance(schema, dict):
        return []
    inner: list[dict[str, Any]] = []
    for key, value in schema.items():
        inner += nodes(list(value.values()) if key in ("properties", "$defs") else value)
    return [schema, *inner]


def names(model: type) -> list[str]:
    return [field.name for field in dataclasses.fields(model)]


def test_the_answer_and_the_result_agree_by_name() -> None:
    properties = list(FULL_ANSWER.model_json_schema()["properties"])
    assert properties == [name for name in names(Analysis) if name not in COMPUTED]
    notes = FULL_ANSWER.model_fields["analysis_notes"].annotation
    assert list(notes.model_fields) == list(NOTES) == names(AnalysisNotes)
    assert list(FULL_ANSWER.model_fields["scores"].annotation.model_fields) == names(Scores)


@pytest.mark.parametrize(
    "name",
    [
        *("Sentiment", "Attitude", "Tone", "Resolution", "Priority", "FunnelStage", "Intent", "RiskKind", "SaleKind"),
        *("FaultKind", "Role"),
    ],
)
def test_every_enumeration_of_the_result_closes_the_answer(name: str) -> None:
    listed = [node["enum"] for node in nodes(FULL_ANSWER.model_json_schema()) if "enum" in node]
    assert list(typing.get_args(getattr(analysis_types, name))) in listed


def test_every_question_has_the_answers_of_its_type() -> None:
    schema = FULL_ANSWER.model_json_schema()
    asked = schema["$defs"]["Grid_quality"]["properties"]
    values = {key: resolved(schema, each)["properties"]["value"]["anyOf"][0] for key, each in asked.items()}
    assert values == {
        "greeting": {"type": "boolean"},
        "not-a name!": {"enum": ["yes", "partly", "no"], "type": "string"},
        "holds": {"maximum": 999_999, "minimum": 0, "type": "integer"},
        "reason": {"enum": ["bill", "fault"], "type": "string"},
        "channel": {"enum": ["web", "shop"], "type": "string"},
        "wish": {"maxLength": FULL.item_chars, "type": "string"},
    }
    assert all(list(resolved(schema, each)["properties"])[-1] == "value" for each in asked.values())  # proof is first


def resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["$defs"][node["$ref"].rpartition("/")[2]]
    return found


@pytest.mark.parametrize("limits", [FULL, BRIEF])
@pytest.mark.parametrize("asked", [Asked(), Asked((QUALITY,)), Asked((), (SCRIPT,)), EVERYTHING])
def test_every_string_array_and_number_is_bounded_and_every_object_closed(limits: Any, asked: Asked) -> None:
    schemas = [answer_schema(asked, limits), *([grid_schema(asked, limits)] if asked != Asked() else [])]
    for node in [node for each in schemas for node in nodes(without(each.model_json_schema(), {"title"}))]:
        assert set(node) <= ALLOWED_KEYWORDS
        kind = node.get("type")
        assert kind in {"string", "array", "integer", "boolean", "null", "object", None}  # "number" has no end
        if kind == "string" and "enum" not in node and "const" not in node:
            assert node["maxLength"] > 0
        if kind == "array":
            assert node["maxItems"] > 0 and "items" in node
        if kind == "integer":
            assert node["minimum"] >= 0 and node["maximum"] < 10**6
        if kind == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])


def test_references_do_not_recur() -> None:
    schema = FULL_ANSWER.model_json_schema()

    def follow(node: Any, above: tuple[str, ...]) -> None:
        for inner in nodes(node):
            if "$ref" in inner:
                name = inner["$ref"].rpartition("/")[2]
                assert name not in above
                follow(schema["$defs"][name], (*above, name))

    follow(schema["properties"], ())


def test_what_was_not_asked_is_not_in_the_schema() -> None:
    properties = answer_schema(Asked()).model_json_schema()["properties"]
    assert properties.keys().isdisjoint({"checklists", "categories", "scripts"})
    assert list(grid_schema(Asked((SALES,)), BRIEF).model_json_schema()["properties"]) == ["checklists"]


def test_the_schema_shows_the_questions() -> None:
    text = json.dumps(without(FULL_ANSWER.model_json_schema(), {"title"}))
    assert all(question.text in text for checklist in CHECKLISTS for question in checklist.questions)
    assert all(step.title in text for step in SCRIPT.steps)
    assert "all that fit; technical support: under billing, faults" in text
    assert all(meaning in text for meaning in (*MEANINGS.values(), *NOTES.values()))


def test_the_smaller_ask_is_smaller() -> None:
    def room(schema: Any) -> int:
        return sum(node.get("maxLength", 0) + 1000 * node.get("maxItems", 0) for node in nodes(schema))

    smaller = answer_schema(EVERYTHING, BRIEF).model_json_schema()
    assert room(smaller) < room(FULL_ANSWER.model_json_schema())


@pytest.mark.parametrize("names", [CORE, LEAN])
def test_smaller_asks_have_fewer_fields(names: tuple[str, ...]) -> None:
    properties = answer_schema(Asked(categories=CATEGORIES), BRIEF, names).model_json_schema()["properties"]
    assert sorted(properties) == sorted(names)


def test_titles_go_but_not_what_is_called_title() -> None:
    schema = {"title": "A", "properties": {"title": {"title": "Title", "type": "string"}}, "anyOf": [{"title": "B"}]}
    assert without(schema, {"title"}) == {"properties": {"title": {"type": "string"}}, "anyOf": [{}]}
