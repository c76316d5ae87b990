"""How a call ended: whether the matter was settled, and how soon somebody should act on it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.analysis.conversation import Conversation, Sentence
from engine.analysis.sentiment import TELLING, balance
from engine.analysis_types import Priority, Resolution, Risk, RiskKind, Sentiment

GRAVE: frozenset[RiskKind] = frozenset({"fraud", "safety", "data_protection"})
SERIOUS: frozenset[RiskKind] = frozenset({"churn", "complaint", "legal", "reputation"})


def resolution(conversation: Conversation, scores: Sequence[float]) -> Resolution | None:
    """What the agent did settles the matter, unless the customer is displeased after the last of it; a promise does
    where the customer is pleased after it; a refusal does not. None where there is none of these, or no lexicon."""
    if conversation.with_cue("solved", "customer"):
        return "resolved"
    done = _statements(conversation, "done")
    promised = _statements(conversation, "commitment", "follow_up")
    refused = [cue for cue in ("refusal", "evasion", "blame", "rude") if conversation.with_cue(cue, "agent")]
    if not done and not promised:
        return "unresolved" if refused else None
    mood = _mood_after(done[-1] if done else promised[0], conversation, scores)
    if done:
        return "partly_resolved" if mood <= -TELLING else "resolved"
    if refused and mood <= -TELLING:
        return "unresolved"
    return "resolved" if mood >= TELLING else "partly_resolved"


def priority(
    conversation: Conversation, sentiment: Sentiment | None, settled: Resolution | None, risks: Sequence[Risk]
) -> Priority | None:
    """Grave risks and unmet urgency first, then displeasure; None in a language without a lexicon or a silent call."""
    if not conversation.lexicon.known or not conversation.sentences:
        return None
    kinds = {risk.kind for risk in risks}
    open_still = settled in ("unresolved", "partly_resolved")
    if (kinds & GRAVE and settled != "resolved") or (open_still and conversation.with_cue("urgent", "customer")):
        return "urgent"
    if kinds & (GRAVE | SERIOUS) or (open_still and sentiment == "negative"):
        return "high"
    return "low" if settled == "resolved" and sentiment == "positive" else "normal"


def _statements(conversation: Conversation, *cues: str) -> list[Sentence]:
    agent = conversation.said_by("agent")
    return [sentence for sentence in agent if not sentence.is_question and sentence.cues.keys() & set(cues)]


def _mood_after(remedy: Sentence, conversation: Conversation, scores: Sequence[float]) -> float:
    """The customer's feeling after the remedy, negative where they threaten to leave or to complain."""
    later = [sentence for sentence in conversation.said_by("customer") if sentence.utterance > remedy.utterance]
    if any(sentence.cues.keys() & {f"risk.{kind}" for kind in SERIOUS} for sentence in later):
        return -1.0
    by_index = dict(zip((utterance.index for utterance in conversation.utterances), scores, strict=True))
    return balance([by_index[index] for index in dict.fromkeys(sentence.utterance for sentence in later)]) or 0.0
