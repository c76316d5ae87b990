"""The site key, and the numbers that only its holder can work out."""

from __future__ import annotations

import hashlib
import hmac

from engine.errors import ConfigurationError
from engine.keys import read_secret

LEAST_BYTES = 16
"""Shorter site keys can be guessed: whoever has one can undo hashes of short numbers by trying them all."""


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
