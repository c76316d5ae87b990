"""Splitting keeps every word under its index; merging gives the same analysis for the same parts, always."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.chunking import Reading, cited_only, estimate_tokens, line_tokens, merge, split
from engine.analysis.prompts import Line
from engine.analysis.schemas import FULL
from engine.types import (
    Analysis,
    AnalysisNotes,
    Checklist,
    ChecklistAnswer,
    ChecklistQuestion,
    ChecklistResult,
    Scores,
    Sentiment,
)

WORDS = st.sampled_from(["yes", "a", "invoice", "[PERSON_NAME_1]", "42", "ünïcödé", "请问", "incomprehensibilities"])
TEXTS = st.lists(WORDS, min_size=1, max_size=60).map(" ".join)
CHECKLIST = Checklist(
    "quality", "Quality", (ChecklistQuestion("greeting", "Greeted?"), ChecklistQuestion("end", "End?"))
)


# --- tokens -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 0),
        ("thank you for calling how can I help you today", 10, 16),  # 10 tokens in common vocabularies
        ("4111 1111 1111 1111", 16, 20),  # a token a digit
        ("Здравствуйте", 4, 12),
        ("请问有什么可以帮您", 6, 14),
        ("😀😀", 2, 6),
    ],
)
def test_estimate_is_cautious_but_not_absurd(text: str, least: int, most: int) -> None:
    assert least <= estimate_tokens(text) <= most


@given(st.text(), st.text())
def test_estimate_of_a_whole_is_at_most_that_of_its_halves(left: str, right: str) -> None:
    assert estimate_tokens(left + right) <= estimate_tokens(left) + estimate_tokens(right)


# --- splitting --------------------------------------------------------------------------------------------------------


@given(st.lists(TEXTS, min_size=1, max_size=40), st.integers(40, 400))
def test_split_keeps_every_word_in_order_under_its_index(texts: list[str], budget: int) -> None:
    lines = [Line(index, "agent/S0", text) for index, text in enumerate(texts)]
    pieces = [piece for part in split(lines, budget) for piece in part]
    for line in lines:
        own = [piece.text for piece in pieces if piece.index == line.index]
        assert " ".join(own).split() == line.text.split()
    assert [piece.index for piece in pieces] == sorted(piece.index for piece in pieces)


@given(st.lists(TEXTS, min_size=1, max_size=40), st.integers(40, 400))
def test_no_part_is_over_the_budget_or_empty(texts: list[str], budget: int) -> None:
    parts = split([Line(index, "agent/S0", text) for index, text in enumerate(texts)], budget)
    assert all(0 < line_tokens(part) <= budget for part in parts)


def test_what_fits_stays_whole() -> None:
    lines = (Line(0, "agent/S0", "hello"), Line(1, "customer/S1", "hello"))
    assert split(lines, line_tokens(lines)) == (lines,)


def test_parts_are_of_about_equal_size() -> None:
    lines = [Line(index, "agent/S0", "about the same number of words in every line") for index in range(100)]
    sizes = [len(part) for part in split(lines, line_tokens(lines) // 2 - 1)]
    assert len(sizes) == 3
    assert max(sizes) - min(sizes) <= 3


def test_splitting_nothing_gives_nothing() -> None:
    assert split((), 100) == ()


def test_script_without_spaces_is_cut_but_never_inside_a_marker() -> None:
    text = "问" * 30 + "[PERSON_NAME_1]" + "问" * 31
    pieces = [piece for part in split([Line(3, "agent/S0", text)], 50) for piece in part]
    assert "".join(piece.text for piece in pieces) == text
    assert any("[PERSON_NAME_1]" in piece.text for piece in pieces)
    assert {piece.index for piece in pieces} == {3}


def test_a_word_that_never_fits_ends_in_single_characters() -> None:
    pieces = [piece for part in split([Line(0, "agent/S0", "xyz")], 1) for piece in part]
    assert "".join(piece.text for piece in pieces) == "xyz"


# --- merging ----------------------------------------------------------------------------------------------------------


def analysis(
    summary: str = "s",
    sentiment: Sentiment = "neutral",
    answers: tuple[tuple[bool | None, tuple[int, ...]], ...] = ((None, ()), (None, ())),
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
    return merge(readings, [CHECKLIST], complete=complete)


@pytest.mark.parametrize(
    ("answers", "value", "evidence"),
    [
        ([(False, (1,)), (True, (2,)), (None, ())], True, (2,)),
        ([(True, (4,)), (False, (1,)), (True, (2, 4))], True, (4, 2)),
        ([(True, ()), (False, (3,))], False, (3,)),
        ([(True, ()), (None, ())], True, ()),
        ([(None, ()), (False, ())], False, ()),
        ([(None, ()), (None, (7,))], None, ()),
    ],
)
def test_proved_yes_then_no_then_unanswered(
    answers: list[tuple[bool | None, tuple[int, ...]]], value: bool | None, evidence: tuple[int, ...]
) -> None:
    whole = merged(*(analysis(answers=(answer, (None, ()))) for answer in answers))
    answer = whole.checklists[0].answers[0]
    assert (answer.value, answer.evidence) == (value, evidence)
    assert whole.checklists[0].score == (None if value is None else float(value))


def test_no_is_not_said_of_a_call_with_an_unread_part() -> None:
    parts = [analysis(answers=((False, (1,)), (True, (2,))))] * 2
    answers = merged(*parts, complete=False).checklists[0].answers
    assert [(answer.value, answer.evidence) for answer in answers] == [(None, ()), (True, (2,))]


def test_lists_are_united_in_order_and_bounded_with_something_of_each_part() -> None:
    parts = [analysis(topics=tuple(f"{name}{n}" for n in range(5))) for name in "abc"]
    assert merged(*parts).topics == ("a0", "a1", "b0", "b1", "c0", "c1")
    assert merged(analysis(topics=("x", "y")), analysis(topics=("y", "z"))).topics == ("x", "y", "z")
    assert len(merged(*parts).topics) == FULL.items


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
    parts = [analysis(topics=("b", "a"), sentiment="positive"), analysis(topics=("c",), sentiment="negative")]
    assert merged(*parts) == merged(*parts)


def test_evidence_outside_the_lines_shown_is_dropped_and_counted() -> None:
    shown = [Line(4, "agent/S0", "hello"), Line(5, "customer/S1", "hello")]
    cited, dropped = cited_only(analysis(answers=((True, (4, 6, 99)), (False, (5,)))), shown)
    assert [answer.evidence for answer in cited.checklists[0].answers] == [(4,), (5,)]
    assert dropped == 2
