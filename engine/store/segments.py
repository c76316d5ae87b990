"""A column of 2,048 calls in one blob: a filter over a million calls reads a few hundred blobs, and no row.

A word's calls are a posting: the numbers of its rows (uint16) while they are few, else a bitmap. Numbers are float32
arrays, NaN where unknown; times are float64. "live" is the posting of the rows that have not been replaced since.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.store.column import Column
from engine.store.columns import STARTED

BLOCK_BITS = 11
BLOCK = 1 << BLOCK_BITS
LIVE = "live"

Mask = NDArray[np.bool_]


def word_key(column: str, word: str) -> str:
    return f"{column}={word}"


def score_key(checklist: str) -> str:
    """Of the numbers under one name in a column of scores."""
    return f"score:{checklist}"


def pack_column(column: Column, rows: Sequence[int], values: Sequence[Any]) -> dict[str, bytes]:
    """The segments of one column: values as stored, `rows` their places in the block."""
    if column.kind == "number":
        return {column.name: _packed_numbers(column.name, rows, values)}
    places = _places(column, rows, values)
    packed = {word_key(column.name, word): pack_rows(found) for word, found in places.items()}
    return packed | _packed_scores(column, rows, values, places)


def _places(column: Column, rows: Sequence[int], values: Sequence[Any]) -> dict[str, list[int]]:
    """The rows of each word; calls of one value share its reading."""
    alike: dict[Any, list[int]] = defaultdict(list)
    for row, value in zip(rows, values, strict=True):
        alike[value].append(row)
    places: dict[str, list[int]] = defaultdict(list)
    for value, found in alike.items():
        for word in column.words(value):
            places[word] += found
    return places


def pack_rows(rows: Sequence[int]) -> bytes:
    if 2 * len(rows) < BLOCK // 8:
        return struct.pack(f"<{len(rows)}H", *rows)
    mask = np.zeros(BLOCK, dtype=np.bool_)
    mask[rows] = True
    return np.packbits(mask).tobytes()


def unpack_rows(data: bytes) -> Mask:
    """Shape (BLOCK,)."""
    mask: Mask = unpack_blocks([data])[0]
    return mask


def unpack_blocks(packed: Sequence[bytes]) -> Mask:
    """All at once: a page that reads hundreds of blocks would spend most of its time on them one by one.

    Shape (len(packed), BLOCK).
    """
    masks = np.zeros((len(packed), BLOCK), dtype=np.bool_)
    mapped = [place for place, data in enumerate(packed) if len(data) == BLOCK // 8]
    listed = [place for place, data in enumerate(packed) if len(data) != BLOCK // 8]
    bits = np.frombuffer(b"".join(packed[place] for place in mapped), dtype=np.uint8)
    masks[mapped] = np.unpackbits(bits).view(np.bool_).reshape(-1, BLOCK)
    rows = np.frombuffer(b"".join(packed[place] for place in listed), dtype="<u2")
    masks[np.repeat(listed, [len(packed[place]) // 2 for place in listed]).astype(np.intp), rows] = True
    return masks


def without_row(data: bytes, row: int) -> bytes:
    mask = unpack_rows(data)
    mask[row] = False
    return pack_rows(np.flatnonzero(mask).tolist())


def number_type(key: str) -> str:
    """A time needs 64 bits."""
    return "<f8" if key == STARTED.name else "<f4"


def _packed_numbers(key: str, rows: Sequence[int], values: Sequence[float | None]) -> bytes:
    array = np.full(BLOCK, np.nan, dtype=number_type(key))
    array[list(rows)] = np.array(values, dtype=array.dtype)  # None becomes NaN
    return array.tobytes()


def _packed_scores(
    column: Column, rows: Sequence[int], values: Sequence[Any], names: Iterable[str]
) -> dict[str, bytes]:
    if column.kind != "scores":
        return {}
    loaded = {value: column.loaded(value) for value in set(values)}
    scores = [loaded[value] for value in values]
    return {
        score_key(name): _packed_numbers(score_key(name), rows, [each.get(name) for each in scores]) for name in names
    }
