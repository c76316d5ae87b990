"""Every fault of a language model's server, once and for good: a call is analyzed, or has its error recorded."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from engine.analysis.llm import LlmAnalyzer
from engine.config_types import LlmConfig
from engine.result_types import AnalysisOutcome
from tests.analysis.conftest import MakeAnalyzer, said
from tests.analysis.faulty_server import (
    FaultyServer,
    Pauses,
    Reply,
    Request,
    answer,
    completion,
    example,
    failure,
    schema_of,
)

SPOKEN = "my-secret-sentence"
Script = Callable[[Request], Reply]


def with_control_characters(request: Request) -> Reply:
    return completion(json.dumps(example(schema_of(request))).replace("some text", "some\x00\x1b[31m\n\ttext"))


def with_values(**changes: object) -> Script:
    return lambda request: answer(request, **changes)


def cut_off(request: Request) -> Reply:
    return completion(json.dumps(example(schema_of(request)))[:-20], "length")


FAULTS: dict[str, tuple[Script, str]] = {
    "hang": (lambda _: Reply(fault="hang"), "LlmUnavailableError"),
    "trickle": (lambda _: Reply(fault="trickle", headers={"Content-Length": "99999"}), "LlmUnavailableError"),
    "429": (lambda _: failure(429, Retry_After="1"), "AnalysisError"),
    "500": (lambda _: failure(500, SPOKEN), "AnalysisError"),
    "503": (lambda _: failure(503), "LlmUnavailableError"),
    "reset in mid-body": (lambda _: Reply(fault="reset", body=b" " * 99), "AnalysisError"),
    "truncated body": (lambda _: Reply(fault="cut", body=b'{"choices": [' + b" " * 99), "AnalysisError"),
    "no JSON at all": (lambda _: Reply(body=b"<html>busy</html>"), "AnalysisError"),
    "answer cut off": (cut_off, "AnalysisError"),
    "answer without end": (lambda _: completion('{"summary": "' + SPOKEN), "AnalysisError"),
    "invalid JSON in the answer": (lambda _: completion(f"Sure! {SPOKEN}"), "AnalysisError"),
    "empty answer": (lambda _: completion(None), "AnalysisError"),
    "wrong enumeration": (with_values(sentiment=SPOKEN), "AnalysisError"),
    "wrong type": (with_values(summary=7), "AnalysisError"),
    "a key too many": (
        lambda request: completion(json.dumps({**example(schema_of(request)), SPOKEN: 1})),
        "AnalysisError",
    ),
    "a key too few": (lambda _: completion("{}"), "AnalysisError"),
}


def analyzed(make: MakeAnalyzer, retries: int) -> AnalysisOutcome:
    return make(timeout_s=0.3, max_retries=retries).analyze("call-1", said(SPOKEN))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_costs_nothing(server: FaultyServer, analyzer: MakeAnalyzer, fault: str) -> None:
    script = FAULTS[fault][0]
    server.script = lambda request: script(request) if len(server.requests) == 1 else answer(request)
    outcome = analyzed(analyzer, 2)
    assert (outcome.analysis is not None, outcome.errors) == (True, ())
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_lasts_is_recorded_without_a_word_of_the_call(
    server: FaultyServer, analyzer: MakeAnalyzer, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="engine")
    server.script, kind = FAULTS[fault]
    outcome = analyzed(analyzer, 1)
    assert (outcome.analysis, [(error.stage, error.type) for error in outcome.errors]) == (None, [("analyze", kind)])
    assert len(server.requests) == 2
    assert SPOKEN not in outcome.errors[0].message + caplog.text


def test_control_characters_in_strings_are_no_fault(server: FaultyServer, analyzer: MakeAnalyzer) -> None:
    server.script = with_control_characters
    outcome = analyzed(analyzer, 0)
    assert outcome.analysis is not None
    assert outcome.analysis.summary == "some [31m text"
    assert len(server.requests) == 1


def test_a_connection_that_is_refused_is_recorded() -> None:
    analyzer = LlmAnalyzer(LlmConfig(base_url="http://127.0.0.1:9/v1"), pause=Pauses())
    (error,) = analyzer.analyze("call-1", said(SPOKEN)).errors
    assert (error.type, "cannot be reached" in error.message, SPOKEN in error.message) == (
        "LlmUnavailableError",
        True,
        False,
    )


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "response_format of type json_schema is not supported"),
        (422, "Input should be 'text' or 'json_object': response_format.type"),
        (400, "guided decoding is not available"),
    ],
)
def test_a_server_without_json_schema_is_named_at_once_with_the_remedy(
    server: FaultyServer, analyzer: MakeAnalyzer, status: int, message: str
) -> None:
    server.script = lambda _: failure(status, message)
    (error,) = analyzed(analyzer, 3).errors
    assert error.type == "ConfigurationError"
    assert "does not take a JSON Schema" in error.message and "serve-llm" in error.message
    assert len(server.requests) == 1
