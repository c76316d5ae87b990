"""`call-engine restore`: what was redacted, and its vault, become the original again, for whoever holds the key."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from engine.config_types import VaultConfig
from engine.errors import InputError
from engine.files import write_atomic
from engine.privacy import Vault, restored
from engine.result_json import from_json, to_json
from engine.serve.documents import read_bytes, read_text


def restore(redacted: Path, vault: Path | None, config: VaultConfig, out: Path | None) -> int:
    """Write the original to `out`, or else to stdout; the vault lies beside the redacted file unless named.

    What `redact` made of a text comes back whole, and only as long as nobody changed it; a result of `process` with
    the values in their places. Raises InputError where vault, key and file do not belong together.
    """
    locked = Vault(config)
    text_vault = vault_beside(redacted)
    place = vault or (text_vault if text_vault.is_file() else redacted.with_suffix(".vault"))
    is_text = place.name == text_vault.name
    text = _text(locked, redacted, _read(place)) if is_text else _result(locked, redacted, _read(place))
    if out:
        write_atomic(out, text)
    else:
        sys.stdout.write(text)
    return 0


def vault_beside(redacted: Path) -> Path:
    """Where the vault of a redacted text lies."""
    return redacted.with_name(f"{redacted.name}.vault")


def text_id(redacted: bytes) -> str:
    """What a vault knows a redacted text by: SHA-256 of its bytes."""
    return hashlib.sha256(redacted).hexdigest()


def _text(locked: Vault, redacted: Path, token: bytes) -> str:
    (original,) = locked.open(token, text_id(read_bytes(redacted)))
    return original


def _result(locked: Vault, redacted: Path, token: bytes) -> str:
    found = from_json(read_text(redacted))
    return to_json(restored(found, locked.open(token, found.call_id)))


def _read(vault: Path) -> bytes:
    try:
        return vault.read_bytes()
    except OSError as error:
        raise InputError(
            f"vault {vault} cannot be read",
            received=error.strerror,
            remedy="name it with --vault; there is one where [privacy.vault] enabled = true was set",
        ) from None
