"""What operators do wrong, only where words or times show it, and what to advise them."""

from __future__ import annotations

import dataclasses

import pytest

from engine.analysis.coaching import operator_errors, recommendations
from engine.analysis.conversation import read
from engine.analysis.lexicon import languages, load_lexicon
from engine.analysis.metrics import interruptions
from engine.analysis.outcome import resolution
from engine.analysis.questions import asked_questions
from engine.analysis.sentiment import utterance_scores
from engine.analysis_types import (
    ChecklistAnswer,
    ChecklistResult,
    OperatorFault,
    Remark,
    ScriptAlignment,
    ScriptStep,
)
from engine.types import RedactedTranscript
from tests.analysis.conftest import said

GOOD = ("Good morning, this is [PERSON_NAME_1].", "Hello.")


def faults(transcript: RedactedTranscript) -> tuple[OperatorFault, ...]:
    call = read(transcript, load_lexicon(transcript.language.code))
    settled = resolution(call, utterance_scores(call))
    return operator_errors(call, asked_questions(call), settled, interruptions(call.utterances))


def kinds(*turns: str) -> dict[str, tuple[int, ...]]:
    return {fault.kind: fault.evidence for fault in faults(said(*turns))}


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        (("Yes?", "Hello."), {"no_greeting": (0,)}),
        ((*GOOD, "I have cancelled the contract.", "Okay."), {"no_verification": (2,)}),
        ((*GOOD, "What is your date of birth?", "[DATE_1].", "I have cancelled the contract."), {}),
        ((*GOOD, "Yes.", "My account number is [ACCOUNT_NUMBER_1].", "I have cancelled the contract."), {}),
        ((*GOOD, "I have sent the brochure.", "Okay."), {}),  # nothing to protect
        ((*GOOD, "Yes.", "When will it come?", "I do not know."), {"no_answer": (3, 4), "no_next_step": (4,)}),
        ((*GOOD, "Yes.", "When will it come?", "On Monday."), {}),
        ((*GOOD, "Shut up.", "Oh."), {"impolite": (2,), "no_next_step": (2,)}),
        ((*GOOD, "That is not our fault.", "Oh.", "Please call us tomorrow."), {"blame": (2,)}),
        ((*GOOD, "Unfortunately not.", "Oh.", "Bye."), {"no_next_step": (4,)}),
        ((*GOOD, "Unfortunately not, but we will call you back.", "Oh."), {}),
        (GOOD, {}),
        ((), {}),
    ],
)
def test_a_fault_with_the_words_that_show_it(turns: tuple[str, ...], expected: dict[str, tuple[int, ...]]) -> None:
    assert kinds(*turns) == expected


def overlapping(count: int) -> RedactedTranscript:
    """The agent starts in the middle of what the customer says, this many times."""
    quiet = said("Good morning, how can I help?", *["It is like this.", "That is how it is."] * 3)
    moved = [
        dataclasses.replace(each, start_s=each.start_s - 1.0, end_s=each.end_s - 1.0)
        if each.role == "agent" and 0 < each.index <= 2 * count and each.start_s is not None and each.end_s is not None
        else each
        for each in quiet.utterances
    ]
    return dataclasses.replace(quiet, utterances=tuple(moved))


@pytest.mark.parametrize(("count", "expected"), [(0, []), (1, []), (2, [(2, 4)]), (3, [(2, 4, 6)])])
def test_interruptions_are_a_fault_from_the_second_on(count: int, expected: list[tuple[int, ...]]) -> None:
    assert [each.evidence for each in faults(overlapping(count)) if each.kind == "interruption"] == expected


def test_nobody_is_blamed_where_nobody_is_known_to_be_the_agent() -> None:
    transcript = said("Shut up.", "Oh.")
    unknown = tuple(dataclasses.replace(each, role="unknown") for each in transcript.utterances)
    assert faults(dataclasses.replace(transcript, utterances=unknown)) == ()


CHECKLISTS = (
    ChecklistResult(
        "c", "C", 0.5, (ChecklistAnswer("a", "Greeted?", True), ChecklistAnswer("b", "Thanked?", False),
                        ChecklistAnswer("d", "Sold?", None)),
    ),
)  # fmt: skip
SCRIPTS = (ScriptAlignment("s", "S", 0.0, (ScriptStep("x", "Name the price", False), ScriptStep("y", "End", None))),)


def test_advice_for_faults_and_for_what_was_left_out() -> None:
    advice = recommendations(load_lexicon("en"), (OperatorFault("interruption", "But", (3,)),), CHECKLISTS, SCRIPTS)
    assert advice == (
        Remark("Let the customer finish.", (3,)),
        Remark("Not found in this call: Thanked?", ()),
        Remark("Step of the script that was not found in this call: Name the price", ()),
    )


@pytest.mark.parametrize("language", languages())
def test_advice_in_each_language(language: str) -> None:
    lexicon = load_lexicon(language)
    assert len(recommendations(lexicon, (OperatorFault("blame", "So", (0,)),), CHECKLISTS, SCRIPTS)) == 3


def test_no_advice_in_a_language_without_a_lexicon() -> None:
    assert recommendations(load_lexicon("nl"), (), CHECKLISTS, SCRIPTS) == ()
