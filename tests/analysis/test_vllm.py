"""LlmAnalyzer against a real vLLM on the CPU whose model has random weights: it obeys the grammar and nothing else.

It runs into every bound: cut-off answers, raw control characters, invented evidence, strings over their length.
"""

from __future__ import annotations

import dataclasses
import logging
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine import errors
from engine.analysis.client import LlmClient, PromptTooLongError
from engine.analysis.llm import LlmAnalyzer
from engine.analysis.schemas import FULL
from engine.analysis_types import Analysis, ChecklistQuestion, Value
from engine.config_types import LlmConfig
from engine.errors import UnknownNameError
from engine.result_types import AnalysisOutcome
from engine.types import RedactedTranscript
from tests.analysis.conftest import said
from tests.analysis.real_vllm import RealServer

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(900)]

CALLS = 100
LONG = 120  # utterances of a call over the window; the others have 6
THREADS = 50
SPOKEN = "hello I would like to pay my last bill thank you for calling how can I help [PERSON_NAME_1]".split()


def config(server: RealServer, **changes: Any) -> LlmConfig:
    """A temperature at which no two answers are alike, and fewer tokens than most answers need."""
    values = {"temperature": 1.0, "max_output_tokens": 300, "max_in_flight": THREADS, "timeout_s": 240.0, **changes}
    return LlmConfig(base_url=server.url, **values)


def conversation(number: int, utterances: int) -> RedactedTranscript:
    chance = random.Random(number)
    return said(*(" ".join(chance.choices(SPOKEN, k=8)) for _ in range(utterances)))


def texts_of(analysis: Analysis) -> list[str]:
    notes = [note for note in dataclasses.astuple(analysis.analysis_notes) if note]
    return [analysis.summary, *analysis.actions, *analysis.follow_ups, *analysis.topics, *analysis.tags, *notes]


def assert_follows_the_schema(analysis: Analysis, server: RealServer, utterances: int) -> None:
    assert analysis.sentiment in ("positive", "neutral", "negative")
    assert all(text.isprintable() for text in texts_of(analysis))
    scores = analysis.scores
    assert all(score is None or 0 <= score <= 10 for score in (scores.csat, scores.operator_satisfaction))
    assert all(score is None or 0 <= score <= 1 for score in (scores.politeness, scores.empathy))
    assert set(analysis.categories) <= {category.name for category in server.asked.categories}
    assert [result.checklist_id for result in analysis.checklists] == [each.id for each in server.asked.checklists]
    for checklist, result in zip(server.asked.checklists, analysis.checklists, strict=True):
        assert [answer.question_id for answer in result.answers] == [question.id for question in checklist.questions]
        for question, answer in zip(checklist.questions, result.answers, strict=True):
            assert_fits(answer.value, question)
    assert [[step.id for step in each.steps] for each in analysis.scripts] == [["hello", "bye"]]
    assert set(cited(dataclasses.asdict(analysis))) <= set(range(utterances))
    assert all(len(items) <= FULL.items for items in (analysis.topics, analysis.tags))


def assert_fits(value: Value, question: ChecklistQuestion) -> None:
    kinds: dict[str, Any] = {
        "yes_no": (True, False),
        "partly": (True, False, 0.5),
        "choice": question.choices,
        "text": (),
    }
    assert value is None or value in kinds.get(question.type, (value,))


def cited(document: Any) -> Iterator[int]:
    """Every index that an analysis cites, wherever it stands."""
    for key, value in document.items():
        for item in value if isinstance(value, tuple) else (value,):
            if key == "evidence":
                yield item
            elif key == "spans":
                yield from item
            elif isinstance(item, dict):
                yield from cited(item)


def assert_errors_are_recorded(outcome: AnalysisOutcome) -> None:
    assert outcome.errors
    for error in outcome.errors:
        assert error.stage == "analyze"
        assert issubclass(getattr(errors, error.type), errors.AnalysisError)


def test_analyses_end_valid_or_as_a_recorded_error(vllm: RealServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="engine.analysis")
    lengths = [LONG, *[6] * (CALLS - 1)]
    analyzer = LlmAnalyzer(config(vllm, context_tokens=3800), vllm.asked)
    analyzer.check()
    assert analyzer.name == "vllm:random-qwen3"
    with ThreadPoolExecutor(THREADS) as pool:
        futures = [
            pool.submit(analyzer.analyze, f"call-{number}", conversation(number, length))
            for number, length in enumerate(lengths)
        ]
    analyzer.close()
    outcomes = [future.result() for future in futures]
    valid = [outcome for outcome in outcomes if outcome.analysis is not None]
    failed = [outcome for outcome in outcomes if outcome.analysis is None]
    print(f"\n{len(valid)} valid, {len(failed)} recorded errors")  # noqa: T201 - the figure of the test
    assert len(valid) + len(failed) == CALLS
    assert len(valid) > 0
    for outcome, length in zip(outcomes, lengths, strict=True):
        assert len(outcome.utterance_sentiments) == length
        if outcome.analysis is None:
            assert_errors_are_recorded(outcome)
        else:
            assert_follows_the_schema(outcome.analysis, vllm, length)
    assert len({outcome.analysis.summary for outcome in valid}) > 1  # the model did answer, each time anew
    assert "call call-0: read in " in caplog.text  # the long one
    assert vllm.metric("vllm:prefix_cache_hits_total") > CALLS * 500  # the rules were read once, not 200 times


def test_the_servers_refusal_of_a_long_prompt_is_understood(vllm: RealServer) -> None:
    client = LlmClient(config(vllm))
    request = {"model": "random-qwen3", "max_tokens": 10, "messages": [{"role": "user", "content": "hello " * 20_000}]}
    with pytest.raises(PromptTooLongError):
        client.complete(request)
    client.close()


def test_the_server_counts_tokens(vllm: RealServer) -> None:
    client = LlmClient(config(vllm))
    short, long = ([{"role": "user", "content": "hello " * words}] for words in (1, 1000))
    assert 0 < (client.count_tokens("random-qwen3", short) or 0) < (client.count_tokens("random-qwen3", long) or 0)
    client.close()


def test_a_model_that_is_not_served_is_named_with_the_nearest(vllm: RealServer) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'random-qwen3'"):
        LlmAnalyzer(config(vllm, model="random-qwen")).check()
