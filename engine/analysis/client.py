"""HTTP to an OpenAI-compatible server: limit in flight, deadlines, retries; no error or log line holds a call's text.

The words of a call are in what goes out and in what comes back (servers echo requests in their errors), so errors
carry the status and the numbers that the server names, never its message.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from engine.analysis.transport import http_client, pause_s, read_body, retry_after_s
from engine.config_types import LlmConfig
from engine.errors import AnalysisError, ConfigurationError, LlmUnavailableError

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
Pause = Callable[[float], object]

_BUSY = frozenset({408, 425, 429, 500})
_AWAY = frozenset({502, 503, 504})
_TOO_LONG = re.compile(r"context|too (long|large)|max_model_len|max_new_tokens|maximum.{0,40}tokens", re.IGNORECASE)
_NO_SCHEMA = re.compile(
    r"response_format|guided.decoding|(json.?schema|structured.?outputs?).{0,60}(not |un)(supported|available)",
    re.IGNORECASE,
)

logger = logging.getLogger(__name__)


class PromptTooLongError(AnalysisError):
    """Prompt and answer together are over the server's context window: ask about fewer utterances."""


class _TransientError(Exception):
    """Worth another try; `failure` is what to raise after the last one."""

    def __init__(self, failure: AnalysisError, retry_after_s: float = 0.0) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model that the server offers; `context_tokens` is None where it does not say."""

    name: str
    context_tokens: int | None


@dataclass(frozen=True, slots=True)
class Completion:
    text: str
    finish_reason: str


class LlmClient:
    """One server, shared by all threads: at most `max_in_flight` requests at once, the others wait their turn."""

    def __init__(self, config: LlmConfig, pause: Pause | None = None) -> None:
        """`pause(seconds)` waits between tries; by default `close()` ends the wait."""
        _check(config)
        self._config = config
        self._base_url = config.base_url.rstrip("/")
        self._closed = threading.Event()
        self._pause = self._closed.wait if pause is None else pause
        self._in_flight = threading.BoundedSemaphore(config.max_in_flight)
        self._http = http_client(config)

    def served_models(self) -> tuple[ServedModel, ...]:
        """What the server offers, asked once within `connect_timeout_s`.

        Raises LlmUnavailableError, or ConfigurationError for a wrong key or URL.
        """
        try:
            return self._send("GET", f"{self._base_url}/models", None, _served_models, self._config.connect_timeout_s)
        except _TransientError as error:
            away = isinstance(error.failure, LlmUnavailableError)
            raise error.failure if away else self._away("no list of models") from None
        except AnalysisError:
            raise self._away("no list of models") from None

    def complete(self, request: Mapping[str, Any]) -> Completion:
        """The answer to a chat completion request.

        Raises PromptTooLongError, LlmUnavailableError or AnalysisError after the last try, and ConfigurationError at
        once for what no retry mends (key, URL, model name).
        """
        attempt = 0
        while True:
            try:
                return self._send("POST", f"{self._base_url}/chat/completions", request, _completion)
            except _TransientError as error:
                logger.warning("llm request failed, try %d of %d: %s", attempt + 1, self._config.max_retries + 1, error)
                if attempt == self._config.max_retries:
                    raise error.failure from None
                self._pause(pause_s(attempt, error.retry_after_s))
                attempt += 1

    def complete_once(self, request: Mapping[str, Any]) -> Completion | None:
        """The same in one try; None where the server is busy or stumbles."""
        try:
            return self._send("POST", f"{self._base_url}/chat/completions", request, _completion)
        except _TransientError as error:
            if isinstance(error.failure, LlmUnavailableError):
                raise error.failure from None
            return None

    def no_schema(self, received: str) -> ConfigurationError:
        """What is wrong with a server that holds no model to a schema."""
        return ConfigurationError(
            f"the LLM server at {self._base_url} does not take a JSON Schema",
            received=received,
            expected='response_format of type "json_schema"',
            remedy="serve the model with `call-engine serve-llm`, or by another server with structured outputs",
        )

    def count_tokens(self, model: str, messages: Iterable[Mapping[str, str]]) -> int | None:
        """Prompt length by the server's own tokenizer (vLLM's `/tokenize`); None if it has none or is slow to tell."""
        url = f"{self._base_url.removesuffix('/v1')}/tokenize"
        try:
            body = {"model": model, "messages": list(messages)}
            return self._send("POST", url, body, _token_count, self._config.connect_timeout_s)
        except (_TransientError, AnalysisError, ConfigurationError):
            return None

    def close(self) -> None:
        """End pauses and refuse requests from now on; one that is under way ends at `timeout_s` at the latest."""
        self._closed.set()
        self._http.close()

    def _send(self, method: str, url: str, body: object, read: Callable[[Any], T], limit_s: float | None = None) -> T:
        """One try: send, wait at most `limit_s` (`timeout_s` by default) for the whole response, and `read` it."""
        import httpx

        limit_s = limit_s or self._config.timeout_s
        timeout = httpx.Timeout(limit_s, connect=min(limit_s, self._config.connect_timeout_s))
        with self._in_flight:
            if self._closed.is_set():
                raise AnalysisError("the analyzer is closed", expected="an open one")
            try:
                with self._http.stream(method, url, json=body, timeout=timeout) as response:
                    content = read_body(response, time.monotonic() + limit_s)
            except (httpx.TimeoutException, httpx.ConnectError) as error:
                raise _TransientError(self._away(type(error).__name__)) from None
            except httpx.HTTPError as error:
                raise _TransientError(self._broken(type(error).__name__)) from None
        self._refuse_failure(response, content)
        try:
            return read(json.loads(content))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise _TransientError(self._broken("a body that is not an OpenAI-compatible answer")) from None

    def _refuse_failure(self, response: httpx.Response, content: bytes) -> None:
        status = response.status_code
        if response.is_success:
            return
        if status in (401, 403):
            raise ConfigurationError(
                f"the LLM server at {self._base_url} refused the key",
                received=f"HTTP {status}",
                remedy=f"set the environment variable {self._config.api_key_env} to a key that it accepts",
            )
        if status == 404 or response.is_redirect:
            raise ConfigurationError(
                f"the LLM server at {self._base_url} does not know the address or the model",
                received=f"HTTP {status}",
                expected="an OpenAI-compatible API",
                remedy="check analysis.llm.base_url (it usually ends in /v1) and analysis.llm.model",
            )
        if status == 413 or (status in (400, 422) and _TOO_LONG.search(content.decode("utf-8", "replace"))):
            raise PromptTooLongError("the request is over the LLM server's context window", received=f"HTTP {status}")
        if status in (400, 422, 501) and _NO_SCHEMA.search(content.decode("utf-8", "replace")):
            raise self.no_schema(f"HTTP {status}")
        if status in _AWAY:
            raise _TransientError(self._away(f"HTTP {status}"), retry_after_s(response.headers))
        failure = self._broken(f"HTTP {status}")
        raise _TransientError(failure, retry_after_s(response.headers)) if status in _BUSY else failure

    def _away(self, received: str) -> LlmUnavailableError:
        return LlmUnavailableError(
            f"the LLM server at {self._base_url} cannot be reached",
            received=received,
            remedy='start it with "call-engine serve-llm", or set analysis.without_llm = "continue"',
        )

    def _broken(self, received: str) -> AnalysisError:
        return AnalysisError(
            f"the LLM server at {self._base_url} did not answer as it should",
            received=received,
            expected="a chat completion",
            remedy="see the server's own log",
        )


def _check(config: LlmConfig) -> None:
    _check_url(config)
    least = {"max_retries": 0, "max_in_flight": 1, "max_output_tokens": 1, "context_tokens": 1, "temperature": 0.0}
    for key, minimum in least.items():
        if getattr(config, key) < minimum:
            raise ConfigurationError(
                f"analysis.llm.{key}", received=str(getattr(config, key)), expected=f"at least {minimum}"
            )
    for key in ("timeout_s", "connect_timeout_s"):
        if getattr(config, key) <= 0:
            raise ConfigurationError(f"analysis.llm.{key}", received=str(getattr(config, key)), expected="more than 0")


def _check_url(config: LlmConfig) -> None:
    import httpx

    try:
        url = httpx.URL(config.base_url)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.userinfo:
        raise ConfigurationError(
            "analysis.llm.base_url holds a user name or password",
            remedy=f"put the key into the environment variable {config.api_key_env}",
        )
    if url.scheme not in ("http", "https") or not url.host:
        expected = "a URL such as http://127.0.0.1:8000/v1"
        raise ConfigurationError("analysis.llm.base_url", received=repr(config.base_url), expected=expected)


def _served_models(document: Any) -> tuple[ServedModel, ...]:
    entries = [(str(entry["id"]), entry.get("max_model_len")) for entry in document["data"]]
    return tuple(ServedModel(name, length if isinstance(length, int) else None) for name, length in entries)


def _completion(document: Any) -> Completion:
    choice = document["choices"][0]
    text = choice["message"]["content"]
    if not isinstance(text, str | None):
        raise TypeError
    return Completion(text or "", str(choice["finish_reason"]))


def _token_count(document: Any) -> int:
    return int(document["count"])
