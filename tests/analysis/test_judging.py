"""From an answer to an analysis: cleaned, scaled, and without what its evidence does not prove."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.analysis.evidence import Shown
from engine.analysis.judging import Judge, Settled
from engine.analysis.meanings import NOTES
from engine.analysis.prompts import Line
from engine.analysis.schemas import FINDINGS, FULL, Answer, Asked, answer_schema
from engine.analysis_types import (
    ActionItem,
    Analysis,
    AnalysisNotes,
    AskedQuestion,
    OperatorFault,
    Remark,
    Risk,
    Scores,
    ScriptStep,
    SpeakerMood,
    TopicSpan,
)
from tests.analysis.test_schemas import EVERYTHING, FULL_ANSWER, QUALITY, SCRIPT

SAID = (
    ("agent/S1", "Good morning, how can I help you?"),
    ("customer/S2", "I was charged twice, if this goes on I will leave you."),
    ("agent/S1", "I will refund the second charge by Friday."),
    ("customer/S2", "Can you send me a letter?"),
    ("agent/S1", "Yes, certainly. Goodbye."),
)
SHOWN = Shown.of(Line(index, label, text) for index, (label, text) in enumerate(SAID))
NO_ANSWER = {"evidence": [], "quote": "", "value": None}


def given_answer(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "summary": "The customer was charged twice.",
        "sentiment": "negative",
        "scores": {"csat": 3, "politeness": 8, "empathy": None, "operator_satisfaction": 6},
        "tags": [],
        "analysis_notes": dict.fromkeys(NOTES),
        "checklists": {
            "quality": {question.id: NO_ANSWER for question in QUALITY.questions},
            "sales-2": {"greeting": NO_ANSWER},
        },
        "categories": ["billing"],
        "tone": "tense",
        "resolution": "resolved",
        "priority": "high",
        "funnel_stage": None,
        "intents": ["billing", "billing", "complaint"],
        "scripts": {"sales-2": {"hello": NO_ANSWER, "bye": NO_ANSWER}},
    }
    lists = (*FINDINGS, "speakers", "topic_spans")
    return {**values, **{name: [] for name in lists}, **changes}


def parsed(**changes: Any) -> Answer:
    return FULL_ANSWER.model_validate_json(json.dumps(given_answer(**changes)))


def judged(**changes: Any) -> tuple[Analysis, int]:
    """The analysis and the number of things that failed."""
    judge = Judge(SHOWN)
    return judge.analysis(parsed(**changes), "vllm:tiny", EVERYTHING), judge.dropped


def settled(**verdicts: dict[str, Any]) -> tuple[Settled, int]:
    checklists = given_answer()["checklists"]
    checklists["quality"] = {**checklists["quality"], **verdicts}
    judge = Judge(SHOWN)
    return judge.settled(QUALITY, parsed(checklists=checklists)), judge.dropped


def cited(evidence: list[int], quote: str, **more: Any) -> dict[str, Any]:
    return {"evidence": evidence, "quote": quote, **more}


@pytest.mark.parametrize(
    "changes",
    [
        {"summary": "x" * (FULL.summary_chars + 1)},
        {"sentiment": "mixed"},
        {"scores": {"csat": 11, "politeness": 1, "empathy": 1, "operator_satisfaction": 1}},
        {"tags": ["x"] * (FULL.items + 1)},
        {"tags": ["x" * (FULL.label_chars + 1)]},
        {"categories": ["cooking"]},
        {"tone": "purple"},
        {"intents": ["dinner"]},
        {"mood": "fine"},
        {"risks": [{"kind": "churn", "text": "leaving", "evidence": [1]}]},
        {"risks": [cited([1], "x", kind="weather", text="rain")]},
        {"speakers": [{"speaker": "S1"}]},
        {"topic_spans": [{"topic": "bill", "spans": [[0, 1]]}]},
        {"checklists": {}},
        {"checklists": {**given_answer()["checklists"], "sales-2": {}}},
        {"analysis_notes": {**dict.fromkeys(NOTES), "horoscope": "x"}},
    ],
)
def test_an_answer_outside_the_schema_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        parsed(**changes)


def test_an_answer_becomes_an_analysis() -> None:
    analysis, dropped = judged()
    assert (analysis.engine, analysis.sentiment, analysis.categories) == ("vllm:tiny", "negative", ("billing",))
    assert analysis.scores == Scores(csat=3.0, politeness=0.8, empathy=None, operator_satisfaction=6.0)
    assert analysis.scores.politeness_grade == 4
    assert (analysis.tone, analysis.resolution, analysis.priority) == ("tense", "resolved", "high")
    assert analysis.intents == ("billing", "complaint")
    assert (analysis.analysis_notes, dropped) == (AnalysisNotes(), 0)


def test_what_was_not_asked_is_empty() -> None:
    asked = answer_schema(Asked())
    values = {name: value for name, value in given_answer().items() if name in asked.model_fields}
    analysis = Judge(SHOWN).analysis(asked.model_validate(values), "vllm:tiny", Asked())
    assert (analysis.checklists, analysis.scripts, analysis.categories) == ((), (), ())


def test_findings_that_are_proved_are_kept() -> None:
    refund = cited([2], "refund the second charge", text="refund", who="agent", due="by Friday", kind="action")
    letter = cited([3, 4], "send me a letter", text="letter", who="agent", due=None, kind="follow_up")
    analysis, dropped = judged(
        action_items=[refund, letter, refund],
        actionable_phrases=[{"evidence": [1], "text": "I will leave you"}],
        questions=[cited([3], "Can you send", text="a letter?", asked_by="customer", answered=True)],
        risks=[cited([1], "I will leave", kind="churn", text="may leave")],
        operator_errors=[cited([], "", kind="no_verification", text="nobody asked for a number")],
        recommendations=[{"evidence": [0, 77], "text": "ask for the account number"}],
    )
    assert analysis.action_items == (
        ActionItem("refund", "agent", "by Friday", "action", (2,)),
        ActionItem("letter", "agent", None, "follow_up", (3, 4)),
    )
    assert (analysis.actions, analysis.follow_ups) == (("refund",), ("letter",))
    assert analysis.actionable_phrases == (Remark("I will leave you", (1,)),)
    assert analysis.questions == (AskedQuestion("a letter?", "customer", True, (3,)),)
    assert analysis.risks == (Risk("churn", "may leave", (1,)),)
    assert analysis.operator_errors == (OperatorFault("no_verification", "nobody asked for a number", ()),)
    assert analysis.recommendations == (Remark("ask for the account number", (0,)),)
    assert dropped == 1


def test_findings_that_are_invented_are_dropped_and_counted() -> None:
    analysis, dropped = judged(
        action_items=[cited([2], "we send flowers", text="flowers", who="agent", due=None, kind="action")],
        actionable_phrases=[{"evidence": [1], "text": "call my lawyer"}],
        risks=[cited([9], "I will leave", kind="churn", text="may leave")],
        sales=[cited([], "", kind="interest", text="wants more")],
        operator_errors=[cited([], "", kind="impolite", text="rude")],
        questions=[cited([3], "Can you send", text=" \n", asked_by="customer", answered=None)],
    )
    found = (analysis.action_items, analysis.actionable_phrases, analysis.risks, analysis.sales)
    assert (*found, analysis.operator_errors, analysis.questions) == ((),) * 6
    assert dropped == 3


def test_topics_stand_where_they_are_talked_about() -> None:
    def topic(name: str, *spans: tuple[int, int]) -> dict[str, Any]:
        return {"topic": name, "spans": [{"first": first, "last": last} for first, last in spans]}

    analysis, dropped = judged(topic_spans=[topic("bill", (1, 2), (0, 0), (4, 99), (3, 1)), topic("cats", (70, 71))])
    assert (analysis.topic_spans, analysis.topics) == ((TopicSpan("bill", ((0, 0), (1, 2))),), ("bill",))
    assert dropped == 3


def test_only_those_who_speak_have_an_attitude() -> None:
    moods = [{"speaker": name, "attitude": "hostile"} for name in ("S2", "S9")]
    assert judged(speakers=moods)[0].speakers == (SpeakerMood("S2", "hostile"),)


def test_answers_of_all_types() -> None:
    found, dropped = settled(
        greeting=cited([0], "Good morning", value=True),
        holds=cited([2], "refund", value=3),
        reason=cited([2], "second charge", value="bill"),
        wish=cited([4], "certainly", value="a \x00letter"),
        **{"not-a name!": cited([4], "Goodbye", value="partly")},
    )
    assert found.values == {"greeting": True, "not-a name!": 0.5, "holds": 3.0, "reason": "bill", "wish": None}
    assert (found.texts["wish"], found.unproven, dropped) == ("a letter", set(), 0)
    answers = {answer.question_id: answer for answer in found.graded().answers}
    assert (answers["wish"].text, answers["wish"].value, answers["channel"].value) == ("a letter", None, None)
    assert found.graded().score == 0.75  # of the two that are scored


@pytest.mark.parametrize(
    ("verdict", "unproven"),
    [
        (cited([0], "Good morning", value=True), False),
        (cited([], "", value=True), True),
        (cited([0], "I verified your identity", value=True), True),
        (cited([99], "Good morning", value=True), True),
        (cited([1], "I was charged twice", value=True), True),  # the customer cannot prove what the agent did
        (cited([], "", value=False), False),
        (cited([99], "nonsense", value=False), False),
        (cited([99], "nonsense", value=None), False),
    ],
)
def test_a_yes_needs_proof_and_a_no_does_not(verdict: dict[str, Any], unproven: bool) -> None:
    found, _ = settled(greeting=verdict)
    assert ("greeting" in found.unproven) is unproven
    assert found.graded().answers[0].value is (None if unproven else verdict["value"])


def test_second_answers_complete_the_first_and_change_no_other() -> None:
    first, _ = settled(greeting=cited([0], "Good morning", value=True), reason=cited([0], "invented", value="bill"))
    second, _ = settled(greeting=cited([], "", value=False), reason=cited([2], "second charge", value="fault"))
    first.complete(second)
    assert first.values == {"greeting": True, "reason": "fault"}
    assert first.evidence == {"greeting": (0,), "reason": (2,)}


def test_a_script_is_aligned() -> None:
    steps = {"hello": cited([0], "Good morning", value=True), "bye": cited([1], "I was charged", value=True)}
    judge = Judge(SHOWN)
    alignment = judge.alignment(SCRIPT, parsed(scripts={"sales-2": steps}))
    assert alignment.steps == (ScriptStep("hello", "Say hello", True, (0,)), ScriptStep("bye", "Say goodbye", None))
    assert (alignment.score, judge.dropped) == (100.0, 1)


def test_strings_are_cleaned() -> None:
    notes = {**dict.fromkeys(NOTES), "intention": " \x00\t ", "root_cause": "a\x1b[0m  line\nbreak"}
    analysis, _ = judged(tags=["bill", " bill", "", "\n", "card"], analysis_notes=notes, summary="  one\r\ntwo ")
    assert analysis.tags == ("bill", "card")
    assert analysis.summary == "one two"
    assert analysis.analysis_notes.intention is None
    assert analysis.analysis_notes.root_cause == "a [0m line break"


@given(st.lists(st.integers(0, 99_999), max_size=FULL.evidence), st.sampled_from(["Good morning", "x", ""]))
def test_no_evidence_is_ever_kept_that_does_not_exist(indexes: list[int], quote: str) -> None:
    found, dropped = settled(greeting=cited(indexes, quote, value=True))
    evidence = found.evidence.get("greeting", ())
    assert all(0 <= index < len(SAID) for index in evidence)
    assert bool(evidence) is ("greeting" not in found.unproven)
    assert dropped >= sum(index >= len(SAID) for index in set(indexes))
