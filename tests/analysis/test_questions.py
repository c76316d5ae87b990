"""The questions of a call, who asks them, and whether they are answered."""

from __future__ import annotations

import pytest

from engine.analysis.conversation import read
from engine.analysis.lexicon import load_lexicon
from engine.analysis.questions import asked_questions
from engine.analysis_types import AskedQuestion
from engine.types import Language, RedactedTranscript
from tests.analysis.conftest import said


def asked(*turns: str, language: str = "en") -> tuple[AskedQuestion, ...]:
    transcript = RedactedTranscript(Language(language, 1.0), (), said(*turns).utterances)
    return asked_questions(read(transcript, load_lexicon(language)))


@pytest.mark.parametrize(
    ("reply", "answered", "evidence"),
    [
        ("On Monday.", True, (1, 2)),
        ("Yes.", True, (1, 2)),
        ("I do not know.", False, (1, 2)),
        ("That is not my problem.", False, (1, 2)),
        ("Why do you ask?", False, (1, 2)),
        ("Why do you ask? It comes on Monday.", True, (1, 2)),
        ("One moment, please.", None, (1,)),
        ("Let me check. It comes on Monday.", True, (1, 2)),
    ],
)
def test_an_answer_is_what_the_other_says_next(reply: str, answered: bool | None, evidence: tuple[int, ...]) -> None:
    question = asked("Yes?", "When does it come?", reply)[0]
    assert question == AskedQuestion("When does it come?", "customer", answered, evidence)


def test_a_question_that_nobody_answers() -> None:
    assert asked("Yes?", "When does it come?") == (AskedQuestion("When does it come?", "customer", False, (1,)),)


@pytest.mark.parametrize("text", ["How can I help you?", "Really?", "It comes on Monday.", ""])
def test_formulas_and_statements_ask_nothing(text: str) -> None:
    assert asked(text, "Okay.") == ()


def test_the_customers_questions_come_first_where_there_are_many() -> None:
    turns = [turn for i in range(20) for turn in (f"What is number {i}?", f"And why is it number {i}?")]
    found = asked(*turns)
    assert len(found) == 12
    assert {question.asked_by for question in found} == {"customer"}


def test_a_language_without_a_lexicon_has_no_questions() -> None:
    assert asked("Wanneer komt het pakket?", "Maandag.", language="nl") == ()
