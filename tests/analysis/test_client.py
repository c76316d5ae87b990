"""The HTTP border against a server that misbehaves. No test waits: pauses are recorded, limits are short."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from engine.analysis.client import LlmClient, PromptTooLongError, ServedModel
from engine.analysis.transport import LONGEST_PAUSE_S
from engine.config_types import LlmConfig
from engine.errors import AnalysisError, ConfigurationError, LlmUnavailableError
from tests.analysis.faulty_server import FaultyServer, Pauses, Reply, Request, answer, failure

SPOKEN = "my-secret-sentence"
SCHEMA = {"type": "object", "properties": {"summary": {"type": "string"}}}
ANSWER = '{"summary": "some text"}'
REQUEST: Request = {
    "model": "tiny",
    "messages": [{"role": "user", "content": SPOKEN}],
    "response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}},
}
CLOSED_PORT = "http://127.0.0.1:9/v1"


def test_answer_and_what_was_sent(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALL_ENGINE_LLM_API_KEY", " k-123\n")
    client = LlmClient(server.config())
    assert client.complete(REQUEST).text == ANSWER
    assert server.requests == [REQUEST]
    assert server.headers[0]["Authorization"] == "Bearer k-123"


def test_refused_connection_names_url_and_remedy(pauses: Pauses) -> None:
    client = LlmClient(LlmConfig(base_url=CLOSED_PORT, max_retries=2), pauses)
    with pytest.raises(LlmUnavailableError, match=r"127\.0\.0\.1:9/v1 .*without_llm = \"continue\""):
        client.complete(REQUEST)
    assert len(pauses) == 2


@pytest.mark.parametrize("fault", ["hang", "trickle"])
def test_silent_or_endless_response_ends_at_the_timeout(server: FaultyServer, pauses: Pauses, fault: str) -> None:
    server.replies = [Reply(fault=fault, body=b" " * 100)] * 2
    with pytest.raises(LlmUnavailableError, match="ReadTimeout"):
        LlmClient(server.config(timeout_s=0.15, max_retries=1), pauses).complete(REQUEST)
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", ["reset", "cut"])
def test_broken_connection_is_tried_again(server: FaultyServer, pauses: Pauses, fault: str) -> None:
    server.replies = [Reply(fault=fault, body=b" " * 100)] * 2
    assert LlmClient(server.config(), pauses).complete(REQUEST).text == ANSWER
    assert len(pauses) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"choices":[{"mess',
        b"<html>proxy</html>",
        b'{"choices":[]}',
        b'{"choices":[{"message":{"content":[1]},"finish_reason":"stop"}]}',
        b"[" * 100_000,
        b"\xff\xfe\x00",
        b"null",
    ],
)
def test_body_that_is_no_completion_is_tried_again(server: FaultyServer, pauses: Pauses, body: bytes) -> None:
    server.replies = [Reply(body=body)]
    client = LlmClient(server.config(max_retries=1), pauses)
    assert client.complete(REQUEST).text == ANSWER
    server.replies = [Reply(body=body)] * 2
    with pytest.raises(AnalysisError, match="not an OpenAI-compatible answer"):
        client.complete(REQUEST)


def test_oversized_response_is_refused(server: FaultyServer, pauses: Pauses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.analysis.transport.MAX_RESPONSE_BYTES", 1000)
    server.replies = [Reply(body=b" " * 1001)]
    with pytest.raises(AnalysisError, match="RemoteProtocolError"):
        LlmClient(server.config(max_retries=0), pauses).complete(REQUEST)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_busy_server_is_asked_again(server: FaultyServer, pauses: Pauses, status: int) -> None:
    server.replies = [failure(status)] * 3
    assert LlmClient(server.config(max_retries=3), pauses).complete(REQUEST).finish_reason == "stop"
    assert [0.25 <= pauses[0] <= 0.5, 0.5 <= pauses[1] <= 1.0, 1.0 <= pauses[2] <= 2.0] == [True] * 3


@pytest.mark.parametrize(("status", "kind"), [(429, AnalysisError), (500, AnalysisError), (503, LlmUnavailableError)])
def test_busy_to_the_last_try(server: FaultyServer, pauses: Pauses, status: int, kind: type[Exception]) -> None:
    server.replies = [failure(status)] * 9
    with pytest.raises(kind, match=f"HTTP {status}"):
        LlmClient(server.config(max_retries=2), pauses).complete(REQUEST)
    assert (len(server.requests), len(pauses)) == (3, 2)


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("3", 3.0, 3.0),
        ("0", 0.25, 0.5),
        ("86400", LONGEST_PAUSE_S, LONGEST_PAUSE_S),
        ("9" * 400, LONGEST_PAUSE_S, LONGEST_PAUSE_S),
        (format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True), LONGEST_PAUSE_S, LONGEST_PAUSE_S),
        (format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True), 0.25, 0.5),
        ("soon", 0.25, 0.5),
        ("-5", 0.25, 0.5),
    ],
    ids=["seconds", "none", "a day", "endless", "in an hour", "an hour ago", "no number", "negative"],
)
def test_retry_after_is_honoured_within_reason(
    server: FaultyServer, pauses: Pauses, value: str, least: float, most: float
) -> None:
    server.replies = [failure(429, Retry_After=value)]
    LlmClient(server.config(), pauses).complete(REQUEST)
    assert least <= pauses[0] <= most


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, "CALL_ENGINE_LLM_API_KEY"),
        (403, "CALL_ENGINE_LLM_API_KEY"),
        (404, r"base_url \(it usually ends in /v1\)"),
        (307, "base_url"),
    ],
)
def test_what_no_retry_mends_fails_at_once(server: FaultyServer, pauses: Pauses, status: int, remedy: str) -> None:
    server.replies = [failure(status, Location="/elsewhere")]
    with pytest.raises(ConfigurationError, match=remedy):
        LlmClient(server.config(), pauses).complete(REQUEST)
    assert (len(server.asked), pauses) == (1, [])


@pytest.mark.parametrize("status", [400, 422, 501])
def test_refused_request_fails_at_once(server: FaultyServer, pauses: Pauses, status: int) -> None:
    server.replies = [failure(status, "Failed to transform json schema into a grammar")]
    with pytest.raises(AnalysisError, match=f"HTTP {status}") as caught:
        LlmClient(server.config(), pauses).complete(REQUEST)
    assert not isinstance(caught.value, PromptTooLongError)
    assert (len(server.requests), pauses) == (1, [])


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "This model's maximum context length is 8192 tokens. However, your prompt contains at least 8193"),
        (400, "'max_tokens' is too large: 2048. You requested 9000 tokens"),
        (400, "the request exceeds the available context size, try increasing it"),
        (422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096"),
        (413, "Payload"),
    ],
)
def test_prompt_over_the_window_has_its_own_error(
    server: FaultyServer, pauses: Pauses, status: int, message: str
) -> None:
    server.replies = [failure(status, message)]
    with pytest.raises(PromptTooLongError):
        LlmClient(server.config(), pauses).complete(REQUEST)
    assert pauses == []


@pytest.mark.parametrize("status", [400, 401, 404, 413, 429, 500, 503])
def test_errors_and_logs_hold_neither_text_nor_key(
    server: FaultyServer,
    pauses: Pauses,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    monkeypatch.setenv("CALL_ENGINE_LLM_API_KEY", "k-123")
    caplog.set_level(logging.DEBUG, logger="engine")
    server.replies = [failure(status, f"1 validation error, input {SPOKEN!r}, key k-123")] * 9
    with pytest.raises((AnalysisError, ConfigurationError)) as caught:
        LlmClient(server.config(max_retries=1), pauses).complete(REQUEST)
    everything = str(caught.value) + caplog.text
    assert SPOKEN not in everything
    assert "k-123" not in everything


def test_no_more_requests_in_flight_than_allowed(server: FaultyServer) -> None:
    together = threading.Barrier(3)

    def three_at_once(request: Request) -> Reply:
        together.wait(timeout=20)
        return answer(request)

    server.script = three_at_once
    client = LlmClient(server.config(max_in_flight=3, timeout_s=30.0))
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: client.complete(REQUEST).text, range(12)))
    assert answers == [ANSWER] * 12
    assert server.peak == 3


def test_a_pause_does_not_hold_a_place_in_flight(server: FaultyServer) -> None:
    waiting, served = threading.Event(), threading.Event()

    def pause(_: float) -> None:
        waiting.set()
        assert served.wait(20)

    client = LlmClient(server.config(max_in_flight=1), pause)
    server.replies = [failure(503)]
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.complete, REQUEST)
        assert waiting.wait(20)
        client.complete(REQUEST)
        served.set()
        assert first.result(20).finish_reason == "stop"


def test_close_ends_a_pause(server: FaultyServer) -> None:
    asked = threading.Event()

    def busy(_: Request) -> Reply:
        asked.set()
        return failure(429, Retry_After="25")

    server.script = busy
    client = LlmClient(server.config())
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.complete, REQUEST)
        assert asked.wait(10)
        client.close()
        with pytest.raises(AnalysisError, match="closed"):
            waiting.result(10)


def test_request_in_flight_at_close_ends_in_an_error(server: FaultyServer) -> None:
    asked = threading.Event()

    def hang(_: Request) -> Reply:
        asked.set()
        return Reply(fault="hang")

    server.script = hang
    client = LlmClient(server.config(timeout_s=0.3))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.complete, REQUEST)
        assert asked.wait(10)
        client.close()
        with pytest.raises(AnalysisError):
            waiting.result(10)


def test_served_models(server: FaultyServer) -> None:
    server.models = Reply(body=b'{"data":[{"id":"a","max_model_len":8192},{"id":"b"},{"id":"c","max_model_len":"?"}]}')
    assert LlmClient(server.config()).served_models() == (
        ServedModel("a", 8192),
        ServedModel("b", None),
        ServedModel("c", None),
    )


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ({"fault": "hang"}, LlmUnavailableError),
        ({"status": 503}, LlmUnavailableError),
        ({"body": b"<html>"}, LlmUnavailableError),
        ({"status": 400}, LlmUnavailableError),
        ({"status": 413}, LlmUnavailableError),
        ({"status": 401}, ConfigurationError),
        ({"status": 404}, ConfigurationError),
    ],
)
def test_models_are_asked_for_once_and_quickly(
    server: FaultyServer, reply: dict[str, Any], kind: type[Exception]
) -> None:
    server.models = Reply(**reply)
    with pytest.raises(kind) as caught:
        LlmClient(server.config(connect_timeout_s=0.15, timeout_s=60.0)).served_models()
    assert str(caught.value).count(server.url) == 1
    assert server.asked == ["/v1/models"]


@pytest.mark.parametrize(
    ("reply", "count"),
    [
        ({"body": b'{"count":42,"max_model_len":8192,"tokens":[]}'}, 42),
        ({"body": b"{}"}, None),
        ({"status": 404}, None),
        ({"status": 400}, None),
        ({"status": 500}, None),
        ({"fault": "hang"}, None),
        ({"fault": "cut", "body": b" " * 100}, None),
    ],
)
def test_token_count_is_the_servers_or_none(server: FaultyServer, reply: dict[str, Any], count: int | None) -> None:
    server.tokenize = lambda _: Reply(**reply)
    assert LlmClient(server.config(connect_timeout_s=0.2)).count_tokens("tiny", REQUEST["messages"]) == count
    assert server.asked == ["/tokenize"]
