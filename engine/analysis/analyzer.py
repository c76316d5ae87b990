"""Hop 7: the protocol of the analysis backends and the choice among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.analysis.checklists import load_checklists
from engine.config import AnalysisConfig
from engine.errors import ConfigurationError, PrivacyError
from engine.types import AnalysisOutcome, RedactedTranscript


class Analyzer(Protocol):
    """One backend. Shared by all calls, so it keeps no state of a call; `analyze` may run in many threads at once."""

    @property
    def name(self) -> str:
        """What goes into `analysis.engine`: "extractive" or "vllm:<model>"."""
        ...

    def check(self) -> None:
        """Raise LlmUnavailableError or ConfigurationError now, before any work, if it cannot run."""
        ...

    def analyze(self, call_id: str, transcript: RedactedTranscript) -> AnalysisOutcome:
        """Analyze one call. What went wrong is in `errors`; raises PrivacyError for anything but redacted text."""
        ...

    def close(self) -> None: ...


def load_analyzer(config: AnalysisConfig) -> Analyzer | None:
    """The backend that the configuration names, with its checklists; None for "none"."""
    if config.backend == "none":
        return None
    checklists = load_checklists(config.checklists)
    categories = _checked_categories(config.categories)
    if config.backend == "vllm":
        from engine.analysis.llm import LlmAnalyzer

        return LlmAnalyzer(config.llm, checklists, categories)
    from engine.analysis.extractive import ExtractiveAnalyzer

    return ExtractiveAnalyzer(checklists, categories)


def require_redacted(transcript: object) -> None:
    """Keep raw text out where no type checker looked: every backend calls this first."""
    if not isinstance(transcript, RedactedTranscript):
        raise PrivacyError(
            "the analyzer accepts redacted text only",
            received=type(transcript).__name__,
            expected="RedactedTranscript",
            remedy="run the privacy filter first",
        )


def _checked_categories(categories: Sequence[str]) -> tuple[str, ...]:
    names = [category.strip() for category in categories]
    if not all(names) or len({name.casefold() for name in names}) != len(names):
        raise ConfigurationError("analysis.categories", received=repr(list(categories)), expected="names that differ")
    return tuple(names)
