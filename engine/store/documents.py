"""A result as the store holds it: JSON compressed by Zstandard, and the text of it that is searched."""

from __future__ import annotations

import dataclasses
import json
import threading
import zlib
from collections.abc import Iterable, Iterator

from engine import analysis_types, types
from engine.errors import StorageError
from engine.result_json import from_json, to_compact_json
from engine.result_types import CallResult
from engine.store.terms import SEPARATOR, indexed

_LEVEL = 1
"""Of Zstandard: a third of the time of deflate's fastest, and no more bytes."""
_LARGEST = 1 << 30
"""Bytes of JSON: what says that it is longer is damaged."""


class Documents:
    """Packs and unpacks results with the dictionary of one store; any number of threads may use it."""

    def __init__(self, dictionary: bytes) -> None:
        import zstandard

        shared = zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        shared.precompute_compress(level=_LEVEL)
        self._lock = threading.Lock()  # a context of Zstandard is one thread's at a time
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=shared, write_checksum=True)
        self._decompressor = zstandard.ZstdDecompressor(dict_data=shared)

    def pack(self, result: CallResult) -> bytes:
        return self.pack_json(to_compact_json(without_words(result)))

    def pack_json(self, document: bytes) -> bytes:
        with self._lock:
            return self._compressor.compress(document)

    def unpack(self, data: bytes) -> CallResult:
        """Raises StorageError where this version cannot read it or the bytes are damaged."""
        return from_json(self._json(data).decode("utf-8"))

    def searched_text_of(self, data: bytes) -> str:
        """`searched_text` of a packed document, whichever version wrote it.

        Raises StorageError where the bytes are damaged, ValueError, KeyError or TypeError where they hold none.
        """
        document = json.loads(self._json(data))
        summary = (document.get("analysis") or {}).get("summary", "")
        return _indexed([summary, *(utterance["text"] for utterance in document.get("utterances", ()))])

    def _json(self, data: bytes) -> bytes:
        import zstandard

        try:
            if zstandard.frame_content_size(data) > _LARGEST:
                raise _damaged()
            with self._lock:
                return self._decompressor.decompress(data)
        except zstandard.ZstdError:
            raise _damaged() from None


def _damaged() -> StorageError:
    return StorageError("a stored result is damaged", remedy="process the call again")


def new_dictionary() -> bytes:
    """The names of every field, which every document then refers to; kept in the store that it made."""
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


def searched_text(result: CallResult) -> str:
    """The summary and the redacted transcript, as the full-text index is given them.

    A phrase is not found across the end of an utterance.
    """
    summary = result.analysis.summary if result.analysis else ""
    return _indexed([summary, *(utterance.text for utterance in result.utterances)])


def _indexed(texts: Iterable[str]) -> str:
    """Each by itself, since most are ASCII and need nothing done."""
    return SEPARATOR.join(map(indexed, texts))


def inflated(data: bytes, dictionary: bytes) -> bytes:
    """The JSON of a document that schema 2 packed (deflate); raises zlib.error where the bytes are damaged."""
    swell = zlib.decompressobj(zdict=dictionary)
    return swell.decompress(data) + swell.flush()
