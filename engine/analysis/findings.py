"""What cues tell: the reason for contact, the remedy, what calls for action, and the notes, as quotes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.analysis.conversation import QUOTE_CHARS, Conversation, Sentence
from engine.analysis.keyness import content_stems, products
from engine.analysis.signals import funnel_stage
from engine.analysis_types import ActionItem, AnalysisNotes, Remark, Risk, Role, SaleSignal

MAX_QUOTES = 6
NOTE_QUOTES = 2
SHORT = 4
"""Content words below which a reason needs the next sentence to be understood."""
CALLING_CUES = ("want", "obstacle", "urgent", "distress")
"""Of the customer's sentences that somebody should act on."""


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


def remedy(conversation: Conversation) -> tuple[Sentence, ...]:
    """The agent's promise or deed that says most, the last of several."""
    for cue in ("commitment", "done", "follow_up"):
        found = _statements(conversation, cue, "agent")
        if found:
            return (max(reversed(found), key=lambda sentence: _content(sentence, conversation)),)
    return ()


def actionable_phrases(conversation: Conversation) -> tuple[Remark, ...]:
    """What the customer says that somebody should act on: wishes, obstacles, urgency, and signs of a risk."""
    remarks = {
        sentence.quote(QUOTE_CHARS, cue): Remark(sentence.quote(QUOTE_CHARS, cue), (sentence.utterance,))
        for sentence in reversed(conversation.said_by("customer"))
        if (cue := _calling_cue(sentence))
    }
    return tuple(reversed(remarks.values()))[:MAX_QUOTES]


def notes(
    conversation: Conversation,
    emotional_dynamics: str | None,
    items: Sequence[ActionItem],
    risks: Sequence[Risk],
    sales: Sequence[SaleSignal],
) -> AnalysisNotes:
    """Quotes for what the call tells; None for what it does not."""
    promises = _said(conversation, "commitment", "agent")
    upcoming = [item.text for item in items if item.kind == "follow_up"] or list(promises)
    interest = [sale.text for sale in sales if sale.kind != "objection"]
    return AnalysisNotes(
        decision_driver=_note(conversation, "decision", "customer", 1),
        emotional_dynamics=emotional_dynamics,
        funnel_stage=_funnel_label(conversation),
        intention=_note(conversation, "want", "customer", 1),
        key_obstacles=_note(conversation, "obstacle", "customer"),
        next_action=upcoming[-1] if upcoming else None,
        operator_commitments=_told(promises),
        product_or_service=", ".join(products(conversation)) or None,
        reason_for_contact=_told(_quotes(reason_for_contact(conversation), "reason")),
        risk_signals=_told([risk.text for risk in sorted(risks, key=lambda risk: risk.evidence)]),
        root_cause=_note(conversation, "cause", "agent", 1) or _note(conversation, "cause", "customer", 1),
        sales_signals=_told(interest),
    )


def _calling_cue(sentence: Sentence) -> str | None:
    """The cue for which somebody should act on the sentence."""
    found = (cue for cue in sentence.cues if cue in CALLING_CUES or cue.startswith("risk."))
    return next(found, None)


def _funnel_label(conversation: Conversation) -> str | None:
    stage = funnel_stage(conversation)
    return conversation.lexicon.labels.get(stage, stage) if stage else None


def _content(sentence: Sentence, conversation: Conversation) -> int:
    return len(content_stems(sentence, conversation.lexicon))


def _statements(conversation: Conversation, cue: str, role: Role) -> list[Sentence]:
    return [sentence for sentence in conversation.with_cue(cue, role) if not sentence.is_question]


def _said(conversation: Conversation, cue: str, role: Role) -> tuple[str, ...]:
    """The sentences with the cue. Questions count for what customers ask, not for what agents promise."""
    agent = role == "agent"
    return _quotes(_statements(conversation, cue, role) if agent else conversation.with_cue(cue, role), cue)


def _note(conversation: Conversation, cue: str, role: Role, limit: int = NOTE_QUOTES) -> str | None:
    return _told(_said(conversation, cue, role), limit)


def _told(quotes: Iterable[str], limit: int = NOTE_QUOTES) -> str | None:
    """The first quotes as one text."""
    return " ".join(list(dict.fromkeys(quotes))[:limit]) or None


def _quotes(sentences: Iterable[Sentence], cue: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentence.quote(QUOTE_CHARS, cue) for sentence in sentences))
