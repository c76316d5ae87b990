"""Secrets that users hold: read from a file or an environment variable, never from the configuration itself."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from engine.errors import ConfigurationError

LEAST_BYTES = 16
"""Shorter site keys can be guessed: whoever has one can undo hashes of short numbers by trying them all."""


def read_secret(file: str, variable: str) -> bytes | None:
    """The content of `file`, else of the environment variable, without white space around it; None if neither is set.

    Raises ConfigurationError where a file is named that cannot be read. The secret is in no message.
    """
    if file:
        try:
            return Path(file).read_bytes().strip()
        except OSError as error:
            raise ConfigurationError(
                f"key file {file} cannot be read", received=error.strerror, remedy="check the path and its permissions"
            ) from None
    return os.environ.get(variable, "").strip().encode() or None


def site_key(file: str, variable: str) -> bytes | None:
    """The site key; raises ConfigurationError on one that is too short to be a secret."""
    secret = read_secret(file, variable)
    if secret is not None and len(secret) < LEAST_BYTES:
        raise ConfigurationError(
            f"the site key in {file or variable}",
            received=f"{len(secret)} bytes",
            expected=f"at least {LEAST_BYTES}",
            remedy="make one with `call-engine redact --new-key`",
        )
    return secret


def number(key: bytes, *parts: str) -> int:
    """A 256-bit number that only the holder of the key can work out: HMAC-SHA-256 (RFC 2104) over the parts."""
    message = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hmac.new(key, message, hashlib.sha256).digest(), "big")
