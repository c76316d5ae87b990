"""`CallResult` <-> the JSON of `<stem>.json`: key order is the field order of `engine.types`."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

from engine.errors import StorageError
from engine.result_types import CallResult


def to_dict(result: CallResult) -> dict[str, Any]:
    """The result as plain JSON values. `original`, translations, and why something was redacted, appear only where
    asked for; the `others` of a word only where there are any."""
    document: dict[str, Any] = _adapter().dump_python(result, mode="json")
    if result.original is None:
        del document["original"]
    for utterance in document["utterances"]:
        if utterance["translation"] is None:
            del utterance["translation"]
    for redaction in document["redactions"]:
        if not redaction["recognizer"]:
            del redaction["recognizer"], redaction["why"]
    for word in _words(document):
        if not word["others"]:
            del word["others"]
    return document


def _words(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for transcript in (document, document.get("original", {})):
        for utterance in transcript.get("utterances", ()):
            yield from utterance["words"]


def to_json(result: CallResult) -> str:
    return json.dumps(to_dict(result), ensure_ascii=False, indent=2) + "\n"


def to_compact_json(result: CallResult) -> bytes:
    """The same on one line, in UTF-8 and without what has its default; half of a surrogate pair becomes `?`."""
    from pydantic_core import PydanticSerializationError

    try:
        document: bytes = _adapter().dump_json(result, exclude_defaults=True)
    except PydanticSerializationError:
        return json.dumps(to_dict(result), ensure_ascii=False).encode("utf-8", errors="replace")
    return document


def from_json(text: str) -> CallResult:
    """Parse what `to_json` wrote; raises StorageError on anything else."""
    from pydantic import ValidationError

    try:
        result: CallResult = _adapter().validate_json(text)
    except ValidationError as error:
        raise StorageError(
            "a stored result does not have the expected shape",
            received=f"{error.error_count()} faults",
            expected="JSON written by this version",
            remedy="process the call again",
        ) from None
    return result


@functools.cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(CallResult)
