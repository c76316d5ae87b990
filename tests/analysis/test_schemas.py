"""The schema that holds a model: the same names as the result, everything bounded, and the way back to `Analysis`."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.analysis.schemas import BRIEF, FULL, NOTES, Answer, answer_schema, to_analysis
from engine.types import Analysis, AnalysisNotes, Checklist, ChecklistQuestion, Scores

QUALITY = Checklist(
    "quality", "Quality", (ChecklistQuestion("greeting", "Greeted?"), ChecklistQuestion("not-a name!", "Closed?"))
)
SALES = Checklist("sales-2", "Sales", (ChecklistQuestion("greeting", "Greeted, again?"),))
CHECKLISTS = (QUALITY, SALES)
CATEGORIES = ("billing", "technical support")
FULL_ANSWER = answer_schema(CHECKLISTS, CATEGORIES)

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


def given_answer(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "summary": "The customer was charged twice.",
        "sentiment": "negative",
        "scores": {"csat": 3, "politeness": 8, "empathy": None},
        "actions": ["refunded the charge"],
        "follow_ups": [],
        "topics": ["invoice"],
        "tags": [],
        "analysis_notes": dict.fromkeys(NOTES),
        "checklists": {
            "quality": {
                "greeting": {"evidence": [0], "value": True},
                "not-a name!": {"evidence": [], "value": None},
            },
            "sales-2": {"greeting": {"evidence": [1], "value": False}},
        },
        "categories": ["billing"],
    }
    return {**values, **changes}


def parsed(**changes: Any) -> Answer:
    return FULL_ANSWER.model_validate_json(json.dumps(given_answer(**changes)))


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
    assert properties == [name for name in names(Analysis) if name != "engine"]
    notes = FULL_ANSWER.model_fields["analysis_notes"].annotation
    assert list(notes.model_fields) == list(NOTES) == names(AnalysisNotes)
    assert list(FULL_ANSWER.model_fields["scores"].annotation.model_fields) == names(Scores)


@pytest.mark.parametrize("limits", [FULL, BRIEF])
@pytest.mark.parametrize("checklists", [(), (QUALITY,), CHECKLISTS])
@pytest.mark.parametrize("categories", [(), ("billing",), CATEGORIES])
def test_every_string_array_and_number_is_bounded_and_every_object_closed(
    limits: Any, checklists: Any, categories: Any
) -> None:
    for node in nodes(answer_schema(checklists, categories, limits).model_json_schema()):
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
    properties = answer_schema((), ()).model_json_schema()["properties"]
    assert "checklists" not in properties and "categories" not in properties


def test_the_schema_shows_the_questions() -> None:
    text = json.dumps(FULL_ANSWER.model_json_schema())
    assert all(question.text in text for checklist in CHECKLISTS for question in checklist.questions)


def test_the_smaller_ask_is_smaller() -> None:
    def room(schema: Any) -> int:
        return sum(node.get("maxLength", 0) + 1000 * node.get("maxItems", 0) for node in nodes(schema))

    smaller = answer_schema(CHECKLISTS, CATEGORIES, BRIEF).model_json_schema()
    assert room(smaller) < room(FULL_ANSWER.model_json_schema())


@pytest.mark.parametrize(
    "changes",
    [
        {"summary": "x" * (FULL.summary_chars + 1)},
        {"sentiment": "mixed"},
        {"scores": {"csat": 11, "politeness": 1, "empathy": 1}},
        {"actions": ["x"] * (FULL.items + 1)},
        {"topics": ["x" * (FULL.label_chars + 1)]},
        {"categories": ["cooking"]},
        {"mood": "fine"},
        {"checklists": {"quality": {"greeting": {"evidence": [], "value": None}}}},
        {"checklists": {}},
        {"analysis_notes": {**dict.fromkeys(NOTES), "horoscope": "x"}},
    ],
)
def test_an_answer_outside_the_schema_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        parsed(**changes)


def test_an_answer_becomes_an_analysis() -> None:
    analysis, dropped = to_analysis(parsed(), "vllm:tiny", CHECKLISTS, utterance_count=2)
    assert dropped == 0
    assert (analysis.engine, analysis.sentiment, analysis.categories) == ("vllm:tiny", "negative", ("billing",))
    assert analysis.scores == Scores(csat=3.0, politeness=0.8, empathy=None)
    assert analysis.analysis_notes == AnalysisNotes()
    quality, sales = analysis.checklists
    assert [(answer.question_id, answer.title, answer.value) for answer in quality.answers] == [
        ("greeting", "Greeted?", True),
        ("not-a name!", "Closed?", None),
    ]
    assert (quality.score, sales.score) == (1.0, 0.0)
    assert sales.answers[0].evidence == (1,)


def test_a_checklist_that_was_not_answered_is_there_without_a_score() -> None:
    answer = answer_schema((), ()).model_validate(
        {name: value for name, value in given_answer().items() if name not in ("checklists", "categories")}
    )
    analysis, _ = to_analysis(answer, "vllm:tiny", CHECKLISTS, utterance_count=2)
    assert [len(result.answers) for result in analysis.checklists] == [2, 1]
    assert all(result.score is None for result in analysis.checklists)
    assert all(answer.value is None for result in analysis.checklists for answer in result.answers)
    assert analysis.categories == ()


def test_strings_are_cleaned() -> None:
    notes = {**dict.fromkeys(NOTES), "intention": " \x00\t ", "root_cause": "a\x1b[0m  line\nbreak"}
    answer = parsed(topics=["bill", " bill", "", "\n", "card"], analysis_notes=notes, summary="  one\r\ntwo ")
    analysis, _ = to_analysis(answer, "vllm:tiny", CHECKLISTS, utterance_count=2)
    assert analysis.topics == ("bill", "card")
    assert analysis.summary == "one two"
    assert analysis.analysis_notes.intention is None
    assert analysis.analysis_notes.root_cause == "a [0m line break"


@given(st.lists(st.integers(0, 99_999), max_size=FULL.evidence), st.integers(0, 60))
def test_evidence_that_does_not_exist_is_dropped_and_counted(cited: list[int], utterances: int) -> None:
    checklists = given_answer()["checklists"]
    checklists["quality"]["greeting"]["evidence"] = cited
    checklists["sales-2"]["greeting"]["evidence"] = []
    analysis, dropped = to_analysis(parsed(checklists=checklists), "vllm:tiny", CHECKLISTS, utterances)
    evidence = analysis.checklists[0].answers[0].evidence
    assert all(0 <= index < utterances for index in evidence)
    assert list(evidence) == sorted(set(evidence))
    assert len(evidence) + dropped == len(set(cited))
