"""What cues tell: the reason for contact, actions, follow-ups, commitments, risks and the other notes, as quotes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.analysis.conversation import Conversation, Sentence
from engine.analysis.keyness import content_stems, products
from engine.types import AnalysisNotes, Role

QUOTE_CHARS = 160
MAX_QUOTES = 6
NOTE_QUOTES = 2
SHORT = 4
"""Content words below which a reason needs the next sentence to be understood."""
FUNNEL = ("purchase", "retention", "consideration", "awareness")


def reason_for_contact(conversation: Conversation) -> tuple[Sentence, ...]:
    """The customer's first sentence that gives a reason (failing that, their first with some content), and the next one
    of the same breath where it says little ("I am calling about my bill. You charged me twice.")."""
    customer = conversation.said_by("customer")
    early = customer[: max(len(customer) // 2, 5)]
    substantial = [sentence for sentence in early if content_stems(sentence, conversation.lexicon)]
    given = [sentence for sentence in substantial if "reason" in sentence.cues]
    wordy = (each for each in substantial if each.role == "customer" and _content(each, conversation) >= 3)
    reason = given[0] if given else next(wordy, None)
    if reason is None:
        return ()
    following = customer[customer.index(reason) + 1 :][:1]
    if _content(reason, conversation) < SHORT and following and following[0].utterance - reason.utterance <= 1:
        return (reason, following[0])
    return (reason,)


def resolution(conversation: Conversation) -> tuple[Sentence, ...]:
    """The agent's promise or deed that says most, the last of several."""
    for cue in ("commitment", "done", "follow_up"):
        found = _statements(conversation, cue, "agent")
        if found:
            return (max(reversed(found), key=lambda sentence: _content(sentence, conversation)),)
    return ()


def actions(conversation: Conversation) -> tuple[str, ...]:
    """What the agent did or promised to do, but for what is a follow-up."""
    acted = [
        sentence
        for sentence in conversation.said_by("agent")
        if sentence.cues.keys() & {"done", "commitment"}
        and "follow_up" not in sentence.cues
        and not sentence.is_question
    ]
    return _quotes(acted, "commitment", MAX_QUOTES)


def follow_ups(conversation: Conversation) -> tuple[str, ...]:
    """What is to happen after the call: call-backs, deliveries, visits, and what the customer is to do."""
    return _quotes(_upcoming(conversation), "follow_up", MAX_QUOTES)


def notes(conversation: Conversation, emotional_dynamics: str | None) -> AnalysisNotes:
    """Quotes for what the call tells; None for what it does not."""
    reason = reason_for_contact(conversation)
    upcoming = _upcoming(conversation) or _statements(conversation, "commitment", "agent")
    named = products(conversation)
    return AnalysisNotes(
        decision_driver=_note(conversation, "decision", "customer", 1),
        emotional_dynamics=emotional_dynamics,
        funnel_stage=_funnel_stage(conversation),
        intention=_note(conversation, "want", "customer", 1),
        key_obstacles=_note(conversation, "obstacle", "customer"),
        next_action=upcoming[-1].quote(QUOTE_CHARS, "follow_up") if upcoming else None,
        operator_commitments=_note(conversation, "commitment", "agent"),
        product_or_service=", ".join(named) or None,
        reason_for_contact=" ".join(_quotes(reason, "reason", NOTE_QUOTES)) or None,
        risk_signals=_note(conversation, "risk", "customer"),
        root_cause=_note(conversation, "cause", "agent", 1) or _note(conversation, "cause", "customer", 1),
        sales_signals=_note(conversation, "sales", "customer"),
    )


def _upcoming(conversation: Conversation) -> list[Sentence]:
    return [
        sentence
        for sentence in conversation.sentences
        if not sentence.is_question
        and ("follow_up" in sentence.cues or (sentence.role == "customer" and "commitment" in sentence.cues))
    ]


def _content(sentence: Sentence, conversation: Conversation) -> int:
    return len(content_stems(sentence, conversation.lexicon))


def _statements(conversation: Conversation, cue: str, role: Role) -> list[Sentence]:
    return [sentence for sentence in conversation.with_cue(cue, role) if not sentence.is_question]


def _note(conversation: Conversation, cue: str, role: Role, limit: int = NOTE_QUOTES) -> str | None:
    """The first sentences with the cue. Questions count for what customers ask, not for what agents promise."""
    found: Sequence[Sentence] = conversation.with_cue(cue, role)
    if role == "agent":
        found = _statements(conversation, cue, role)
    return " ".join(_quotes(found, cue, limit)) or None


def _funnel_stage(conversation: Conversation) -> str | None:
    stage = next((stage for stage in FUNNEL if conversation.with_cue(stage, "customer")), None)
    return conversation.lexicon.labels.get(stage, stage) if stage else None


def _quotes(sentences: Iterable[Sentence], cue: str, limit: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentence.quote(QUOTE_CHARS, cue) for sentence in sentences))[:limit]
