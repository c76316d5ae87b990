"""Merging gives the same analysis for the same parts, always, and loses nothing that decides."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.merging import MAX_FINDINGS, Reading, merge
from engine.analysis.schemas import FULL, Asked
from engine.analysis_types import (
    ActionItem,
    Analysis,
    AnalysisNotes,
    Checklist,
    ChecklistAnswer,
    ChecklistQuestion,
    ChecklistResult,
    PlannedStep,
    Risk,
    Scores,
    Script,
    ScriptAlignment,
    ScriptStep,
    Sentiment,
    SpeakerMood,
    TopicSpan,
    Value,
)

CHECKLIST = Checklist(
    "quality",
    "Quality",
    (ChecklistQuestion("greeting", "Greeted?"), ChecklistQuestion("end", "End?", type="partly")),
)
SCRIPT = Script("script", "Script", (PlannedStep("hello", "Say hello"),))


def analysis(
    summary: str = "s",
    sentiment: Sentiment = "neutral",
    answers: tuple[tuple[Value, tuple[int, ...]], ...] = ((None, ()), (None, ())),
    **changes: object,
) -> Analysis:
    given_answers = tuple(
        ChecklistAnswer(question.id, question.text, value, evidence)
        for question, (value, evidence) in zip(CHECKLIST.questions, answers, strict=True)
    )
    result = ChecklistResult(CHECKLIST.id, CHECKLIST.title, None, given_answers)
    base = Analysis("vllm:tiny", summary, sentiment, Scores(), checklists=(result,))
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def merged(*parts: Analysis, complete: bool = True, weights: tuple[int, ...] = ()) -> Analysis:
    readings = [Reading(part, weight) for part, weight in zip(parts, weights or [1] * len(parts), strict=True)]
    return merge(readings, Asked((CHECKLIST,), (SCRIPT,)), complete=complete)


@pytest.mark.parametrize(
    ("answers", "value", "evidence"),
    [
        ([(False, (1,)), (True, (2,)), (None, ())], True, (2,)),
        ([(True, (4,)), (False, (1,)), (True, (2, 4))], True, (4, 2)),
        ([(True, ()), (False, (3,))], False, (3,)),
        ([(True, ()), (None, ())], True, ()),
        ([(None, ()), (False, ())], False, ()),
        ([(None, ()), (None, (7,))], None, ()),
        ([(0.5, (1,)), (True, (2,)), (0.5, (3,))], True, (2,)),
        ([(False, ()), (0.5, (1,)), (0.5, (3,))], 0.5, (1, 3)),
    ],
)
def test_proved_yes_then_no_then_unanswered(
    answers: list[tuple[Value, tuple[int, ...]]], value: Value, evidence: tuple[int, ...]
) -> None:
    whole = merged(*(analysis(answers=((None, ()), answer)) for answer in answers))
    answer = whole.checklists[0].answers[1]
    assert (answer.value, answer.evidence) == (value, evidence)
    assert whole.checklists[0].score == (None if value is None else float(value))


def test_no_is_not_said_of_a_call_with_an_unread_part() -> None:
    parts = [analysis(answers=((False, (1,)), (True, (2,))))] * 2
    answers = merged(*parts, complete=False).checklists[0].answers
    assert [(answer.value, answer.evidence) for answer in answers] == [(None, ()), (True, (2,))]


def test_lists_are_united_in_order_and_bounded_with_something_of_each_part() -> None:
    parts = [analysis(tags=tuple(f"{name}{n}" for n in range(5))) for name in "abc"]
    assert merged(*parts).tags == ("a0", "a1", "b0", "b1", "c0", "c1")
    assert merged(analysis(tags=("x", "y")), analysis(tags=("y", "z"))).tags == ("x", "y", "z")
    assert len(merged(*parts).tags) == FULL.items


def test_scores_are_averaged_by_weight_over_the_parts_that_have_one() -> None:
    parts = [analysis(scores=Scores(csat=2.0)), analysis(scores=Scores(csat=8.0, empathy=0.5)), analysis()]
    assert merged(*parts, weights=(300, 100, 999)).scores == Scores(csat=3.5, empathy=0.5, politeness=None)


@pytest.mark.parametrize(
    ("sentiments", "weights", "expected"),
    [
        (("positive", "positive"), (1, 1), "positive"),
        (("positive", "negative"), (1, 1), "neutral"),
        (("positive", "negative"), (1, 5), "negative"),
        (("neutral", "negative", "neutral"), (1, 1, 1), "neutral"),
        (("neutral", "neutral"), (0, 0), "neutral"),
    ],
)
def test_sentiment_is_the_weighted_mean(
    sentiments: tuple[Sentiment, ...], weights: tuple[int, ...], expected: Sentiment
) -> None:
    assert merged(*(analysis(sentiment=each) for each in sentiments), weights=weights).sentiment == expected


def test_notes_take_the_reason_from_the_start_and_the_next_step_from_the_end() -> None:
    first = AnalysisNotes(reason_for_contact="bill too high", next_action="wait", risk_signals="angry")
    last = AnalysisNotes(reason_for_contact="refund", next_action="callback", risk_signals="wants to leave")
    notes = merged(analysis(analysis_notes=first), analysis(), analysis(analysis_notes=last)).analysis_notes
    assert (notes.reason_for_contact, notes.next_action) == ("bill too high", "callback")
    assert notes.risk_signals == "angry; wants to leave"
    assert notes.root_cause is None


def test_joined_notes_keep_to_their_bound() -> None:
    parts = [analysis(analysis_notes=AnalysisNotes(risk_signals=f"{n} " + "x" * 90)) for n in range(9)]
    note = merged(*parts).analysis_notes.risk_signals
    assert note is not None
    assert len(note) <= FULL.note_chars


def test_summaries_and_categories_stand_one_after_another() -> None:
    whole = merged(analysis("One.", categories=("a", "b")), analysis(""), analysis("Two.", categories=("b", "c")))
    assert (whole.summary, whole.categories) == ("One. Two.", ("a", "b", "c"))


def test_merging_is_deterministic() -> None:
    parts = [analysis(tags=("b", "a"), sentiment="positive"), analysis(tags=("c",), sentiment="negative")]
    assert merged(*parts) == merged(*parts)


def test_tone_and_attitudes_are_decided_by_weight() -> None:
    calm = analysis(tone="calm", speakers=(SpeakerMood("S1", "friendly"), SpeakerMood("S2", "hostile")))
    tense = analysis(tone="tense", speakers=(SpeakerMood("S1", "impatient"),))
    whole = merged(calm, tense, tense, weights=(300, 100, 100))
    assert (whole.tone, whole.speakers) == ("calm", (SpeakerMood("S1", "friendly"), SpeakerMood("S2", "hostile")))
    assert merged(calm, tense, tense, weights=(150, 100, 100)).tone == "tense"
    assert merged(analysis(), analysis()).tone is None


def test_the_end_tells_how_it_ended_and_the_worst_how_urgent_it_is() -> None:
    first = analysis(resolution="resolved", priority="urgent", funnel_stage="awareness", intents=("billing", "claim"))
    last = analysis(resolution="unresolved", priority="low", intents=("complaint", "billing"))
    whole = merged(first, last, analysis())
    assert (whole.resolution, whole.priority, whole.funnel_stage) == ("unresolved", "urgent", "awareness")
    assert whole.intents == ("billing", "claim", "complaint")


def test_findings_of_all_parts_are_there_once_and_bounded() -> None:
    risk, item = Risk("churn", "may leave", (1,)), ActionItem("refund", "agent", None, "action", (2,))
    letter = ActionItem("letter", "agent", None, "follow_up", (9,))
    whole = merged(analysis(risks=(risk,), action_items=(item,)), analysis(risks=(risk,), action_items=(letter,)))
    assert (whole.risks, whole.action_items) == ((risk,), (item, letter))
    assert (whole.actions, whole.follow_ups) == (("refund",), ("letter",))
    many = [analysis(risks=tuple(Risk("churn", f"{n} {k}", (n,)) for k in range(6))) for n in range(9)]
    kept = merged(*many).risks
    assert len(kept) == MAX_FINDINGS
    assert {risk.evidence for risk in kept} == {(n,) for n in range(9)}  # no part is crowded out


def test_a_topic_of_several_parts_stands_once_with_all_its_stretches() -> None:
    first = analysis(topic_spans=(TopicSpan("bill", ((0, 3),)), TopicSpan("card", ((4, 5),))))
    second = analysis(topic_spans=(TopicSpan("bill", ((8, 9), (0, 3))),))
    whole = merged(first, second)
    assert whole.topic_spans == (TopicSpan("bill", ((0, 3), (8, 9))), TopicSpan("card", ((4, 5),)))
    assert whole.topics == ("bill", "card")


@pytest.mark.parametrize(
    ("met", "complete", "expected", "score"),
    [
        (((False, ()), (True, (3,))), True, (True, (3,)), 100.0),
        (((False, (1,)), (None, ())), True, (False, (1,)), 0.0),
        (((False, (1,)), (None, ())), False, (None, ()), None),
        (((None, ()), (None, ())), True, (None, ()), None),
    ],
)
def test_a_step_is_met_where_one_part_proves_it(met, complete, expected, score) -> None:  # type: ignore[no-untyped-def]
    def aligned(value: bool | None, evidence: tuple[int, ...]) -> ScriptAlignment:
        return ScriptAlignment("script", "Script", None, (ScriptStep("hello", "Say hello", value, evidence),))

    (whole,) = merged(*(analysis(scripts=(aligned(*each),)) for each in met), complete=complete).scripts
    assert (whole.steps, whole.score) == ((ScriptStep("hello", "Say hello", *expected),), score)


@pytest.mark.parametrize(
    ("kind", "answers", "expected"),
    [
        ("number", [ChecklistAnswer("q", "Q", None), ChecklistAnswer("q", "Q", 3.0, (4,))], (3.0, (4,), None)),
        ("choice", [ChecklistAnswer("q", "Q", "a", (1,)), ChecklistAnswer("q", "Q", "b", (4,))], ("a", (1,), None)),
        ("text", [ChecklistAnswer("q", "Q", None), ChecklistAnswer("q", "Q", None, (4,), text="x")], (None, (4,), "x")),
    ],
)
def test_of_numbers_choices_and_words_the_first_that_is_given_stands(kind, answers, expected) -> None:  # type: ignore[no-untyped-def]
    asked = Checklist("c", "C", (ChecklistQuestion("q", "Q", type=kind, choices=("a", "b")),))
    parts = [analysis(checklists=(ChecklistResult("c", "C", None, (answer,)),)) for answer in answers]
    (result,) = merge([Reading(part, 1) for part in parts], Asked((asked,)), complete=False).checklists
    (answer,) = result.answers
    assert (answer.value, answer.evidence, answer.text) == expected


@given(st.lists(st.tuples(st.sampled_from(["calm", "tense", None]), st.integers(0, 9)), min_size=1, max_size=6))
def test_dropped_evidence_is_summed_and_merging_one_part_changes_nothing(parts) -> None:  # type: ignore[no-untyped-def]
    made = [analysis(tone=tone, dropped_evidence=dropped) for tone, dropped in parts]
    assert merged(*made).dropped_evidence == sum(dropped for _, dropped in parts)
    assert merged(merged(*made)) == merged(*made)
