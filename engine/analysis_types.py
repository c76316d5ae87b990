"""Frozen values of hop 7: what an analysis says, and what was asked.

Every enumeration is a fixed list of ids, which the prompt, the validation, the store's columns and the filters share.
`Text` marks free text, which the privacy stage reads again before it is saved. `evidence` holds utterance indexes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Literal

Sentiment = Literal["positive", "neutral", "negative"]
Role = Literal["agent", "customer", "unknown"]

Attitude = Literal["friendly", "cooperative", "neutral", "impatient", "frustrated", "hostile"]
Tone = Literal["warm", "calm", "formal", "neutral", "tense", "aggressive", "distressed"]
Resolution = Literal["resolved", "partly_resolved", "unresolved"]
Priority = Literal["low", "normal", "high", "urgent"]
FunnelStage = Literal["awareness", "consideration", "purchase", "retention"]
Intent = Literal[
    "information", "purchase", "billing", "technical_support", "account_change", "appointment",
    "delivery", "claim", "complaint", "cancellation", "feedback", "other",
]  # fmt: skip
RiskKind = Literal["churn", "complaint", "legal", "fraud", "payment", "reputation", "safety", "data_protection"]
SaleKind = Literal["interest", "price_question", "upgrade", "comparison", "objection", "commitment"]
FaultKind = Literal[
    "no_greeting", "no_verification", "no_answer", "wrong_information", "impolite", "interruption", "blame",
    "no_next_step",
]  # fmt: skip
AnswerType = Literal["yes_no", "partly", "number", "choice", "text"]
Value = bool | float | str | None
"""Of a checklist answer: True or False, 0.5 for partly, a number, one of the choices, None where not answerable."""

LANGUAGES: Mapping[str, str] = MappingProxyType({
    "ar": "Arabic", "cs": "Czech", "de": "German", "en": "English", "es": "Spanish", "fi": "Finnish", "fr": "French",
    "hi": "Hindi", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish",
    "pt": "Portuguese", "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
})  # fmt: skip
"""Those that an analysis can be written in and a transcript translated into, by ISO 639-1 code."""

FREE_TEXT = "free text"
Text = Annotated[str, FREE_TEXT]


@dataclass(frozen=True, slots=True)
class Scores:
    """csat 0-10; politeness and empathy 0-1; operator_satisfaction 0-10; None where the call does not tell."""

    csat: float | None = None
    politeness: float | None = None
    empathy: float | None = None
    operator_satisfaction: float | None = None

    @property
    def politeness_grade(self) -> int | None:
        """Politeness on the usual scale from 1 (rude) to 5."""
        return None if self.politeness is None else 1 + round(4 * self.politeness)


@dataclass(frozen=True, slots=True)
class AnalysisNotes:
    """Short free-text findings; None where the call does not tell."""

    decision_driver: Text | None = None
    emotional_dynamics: Text | None = None
    funnel_stage: Text | None = None
    intention: Text | None = None
    key_obstacles: Text | None = None
    next_action: Text | None = None
    operator_commitments: Text | None = None
    product_or_service: Text | None = None
    reason_for_contact: Text | None = None
    risk_signals: Text | None = None
    root_cause: Text | None = None
    sales_signals: Text | None = None


@dataclass(frozen=True, slots=True)
class SpeakerMood:
    """How one speaker was disposed; `course`: the sentiment of each of their utterances, by utterance index."""

    speaker: str
    attitude: Attitude | None
    course: tuple[tuple[int, Sentiment], ...] = ()


@dataclass(frozen=True, slots=True)
class TopicSpan:
    """Where a topic is talked about: first and last utterance index of each stretch."""

    topic: Text
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ActionItem:
    """Something done or to be done. `who` does it; `due` as it was said ("by Friday"), None where nothing was."""

    text: Text
    who: Role
    due: Text | None
    kind: Literal["action", "follow_up"]
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding in words: an actionable phrase, a recommendation."""

    text: Text
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question of the call; `answered` is None where the call does not tell."""

    text: Text
    asked_by: Role
    answered: bool | None
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Risk:
    kind: RiskKind
    text: Text
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SaleSignal:
    kind: SaleKind
    text: Text
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OperatorFault:
    kind: FaultKind
    text: Text
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step that a script wants of the operator; `hints` are phrases whose presence suggests that it was met."""

    id: str
    title: str
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """What an operator is to say or do, in this order."""

    id: str
    title: str
    steps: tuple[PlannedStep, ...]


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """A step of the script that the operator was to follow; `met` is None where the call does not tell."""

    id: str
    title: str
    met: bool | None
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ScriptAlignment:
    """`score`: share of the steps that were met, 0-100; None where no step could be judged."""

    script_id: str
    title: str
    score: float | None
    steps: tuple[ScriptStep, ...]


@dataclass(frozen=True, slots=True)
class ChecklistQuestion:
    """`hints` are phrases whose presence suggests yes (used by matching); `choices` for type "choice".

    `points`: what share of the weight each choice earns, 0-1; `scale`: the number that earns nothing and the one that
    earns all. A choice, number or text without them is asked but not scored. `critical`: a no makes the whole
    checklist's score 0. `not_applicable_when`: id of a question whose no takes this one out of the score.
    """

    id: str
    text: str
    hints: tuple[str, ...] = ()
    about: Role = "agent"
    type: AnswerType = "yes_no"
    weight: float = 1.0
    choices: tuple[str, ...] = ()
    critical: bool = False
    not_applicable_when: str | None = None
    points: tuple[float, ...] = ()
    scale: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Checklist:
    id: str
    title: str
    questions: tuple[ChecklistQuestion, ...]


@dataclass(frozen=True, slots=True)
class ChecklistAnswer:
    """`value`: None where not answerable; `applicable` is False where another answer makes the question void.

    The words of a question of type "text" are in `text`, not in `value`, and have no score.
    """

    question_id: str
    title: str
    value: Value
    evidence: tuple[int, ...] = ()
    applicable: bool = True
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class ChecklistResult:
    """`score`: weighted share of what the applicable, answerable questions could give, 0-1, computed by code; None
    where none is answerable. `failed_critical`: ids of the critical questions answered with no."""

    checklist_id: str
    title: str
    score: float | None
    answers: tuple[ChecklistAnswer, ...]
    failed_critical: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the user's tree: `name` is its id, `description` says what belongs to it, `parent` is a name or ""."""

    name: str = ""
    description: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Analysis:
    """The fixed schema. `engine` says what wrote it ("extractive" or "vllm:<model>"); `language` is that of the words.

    `actions`, `follow_ups` and `topics` are the plain texts of `action_items` and `topic_spans`. Fields are None or
    empty where the call does not tell, or where the backend cannot know it in the call's language. With a category
    stand those above it in the tree. `dropped_evidence` counts the utterance indexes and quotes that a model cited and
    the call does not have; what stood on them alone is not here.
    """

    engine: str
    summary: Text
    sentiment: Sentiment | None
    scores: Scores
    actions: tuple[Text, ...] = ()
    follow_ups: tuple[Text, ...] = ()
    topics: tuple[Text, ...] = ()
    tags: tuple[Text, ...] = ()
    analysis_notes: AnalysisNotes = field(default_factory=AnalysisNotes)
    checklists: tuple[ChecklistResult, ...] = ()
    categories: tuple[str, ...] = ()
    language: str | None = None
    tone: Tone | None = None
    resolution: Resolution | None = None
    priority: Priority | None = None
    funnel_stage: FunnelStage | None = None
    intents: tuple[Intent, ...] = ()
    speakers: tuple[SpeakerMood, ...] = ()
    topic_spans: tuple[TopicSpan, ...] = ()
    action_items: tuple[ActionItem, ...] = ()
    actionable_phrases: tuple[Remark, ...] = ()
    questions: tuple[AskedQuestion, ...] = ()
    risks: tuple[Risk, ...] = ()
    sales: tuple[SaleSignal, ...] = ()
    operator_errors: tuple[OperatorFault, ...] = ()
    recommendations: tuple[Remark, ...] = ()
    scripts: tuple[ScriptAlignment, ...] = ()
    dropped_evidence: int = 0
