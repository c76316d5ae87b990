"""`call-engine redact --jsonl`: lines in, redacted lines out, in order."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from engine.config import PrivacyConfig
from engine.errors import CallEngineError, InputError
from engine.privacy import load_privacy_filter
from engine.privacy.filter import PrivacyFilter


def redact_lines(lines: Iterable[str], out: TextIO, config: PrivacyConfig) -> int:
    """{"id", "text", "language"} -> {"id", "text", "spans"}. A bad line is reported by number and skipped."""
    privacy = load_privacy_filter(config)
    failed = False
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            answer = _redacted(line, privacy)
        except CallEngineError as error:
            print(f"call-engine: line {number}: {error}", file=sys.stderr)
            failed = True
            continue
        out.write(json.dumps(answer, ensure_ascii=False) + "\n")
        out.flush()
    return int(failed)


def _redacted(line: str, privacy: PrivacyFilter) -> dict[str, Any]:
    request = _request(line)
    found = privacy.redact_text(request["text"], request.get("language") or "en")
    return {"id": request.get("id"), "text": found.text, "spans": [span._asdict() for span in found.spans]}


def _request(line: str) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except ValueError:
        request = None
    if not isinstance(request, dict) or not isinstance(request.get("text"), str):
        raise InputError("not a request", expected='a JSON object {"id", "text", "language"}')
    return request
