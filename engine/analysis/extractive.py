"""Analysis without a model: what the call itself says, found by words and phrases and quoted.

Deterministic, offline, a few milliseconds a call. It understands English best and French, Spanish, German, Italian and
Portuguese somewhat; of any other language it gives what needs no lexicon (central sentences, matched hints). Every
finding is a quote with the utterances that hold it; only recommendations are fixed sentences. What takes understanding
it never says: that a tone is formal or that information was wrong.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from engine.analysis.action_items import action_items, texts
from engine.analysis.analyzer import require_redacted
from engine.analysis.attitudes import speaker_moods, tone
from engine.analysis.centrality import summarize
from engine.analysis.coaching import operator_errors, recommendations
from engine.analysis.conversation import Conversation, read
from engine.analysis.findings import actionable_phrases, notes, reason_for_contact, remedy
from engine.analysis.keyness import topics
from engine.analysis.lexicon import Lexicon, load_lexicon
from engine.analysis.matching import (
    ChecklistPhrases,
    answer_checklist,
    checklist_phrases,
    matched_categories,
    matched_tags,
)
from engine.analysis.metrics import interruptions
from engine.analysis.outcome import priority, resolution
from engine.analysis.phrases import Phrases
from engine.analysis.questions import asked_questions
from engine.analysis.script_matching import align_script, step_phrases
from engine.analysis.sentiment import (
    call_scores,
    customer_scores,
    emotional_dynamics,
    sentiment_of_call,
    sentiments_of,
    utterance_scores,
)
from engine.analysis.signals import funnel_stage, intents, risks, sales
from engine.analysis.tokens import Tokenizer
from engine.analysis_types import Analysis, Category, Checklist, ChecklistResult, Script, ScriptAlignment
from engine.result_types import AnalysisOutcome
from engine.types import RedactedTranscript

MAX_TAGS = 6

logger = logging.getLogger(__name__)


class ExtractiveAnalyzer:
    """The analyzer "extractive". Read-only, so that any number of threads may use it."""

    name = "extractive"

    def __init__(
        self,
        checklists: Sequence[Checklist] = (),
        categories: Sequence[Category] = (),
        scripts: Sequence[Script] = (),
    ) -> None:
        self._checklists = tuple(checklists)
        self._categories = tuple(categories)
        self._scripts = tuple(scripts)

    def check(self) -> None:
        """Nothing can be missing."""

    def analyze(self, call_id: str, transcript: RedactedTranscript) -> AnalysisOutcome:
        """Analyze one call; the same transcript always gives the same outcome. Raises PrivacyError on raw text."""
        require_redacted(transcript)
        prepared = _prepare(load_lexicon(transcript.language.code).language, self._checklists, self._scripts)
        conversation = read(transcript, prepared.lexicon, prepared.tokenizer)
        logger.debug("call %s: %d sentences in %s", call_id, len(conversation.sentences), prepared.lexicon.language)
        scores = utterance_scores(conversation)
        return AnalysisOutcome(self._analysis(conversation, prepared, scores), sentiments_of(conversation, scores))

    def close(self) -> None:
        """Nothing is held."""

    def _analysis(self, conversation: Conversation, prepared: _Prepared, scores: Sequence[float]) -> Analysis:
        mood = customer_scores(conversation, scores)
        sentiment, settled = sentiment_of_call(conversation, mood), resolution(conversation, scores)
        items, asked = action_items(conversation), asked_questions(conversation)
        threats, chances = risks(conversation), sales(conversation)
        faults = operator_errors(conversation, asked, settled, interruptions(conversation.utterances))
        subjects, tags = topics(conversation), matched_tags(conversation)
        checklists, scripts = self._graded(conversation, prepared)
        dynamics = emotional_dynamics(mood, conversation.lexicon)
        return Analysis(
            engine=self.name,
            language=conversation.lexicon.language,
            summary=summarize(conversation, reason_for_contact(conversation) + remedy(conversation)),
            sentiment=sentiment,
            scores=call_scores(conversation, mood),
            actions=texts(items, "action"),
            follow_ups=texts(items, "follow_up"),
            topics=tuple(subject.topic for subject in subjects),
            tags=tags[:MAX_TAGS],
            analysis_notes=notes(conversation, dynamics, items, threats, chances),
            checklists=checklists,
            categories=matched_categories(conversation, self._categories, tags),
            tone=tone(conversation, sentiment),
            resolution=settled,
            priority=priority(conversation, sentiment, settled, threats),
            funnel_stage=funnel_stage(conversation),
            intents=intents(conversation),
            speakers=speaker_moods(conversation, scores),
            topic_spans=subjects,
            action_items=items,
            actionable_phrases=actionable_phrases(conversation),
            questions=asked,
            risks=threats,
            sales=chances,
            operator_errors=faults,
            recommendations=recommendations(conversation.lexicon, faults, checklists, scripts),
            scripts=scripts,
        )

    def _graded(
        self, conversation: Conversation, prepared: _Prepared
    ) -> tuple[tuple[ChecklistResult, ...], tuple[ScriptAlignment, ...]]:
        grids = zip(self._checklists, prepared.questions, strict=True)
        plans = zip(self._scripts, prepared.steps, strict=True)
        return (
            tuple(answer_checklist(conversation, checklist, phrases) for checklist, phrases in grids),
            tuple(align_script(conversation, script, hints) for script, hints in plans),
        )


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A lexicon, and the phrases of checklists and scripts in its normal form; `tokenizer` knows all words sought."""

    lexicon: Lexicon
    questions: tuple[ChecklistPhrases, ...]
    steps: tuple[Phrases[str], ...]
    tokenizer: Tokenizer


@functools.lru_cache(maxsize=64)
def _prepare(language: str, checklists: tuple[Checklist, ...], scripts: tuple[Script, ...]) -> _Prepared:
    lexicon = load_lexicon(language)
    questions = tuple(checklist_phrases(checklist, lexicon) for checklist in checklists)
    steps = tuple(step_phrases(script, lexicon) for script in scripts)
    sought = frozenset[str]().union(*(each.stems for each in questions), *(each.stems for each in steps))
    return _Prepared(lexicon, questions, steps, lexicon.tokenizer_with(sought))
