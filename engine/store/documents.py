"""A result as the store holds it: JSON in deflate, and the text of it that is searched."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Iterator

from engine import analysis_types, types
from engine.result_json import from_json, to_compact_json
from engine.store.terms import SEPARATOR
from engine.types import CallResult

_LEVEL = 1
"""Of zlib: the fastest, for 10 % more bytes than its default."""
_WINDOW_BITS, _MEMORY_LEVEL = 14, 7
"""A quarter of zlib's own memory, which it clears for every document: most are smaller than the window all the same."""


def new_dictionary() -> bytes:
    """The names of every field, which deflate then refers to in every document; kept in the store that it made."""
    classes = (found for module in (analysis_types, types) for found in vars(module).values())
    named = {name: None for found in classes if dataclasses.is_dataclass(found) for name in _quoted_fields(found)}
    return ",".join(named).encode()


def _quoted_fields(found: object) -> Iterator[str]:
    for field in dataclasses.fields(found):  # type: ignore[arg-type]
        yield f'"{field.name}":'


def without_words(result: CallResult) -> CallResult:
    """The result without the times of its words, which are most of it and stand in `<stem>.json`."""
    if not any(utterance.words for utterance in result.utterances):
        return result
    bare = tuple(dataclasses.replace(utterance, words=()) for utterance in result.utterances)
    return dataclasses.replace(result, utterances=bare)


def pack(result: CallResult, dictionary: bytes) -> bytes:
    squeeze = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL, zdict=dictionary)
    return squeeze.compress(to_compact_json(without_words(result))) + squeeze.flush()


def unpack(data: bytes, dictionary: bytes) -> CallResult:
    """Raises StorageError where this version cannot read it, zlib.error where the bytes are damaged."""
    return from_json(unpack_json(data, dictionary).decode("utf-8"))


def unpack_json(data: bytes, dictionary: bytes) -> bytes:
    """Raises zlib.error."""
    swell = zlib.decompressobj(zdict=dictionary)
    return swell.decompress(data) + swell.flush()


def searched_text(result: CallResult) -> str:
    """The summary and the redacted transcript; a phrase is not found across the end of an utterance."""
    summary = result.analysis.summary if result.analysis else ""
    return SEPARATOR.join([summary, *(utterance.text for utterance in result.utterances)])


def searched_text_of(data: bytes, dictionary: bytes) -> str:
    """The same of a packed document, whichever version wrote it; raises ValueError or zlib.error where it is none."""
    document = json.loads(unpack_json(data, dictionary))
    summary = (document.get("analysis") or {}).get("summary", "")
    return SEPARATOR.join([summary, *(utterance["text"] for utterance in document.get("utterances", ()))])
