"""What the fields of the answer mean, in the words that the language model reads."""

from __future__ import annotations

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "summary": "what happened, in two to four sentences",
    "sentiment": "how the customer feels over the whole call",
    "tags": "short labels to find the call by",
    "analysis_notes": "short findings, null where the call does not tell",
    "tone": "tone of the whole call",
    "resolution": "whether the customer's matter was settled in this call",
    "priority": "how urgent it is that somebody acts on this call",
    "funnel_stage": "stage of a purchase; null where none is considered",
    "intents": "what the customer wants, most important first",
    "speakers": "attitude of each speaker",
    "topic_spans": "what the call is about, most important first, and where",
    "action_items": "what was done or promised (action), and what is to happen after the call (follow_up)",
    "actionable_phrases": "phrases, word for word, that somebody should act on",
    "questions": "what was asked, and whether it was answered in the call",
    "risks": "signs of a risk to the business",
    "sales": "signs of interest in buying",
    "operator_errors": "what the agent did wrong",
    "recommendations": "advice for coaching the agent",
    "csat": "customer satisfaction, 10 is best",
    "politeness": "politeness of the agent",
    "empathy": "empathy of the agent",
    "operator_satisfaction": "how content the agent is, 10 is best",
    "who": "who does it",
    "due": "when, as it was said; null if nothing was said",
    "evidence": "numbers of the utterances that prove it",
    "quote": "a few words from one of them, exactly as they stand there",
}
NOTES: Mapping[str, str] = {
    "decision_driver": "what made the customer decide",
    "emotional_dynamics": "how the customer's mood changed during the call",
    "funnel_stage": "stage of a purchase: awareness, consideration, purchase or retention",
    "intention": "what the customer wants to reach",
    "key_obstacles": "what stood in the way",
    "next_action": "the very next step after the call",
    "operator_commitments": "what the agent promised",
    "product_or_service": "the product or service the call is about",
    "reason_for_contact": "why the customer got in touch",
    "risk_signals": "signs of leaving, complaint, legal steps or fraud",
    "root_cause": "the cause behind the problem",
    "sales_signals": "signs of interest in buying or upgrading",
}
