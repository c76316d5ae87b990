"""What the operator did wrong as far as words and times show it, and what to advise them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from engine.analysis.conversation import MAX_EVIDENCE, QUOTE_CHARS, Conversation, Sentence
from engine.analysis.lexicon import Lexicon
from engine.analysis_types import (
    AskedQuestion,
    ChecklistResult,
    FaultKind,
    OperatorFault,
    Remark,
    Resolution,
    ScriptAlignment,
)
from engine.types import RedactedUtterance

OPENING = 3
"""Sentences of the agent in which a greeting is looked for."""
LEAST_INTERRUPTIONS = 2
"""A single one may be an error of the times."""
MAX_ADVICE = 8
PROTECTED_TAGS = frozenset({"tag.lost or stolen card", "tag.password", "tag.change of address", "tag.cancellation"})
"""Matters in which nothing may be changed for somebody who has not said who they are."""
IDENTITY_MARKERS = frozenset({
    "[ACCOUNT_NUMBER]", "[CREDIT_CARD_NUMBER]", "[DATE_OF_BIRTH]", "[DRIVERS_LICENSE]", "[HEALTHCARE_NUMBER]",
    "[NUMBER_SEQUENCE]", "[PASSPORT_NUMBER]", "[US_SOCIAL_SECURITY_NUMBER]",
})  # fmt: skip


def operator_errors(
    conversation: Conversation,
    questions: Sequence[AskedQuestion],
    settled: Resolution | None,
    interruptions: Sequence[RedactedUtterance],
) -> tuple[OperatorFault, ...]:
    """Faults of the agent, each kind once, with the words that show it. Nothing where nobody is known to be the agent,
    or in a language without a lexicon.

    That something is missing is shown by the sentence in whose place it should have been.
    """
    agent = conversation.by_role.get("agent", ())
    if not agent or not conversation.lexicon.known:
        return ()
    faults = (
        _missing_greeting(agent),
        _missing_verification(conversation),
        _no_answer(questions),
        _fault("impolite", conversation.with_cue("rude", "agent"), "rude"),
        _fault("blame", conversation.with_cue("blame", "agent"), "blame"),
        _interrupting(interruptions, agent),
        _no_next_step(agent, settled),
    )
    return tuple(fault for fault in faults if fault)


def recommendations(
    lexicon: Lexicon,
    faults: Sequence[OperatorFault],
    checklists: Sequence[ChecklistResult],
    scripts: Sequence[ScriptAlignment],
) -> tuple[Remark, ...]:
    """A fixed sentence for each fault, each checklist question answered with no and each missed step; none in a
    language without a lexicon."""
    if not lexicon.advice:
        return ()
    advice = (Remark(lexicon.advice[fault.kind], fault.evidence) for fault in faults)
    return tuple(dict.fromkeys((*advice, *_of_missing(lexicon, checklists, scripts))))[:MAX_ADVICE]


def _of_missing(
    lexicon: Lexicon, checklists: Iterable[ChecklistResult], scripts: Iterable[ScriptAlignment]
) -> Iterator[Remark]:
    for checklist in checklists:
        for answer in checklist.answers:
            if answer.value is False:
                yield Remark(lexicon.advice["unmet"].format(question=answer.title), ())
    for script in scripts:
        for step in script.steps:
            if step.met is False:
                yield Remark(lexicon.advice["missed"].format(step=step.title), ())


def _missing_greeting(agent: Sequence[Sentence]) -> OperatorFault | None:
    if any("greeting" in sentence.cues for sentence in agent[:OPENING]):
        return None
    return _fault("no_greeting", agent[:1])


def _missing_verification(conversation: Conversation) -> OperatorFault | None:
    """Something protected was changed, and nobody asked or said who the customer is."""
    if not any(sentence.cues.keys() & PROTECTED_TAGS for sentence in conversation.sentences):
        return None
    done = [sentence for sentence in conversation.by_role["agent"] if "done" in sentence.cues]
    if not done or any(_identifies(sentence) for sentence in conversation.sentences):
        return None
    return _fault("no_verification", done[:1], "done")


def _identifies(sentence: Sentence) -> bool:
    return "verify" in sentence.cues or any(token.stem in IDENTITY_MARKERS for token in sentence.tokens)


def _no_answer(questions: Sequence[AskedQuestion]) -> OperatorFault | None:
    unanswered = [each for each in questions if each.asked_by == "customer" and each.answered is False]
    if not unanswered:
        return None
    evidence = dict.fromkeys(index for each in unanswered for index in each.evidence)
    return OperatorFault("no_answer", unanswered[0].text, tuple(evidence)[:MAX_EVIDENCE])


def _interrupting(utterances: Sequence[RedactedUtterance], agent: Sequence[Sentence]) -> OperatorFault | None:
    indexes = {utterance.index for utterance in utterances if utterance.role == "agent"}
    if len(indexes) < LEAST_INTERRUPTIONS:
        return None
    return _fault("interruption", [sentence for sentence in agent if sentence.utterance in indexes])


def _no_next_step(agent: Sequence[Sentence], settled: Resolution | None) -> OperatorFault | None:
    if settled != "unresolved" or any(each.cues.keys() & {"follow_up", "commitment", "task"} for each in agent):
        return None
    return _fault("no_next_step", agent[-1:])


def _fault(kind: FaultKind, sentences: Sequence[Sentence], cue: str | None = None) -> OperatorFault | None:
    if not sentences:
        return None
    evidence = tuple(dict.fromkeys(sentence.utterance for sentence in sentences))[:MAX_EVIDENCE]
    return OperatorFault(kind, sentences[0].quote(QUOTE_CHARS, cue), evidence)
