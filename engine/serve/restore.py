"""`call-engine restore`: a redacted result and its vault become the original again, for whoever holds the key."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.config import VaultConfig
from engine.errors import InputError
from engine.files import write_atomic
from engine.privacy import Vault, restored
from engine.result_json import from_json, to_json
from engine.serve.documents import read_text


def restore(result: Path, vault: Path | None, config: VaultConfig, out: Path | None) -> int:
    """Write the restored result to `out`, or else to stdout; the vault lies beside the result unless named."""
    locked = Vault(config)
    found = from_json(read_text(result))
    place = vault or result.with_suffix(".vault")
    try:
        token = place.read_bytes()
    except OSError as error:
        raise InputError(
            f"vault {place} cannot be read",
            received=error.strerror,
            remedy="name it with --vault; calls have one where [privacy.vault] enabled = true was set",
        ) from None
    text = to_json(restored(found, locked.open(token, found.call_id)))
    if out:
        write_atomic(out, text)
    else:
        sys.stdout.write(text)
    return 0
