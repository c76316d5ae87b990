"""Signs that can be filtered on: risks, signs of interest in buying, what the customer wants, and how far a sale is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeVar, get_args

from engine.analysis.conversation import MAX_EVIDENCE, QUOTE_CHARS, Conversation, Sentence
from engine.analysis_types import FunnelStage, Intent, Risk, RiskKind, SaleKind, SaleSignal

FUNNEL: tuple[FunnelStage, ...] = ("purchase", "retention", "consideration", "awareness")
"""The stage that tells most first."""
MAX_INTENTS = 3
ASKED_WEIGHT = 3
"""Of a sentence in which the customer gives a reason or says what they want, beside one of any other."""
ASKING_CUES = frozenset({"reason", "want", "information", "sale.commitment"})

INTENTS: Mapping[str, Intent] = {
    "tag.cancellation": "cancellation", "tag.complaint": "complaint", "tag.refund": "claim", "tag.billing": "billing",
    "tag.payment": "billing", "tag.delivery": "delivery", "tag.technical problem": "technical_support",
    "tag.lost or stolen card": "account_change", "tag.fraud": "claim", "tag.appointment": "appointment",
    "tag.password": "technical_support", "tag.change of address": "account_change", "tag.upgrade": "purchase",
    "risk.churn": "cancellation", "risk.complaint": "complaint", "sale.commitment": "purchase",
    "sale.price_question": "information", "information": "information", "feedback": "feedback",
}  # fmt: skip

KindT = TypeVar("KindT", bound=str)


def risks(conversation: Conversation) -> tuple[Risk, ...]:
    """The risks that the customer's words show, each once, with the first words that show it."""
    kinds: tuple[RiskKind, ...] = get_args(RiskKind)
    return tuple(Risk(kind, *shown) for kind, shown in _shown(conversation, "risk", kinds))


def sales(conversation: Conversation) -> tuple[SaleSignal, ...]:
    """The signs of a sale in the customer's words, as `risks`."""
    kinds: tuple[SaleKind, ...] = get_args(SaleKind)
    return tuple(SaleSignal(kind, *shown) for kind, shown in _shown(conversation, "sale", kinds))


def funnel_stage(conversation: Conversation) -> FunnelStage | None:
    return next((stage for stage in FUNNEL if conversation.with_cue(stage, "customer")), None)


def intents(conversation: Conversation) -> tuple[Intent, ...]:
    """What the customer asks for, most often asked first; failing that, the one thing that they talk about most."""
    asked, mentioned = Counter[Intent](), Counter[Intent]()
    for sentence in conversation.said_by("customer"):
        found = {intent for cue, intent in INTENTS.items() if cue in sentence.cues}
        mentioned.update(found)
        if sentence.cues.keys() & ASKING_CUES:
            asked.update(found)
    for intent in asked:
        mentioned[intent] += ASKED_WEIGHT * asked[intent]
    order = tuple(get_args(Intent))
    ranked = sorted(mentioned, key=lambda intent: (-mentioned[intent], order.index(intent)))
    return tuple(intent for intent in ranked if not asked or intent in asked)[: MAX_INTENTS if asked else 1]


def _shown(
    conversation: Conversation, table: str, kinds: tuple[KindT, ...]
) -> Iterator[tuple[KindT, tuple[str, tuple[int, ...]]]]:
    for kind in kinds:
        cue = f"{table}.{kind}"
        found = conversation.with_cue(cue, "customer")
        if found:
            yield kind, (found[0].quote(QUOTE_CHARS, cue), evidence(found))


def evidence(sentences: tuple[Sentence, ...]) -> tuple[int, ...]:
    """The utterances of the first sentences, each once."""
    return tuple(dict.fromkeys(sentence.utterance for sentence in sentences))[:MAX_EVIDENCE]
