"""Secrets that users hold, read from a file or an environment variable, and what is encrypted with them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import ConfigurationError

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


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


def fernet(purpose: str, file: str, variable: str) -> Fernet:
    """Encryption with the user's key (AES-128-CBC and HMAC-SHA-256, https://github.com/fernet/spec).

    Raises ConfigurationError where there is no key, or one that is none.
    """
    from cryptography.fernet import Fernet

    secret = read_secret(file, variable)
    place = file or f"the environment variable {variable}"
    remedy = "make a key with `call-engine redact --new-key`, and keep it: without it nothing can be restored"
    if secret is None:
        raise ConfigurationError(f"{purpose} needs a key in {place}", received="none", remedy=remedy)
    try:
        return Fernet(secret)
    except ValueError:
        raise ConfigurationError(
            f"the key in {place} is none", received=f"{len(secret)} bytes", expected="44 characters", remedy=remedy
        ) from None
