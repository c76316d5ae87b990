"""The content security policy of a page: nothing may be fetched, embedded or sent."""

from __future__ import annotations

import base64
import hashlib

_NOTHING_ELSE = "base-uri 'none'; form-action 'none'"


def style_and_script(style: str, script: str) -> str:
    """Only these two inline blocks, named by their hashes, take effect; sound and pictures are the page's own."""
    return (
        f"default-src 'none'; style-src {_source_hash(style)}; script-src {_source_hash(script)}; "
        f"media-src blob:; img-src data:; {_NOTHING_ELSE}"
    )


def style_only(style: str) -> str:
    """Only this inline block takes effect."""
    return f"default-src 'none'; style-src {_source_hash(style)}; img-src data:; {_NOTHING_ELSE}"


def _source_hash(block: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(block.encode()).digest()).decode('ascii')}'"
