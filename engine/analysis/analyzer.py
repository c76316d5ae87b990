"""Hop 7: the protocol of the analysis backends and the choice among them."""

from __future__ import annotations

from typing import Protocol

from engine.analysis.categories import checked_categories
from engine.analysis.checklists import load_checklists
from engine.analysis.scripts import load_scripts
from engine.analysis_types import LANGUAGES
from engine.config_types import AnalysisConfig
from engine.errors import ConfigurationError, LlmUnavailableError, PrivacyError, UnknownNameError
from engine.result_types import AnalysisOutcome
from engine.types import RedactedTranscript


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
    """The backend that the configuration names, with its checklists, scripts and categories; None for "none".

    Raises ConfigurationError for a file or category that is faulty and for a language that nothing can be written in.
    """
    if config.backend == "none":
        return None
    _check_languages(config)
    checklists, scripts = load_checklists(config.checklists), load_scripts(config.scripts)
    categories = checked_categories(config.categories)
    if config.backend == "vllm":
        from engine.analysis.llm import LlmAnalyzer
        from engine.analysis.schemas import Asked

        return LlmAnalyzer(
            config.llm,
            Asked(checklists, scripts, categories),
            analysis_language=config.analysis_language,
            transcription_language=config.transcription_language,
        )
    from engine.analysis.extractive import ExtractiveAnalyzer

    return ExtractiveAnalyzer(checklists, categories, scripts)


def fault_of(analyzer: Analyzer | None, config: AnalysisConfig) -> LlmUnavailableError | None:
    """Ask the analyzer whether it can work: a server that is down stops us now, unless the profile says to go on."""
    try:
        if analyzer:
            analyzer.check()
    except LlmUnavailableError as error:
        if config.without_llm == "fail":
            raise
        return error
    return None


def require_redacted(transcript: object) -> None:
    """Keep raw text out where no type checker looked: every backend calls this first."""
    if not isinstance(transcript, RedactedTranscript):
        raise PrivacyError(
            "the analyzer accepts redacted text only",
            received=type(transcript).__name__,
            expected="RedactedTranscript",
            remedy="run the privacy filter first",
        )


def _check_languages(config: AnalysisConfig) -> None:
    for key in ("analysis_language", "transcription_language"):
        code = getattr(config, key)
        if code and code not in LANGUAGES:
            raise UnknownNameError(f"language in analysis.{key}", code, LANGUAGES)
        if code and config.backend != "vllm":
            raise ConfigurationError(
                f"analysis.{key} needs a language model",
                received=f'analysis.backend = "{config.backend}", which quotes the call',
                expected='analysis.backend = "vllm"',
            )
