"""The choice of a backend, and the border that raw text does not cross."""

from __future__ import annotations

import typing

import pytest

from engine.analysis import Analyzer, load_analyzer
from engine.analysis.extractive import ExtractiveAnalyzer
from engine.analysis.llm import LlmAnalyzer
from engine.analysis_types import LANGUAGES, Category
from engine.config_types import AnalysisConfig, LlmConfig
from engine.errors import ConfigurationError, PrivacyError, UnknownNameError
from engine.types import Language, RedactedTranscript, Transcript, Utterance

RAW = Transcript(Language("en", 1.0), (), (Utterance(0, "S1", "customer", 0.0, 1.0, "I am Jane Doe"),))


def loaded(config: AnalysisConfig) -> Analyzer:
    analyzer = load_analyzer(config)
    assert analyzer is not None
    return analyzer


def test_the_backend_is_the_configured_one() -> None:
    assert load_analyzer(AnalysisConfig(backend="none")) is None
    assert isinstance(loaded(AnalysisConfig()), ExtractiveAnalyzer)
    assert isinstance(loaded(AnalysisConfig(backend="vllm", llm=LlmConfig(model="tiny"))), LlmAnalyzer)


def test_backends_say_what_they_are() -> None:
    assert loaded(AnalysisConfig()).name == "extractive"
    assert loaded(AnalysisConfig(backend="vllm", llm=LlmConfig(model="tiny"))).name == "vllm:tiny"


def test_checklists_and_categories_reach_the_backend() -> None:
    analyzer = loaded(AnalysisConfig(checklists=("service-quality",), categories=(Category(" billing "),)))
    outcome = analyzer.analyze("call", RedactedTranscript(Language("en", 1.0), (), ()))
    assert outcome.analysis is not None
    assert [result.checklist_id for result in outcome.analysis.checklists] == ["service-quality"]


def test_an_unknown_checklist_is_refused_before_any_work() -> None:
    with pytest.raises(UnknownNameError, match="service-quality"):
        load_analyzer(AnalysisConfig(checklists=("service-qualty",)))


def test_no_analysis_asks_for_no_checklist() -> None:
    assert load_analyzer(AnalysisConfig(backend="none", checklists=("nonsense",))) is None


@pytest.mark.parametrize("names", [("billing", "Billing"), ("billing", " "), ("", "billing")])
def test_categories_must_differ_and_have_names(names: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match=r"analysis\.categories"):
        load_analyzer(AnalysisConfig(categories=tuple(map(Category, names))))


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"analysis_language": "xx", "backend": "vllm"}, UnknownNameError, "analysis.analysis_language"),
        ({"transcription_language": "EN", "backend": "vllm"}, UnknownNameError, "expected one of ar, cs, de, en"),
        ({"analysis_language": "de"}, ConfigurationError, "analysis_language needs a language model"),
        ({"transcription_language": "de"}, ConfigurationError, "transcription_language needs a language model"),
        ({"scripts": ("none.toml",)}, ConfigurationError, "script none.toml cannot be read"),
    ],
)
def test_what_cannot_be_done_is_refused_before_any_work(
    changes: dict[str, typing.Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        load_analyzer(AnalysisConfig(**changes))


def test_nineteen_languages_load() -> None:
    assert len(LANGUAGES) == 19
    for code in LANGUAGES:
        loaded(AnalysisConfig(backend="vllm", analysis_language=code, llm=LlmConfig(model="tiny"))).close()


@pytest.mark.parametrize("backend", ["extractive", "vllm"])
def test_raw_text_is_refused_without_being_repeated(backend: typing.Literal["extractive", "vllm"]) -> None:
    analyzer = loaded(AnalysisConfig(backend=backend, llm=LlmConfig(model="tiny")))
    with pytest.raises(PrivacyError, match="received Transcript; expected RedactedTranscript") as error:
        analyzer.analyze("call", RAW)  # type: ignore[arg-type]
    assert "Jane" not in str(error.value)
    analyzer.close()


@pytest.mark.parametrize("analyzer", [Analyzer, ExtractiveAnalyzer, LlmAnalyzer])
def test_the_type_checker_keeps_raw_text_out(analyzer: type) -> None:
    hints = typing.get_type_hints(analyzer.analyze)
    assert hints["transcript"] is RedactedTranscript
    assert not issubclass(Transcript, RedactedTranscript)
