"""Which steps of a script were taken, missed, or cannot be told."""

from __future__ import annotations

import pytest

from engine.analysis.conversation import read
from engine.analysis.lexicon import load_lexicon
from engine.analysis.script_matching import align_script, step_phrases
from engine.analysis_types import PlannedStep, Script, ScriptAlignment
from engine.types import Language, RedactedTranscript
from tests.analysis.conftest import said

HINTED = PlannedStep("greet", "Greet", ("good morning", "hello"))
WORDED = PlannedStep("offer", "Offer the customer the premium warranty for five years")
SHORT = PlannedStep("end", "Say goodbye")


def aligned(*turns: str, steps: tuple[PlannedStep, ...], language: str = "en") -> ScriptAlignment:
    lexicon = load_lexicon(language)
    call = read(RedactedTranscript(Language(language, 1.0), (), said(*turns).utterances), lexicon)
    script = Script("s", "S", steps)
    return align_script(call, script, step_phrases(script, lexicon))


@pytest.mark.parametrize(
    ("step", "agent", "met", "evidence"),
    [
        (HINTED, "Good morning.", True, (0,)),
        (HINTED, "What do you want?", False, ()),
        (WORDED, "I can offer you the premium warranty for five years.", True, (0,)),
        (WORDED, "The warranty is for five years.", None, ()),  # some of it
        (WORDED, "I have nothing for you.", False, ()),
        (WORDED, "I can not offer you a premium warranty.", None, ()),
        (SHORT, "See you soon.", None, ()),  # may be said in any words
    ],
)
def test_a_step(step: PlannedStep, agent: str, met: bool | None, evidence: tuple[int, ...]) -> None:
    (result,) = aligned(agent, "Yes.", steps=(step,)).steps
    assert (result.met, result.evidence) == (met, evidence)


def test_the_score_is_the_share_of_the_steps_that_can_be_judged() -> None:
    alignment = aligned("Good morning.", "Hello.", "I have nothing for you.", steps=(HINTED, WORDED, SHORT))
    assert [step.met for step in alignment.steps] == [True, False, None]
    assert alignment.score == 50.0


def test_only_the_agent_follows_the_script() -> None:
    assert aligned("Yes?", "Good morning, hello.", steps=(HINTED,)).steps[0].met is False


def test_an_agent_who_says_nothing_is_not_judged() -> None:
    assert aligned("", "Hello?", steps=(HINTED, WORDED)).score is None
    assert aligned(steps=(HINTED,)).score is None


def test_a_script_in_another_language_than_the_call_is_not_judged() -> None:
    assert aligned("Goedemorgen.", "Hallo.", steps=(HINTED, WORDED), language="nl").score is None
    own = PlannedStep("groet", "Groet", ("goedemorgen",))
    assert aligned("Goedemorgen.", "Hallo.", steps=(own, HINTED), language="nl").score == 50.0
