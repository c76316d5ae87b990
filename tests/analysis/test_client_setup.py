"""What the client takes from the configuration and the environment, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from engine.analysis.client import LlmClient
from engine.config_types import LlmConfig
from engine.errors import ConfigurationError
from tests.analysis.faulty_server import FaultyServer
from tests.analysis.test_client import CLOSED_PORT, REQUEST


def test_no_key_no_header(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALL_ENGINE_LLM_API_KEY", raising=False)
    LlmClient(server.config()).complete(REQUEST)
    assert "Authorization" not in server.headers[0]


def test_environment_proxies_see_nothing(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, CLOSED_PORT)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert LlmClient(server.config(max_retries=0)).complete(REQUEST).finish_reason == "stop"


@pytest.mark.parametrize("key", ["k\u00e9y", "two\nlines", "a\x00b"])
def test_impossible_key_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    if "\x00" in key:
        monkeypatch.setattr("os.environ", {"CALL_ENGINE_LLM_API_KEY": key})
    else:
        monkeypatch.setenv("CALL_ENGINE_LLM_API_KEY", key)
    with pytest.raises(ConfigurationError) as caught:
        LlmClient(LlmConfig())
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_url", "localhost:8000/v1"),
        ("base_url", "ftp://host/v1"),
        ("base_url", "http://"),
        ("base_url", "http://[::1/v1"),
        ("base_url", "http://host:notaport/v1"),
        ("base_url", ""),
        ("max_in_flight", 0),
        ("max_retries", -1),
        ("max_output_tokens", 0),
        ("context_tokens", 0),
        ("temperature", -0.5),
        ("timeout_s", 0.0),
        ("connect_timeout_s", -1.0),
    ],
)
def test_impossible_configuration_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"analysis.llm.{field}"):
        LlmClient(LlmConfig(**{field: value}))


def test_password_in_the_url_is_refused_without_showing_it() -> None:
    with pytest.raises(ConfigurationError) as caught:
        LlmClient(LlmConfig(base_url="http://user:hunter2@host/v1"))
    assert "hunter2" not in str(caught.value)
