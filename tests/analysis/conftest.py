"""A server that misbehaves, a real vLLM, and calls to ask them about."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from engine import errors
from engine.analysis.llm import LlmAnalyzer
from engine.analysis.schemas import Asked
from engine.analysis_types import Category, Checklist, ChecklistQuestion, Script
from engine.result_types import AnalysisOutcome
from engine.types import Language, RedactedTranscript, RedactedUtterance
from tests.analysis.faulty_server import FaultyServer, Pauses
from tests.analysis.real_vllm import PYTHON, RealServer, serving

QUALITY = Checklist("quality", "Quality", (ChecklistQuestion("greeting", "Greeted?"), ChecklistQuestion("end", "End?")))
CATEGORIES = (Category("billing", "about money"), Category("refund", parent="billing"), Category("other"))

MakeAnalyzer = Callable[..., LlmAnalyzer]


def said(*texts: str) -> RedactedTranscript:
    """A redacted call in which agent and customer take turns."""
    utterances = tuple(
        RedactedUtterance(
            index, f"S{index % 2}", ("agent", "customer")[index % 2], 2.0 * index, 2.0 * index + 1.5, text
        )
        for index, text in enumerate(texts)
    )
    return RedactedTranscript(Language("en", 1.0), (), utterances)


def the_error(outcome: AnalysisOutcome) -> str:
    """The message of the only error of a call without analysis."""
    assert outcome.analysis is None
    (error,) = outcome.errors
    assert error.stage == "analyze"
    assert issubclass(getattr(errors, error.type), errors.CallEngineError)
    return error.message


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    faulty = FaultyServer()
    yield faulty
    faulty.stop()


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def analyzer(server: FaultyServer, pauses: Pauses) -> Iterator[MakeAnalyzer]:
    """Makes analyzers for the faulty server whose pauses take no time."""
    made: list[LlmAnalyzer] = []

    def make(
        checklists: Sequence[Checklist] = (QUALITY,),
        scripts: Sequence[Script] = (),
        analysis_language: str = "",
        transcription_language: str = "",
        **changes: Any,
    ) -> LlmAnalyzer:
        languages = {"analysis_language": analysis_language, "transcription_language": transcription_language}
        asked = Asked(tuple(checklists), tuple(scripts), CATEGORIES)
        made.append(LlmAnalyzer(server.config(**changes), asked, **languages, pause=pauses))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(scope="session")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    if not PYTHON.exists():
        reason = "there is no vLLM in .venv-vllm; `bash scripts/install-vllm` puts it there"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with serving(tmp_path_factory.mktemp("vllm")) as real:
        yield real
