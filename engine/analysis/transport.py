"""How requests to a language model travel: the connection, size and end of an answer, pauses between tries."""

from __future__ import annotations

import os
import random
import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from engine.config_types import LlmConfig
from engine.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
MAX_RESPONSE_BYTES = 16 * 1024**2


def http_client(config: LlmConfig) -> httpx.Client:
    """No environment proxy and no redirect ever sees the text; TLS trusts what the machine trusts.

    Raises ConfigurationError for a key that no header can hold.
    """
    import httpx

    encrypted = httpx.URL(config.base_url).scheme == "https"
    trust = ssl.create_default_context() if encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    key = os.environ.get(config.api_key_env, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigurationError(f"the key in {config.api_key_env} holds characters that no key has")
    return httpx.Client(
        headers={"Authorization": f"Bearer {key}"} if key else {},
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=config.max_in_flight),
        verify=trust,
        trust_env=False,
    )


def read_body(response: httpx.Response, deadline: float) -> bytes:
    """The body, while it keeps to the deadline (httpx limits each read, not their sum) and to a sane size.

    Raises httpx.ReadTimeout and httpx.RemoteProtocolError where it does not.
    """
    import httpx

    content = bytearray()
    for block in response.iter_bytes():
        content += block
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the response did not end in time")
        if len(content) > MAX_RESPONSE_BYTES:
            raise httpx.RemoteProtocolError("the response is over the size limit")
    return bytes(content)


def pause_s(attempt: int, retry_after_s: float) -> float:
    """Exponential back-off with jitter, at least what the server asks for, never over the longest pause."""
    backoff_s = FIRST_PAUSE_S * 2.0 ** min(attempt, 10) * random.uniform(0.5, 1.0)
    return min(max(backoff_s, retry_after_s), LONGEST_PAUSE_S)


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Seconds that `Retry-After` asks for, as a number or a date; 0 where it says nothing usable."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    wait: timedelta = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)
    return max(wait.total_seconds(), 0.0)
