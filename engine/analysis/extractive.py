"""Analysis without a model: what the call itself says, found by words and phrases and quoted.

Deterministic, offline, a few milliseconds a call. It understands English best and French, Spanish, German, Italian and
Portuguese somewhat; of any other language it gives what needs no lexicon (central sentences, matched hints).
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from engine.analysis.analyzer import require_redacted
from engine.analysis.centrality import summarize
from engine.analysis.conversation import Conversation, read
from engine.analysis.findings import actions, follow_ups, notes, reason_for_contact, resolution
from engine.analysis.keyness import topics
from engine.analysis.lexicon import Lexicon, load_lexicon
from engine.analysis.matching import answer_checklist, hint_phrases, matched_categories, matched_tags
from engine.analysis.phrases import Phrases
from engine.analysis.sentiment import (
    call_scores,
    call_sentiment,
    customer_scores,
    emotional_dynamics,
    sentiment_of,
    utterance_scores,
)
from engine.analysis.tokens import Vocabulary
from engine.types import Analysis, AnalysisOutcome, Checklist, RedactedTranscript

MAX_TAGS = 6

logger = logging.getLogger(__name__)


class ExtractiveAnalyzer:
    """The analyzer "extractive". Read-only, so that any number of threads may use it."""

    name = "extractive"

    def __init__(self, checklists: Sequence[Checklist] = (), categories: Sequence[str] = ()) -> None:
        self._checklists = tuple(checklists)
        self._categories = tuple(categories)

    def check(self) -> None:
        """Nothing can be missing."""

    def analyze(self, call_id: str, transcript: RedactedTranscript) -> AnalysisOutcome:
        """Analyze one call; the same transcript always gives the same outcome. Raises PrivacyError on raw text."""
        require_redacted(transcript)
        prepared = _prepare(load_lexicon(transcript.language.code).language, self._checklists)
        conversation = read(transcript, prepared.lexicon, prepared.vocabulary)
        logger.debug("call %s: %d sentences in %s", call_id, len(conversation.sentences), prepared.lexicon.language)
        scores = utterance_scores(conversation)
        analysis = self._analysis(conversation, prepared, customer_scores(conversation, scores))
        return AnalysisOutcome(analysis, tuple(map(sentiment_of, scores)))

    def close(self) -> None:
        """Nothing is held."""

    def _analysis(self, conversation: Conversation, prepared: _Prepared, mood: Sequence[float]) -> Analysis:
        tags = matched_tags(conversation)
        lead = reason_for_contact(conversation) + resolution(conversation)
        return Analysis(
            engine=self.name,
            summary=summarize(conversation, lead),
            sentiment=call_sentiment(mood),
            scores=call_scores(conversation, mood),
            actions=actions(conversation),
            follow_ups=follow_ups(conversation),
            topics=topics(conversation),
            tags=tags[:MAX_TAGS],
            analysis_notes=notes(conversation, emotional_dynamics(mood, conversation.lexicon)),
            checklists=tuple(
                answer_checklist(conversation, checklist, hints)
                for checklist, hints in zip(self._checklists, prepared.hints, strict=True)
            ),
            categories=matched_categories(conversation, self._categories, tags),
        )


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A lexicon and the checklists' hints in its normal form; `vocabulary` holds all words that something looks for."""

    lexicon: Lexicon
    hints: tuple[Phrases[str], ...]
    vocabulary: Vocabulary


@functools.lru_cache(maxsize=64)
def _prepare(language: str, checklists: tuple[Checklist, ...]) -> _Prepared:
    lexicon = load_lexicon(language)
    hints = tuple(hint_phrases(checklist, lexicon) for checklist in checklists)
    sought = frozenset(stem for each in hints for stem in each.stems)
    return _Prepared(lexicon, hints, lexicon.vocabulary_with(sought))
