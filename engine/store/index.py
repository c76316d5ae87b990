"""The segments of all calls: sealed blocks from the file, and the newest calls, made up on the spot.

A block of BLOCK ids is sealed, once and for all, by the save that fills it. A call that is replaced leaves a hole: its
bit in "live" goes, and its words with it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from engine.store.columns import BY_NAME, COLUMNS
from engine.store.schema import SEALED
from engine.store.segments import (
    BLOCK,
    BLOCK_BITS,
    LIVE,
    Mask,
    number_type,
    pack_column,
    pack_rows,
    score_key,
    unpack_blocks,
    without_row,
    word_key,
)

_IN_BLOCKS = "block IN (SELECT value FROM json_each(?))"
_COLUMNS_WITH_OWN_WORDS = tuple(column for column in COLUMNS if column.kind in ("label", "labels"))


class Index:
    """One reading of the segments: a place is a position in the blocks laid end to end. Shape of every mask: (places,).

    `columns`: those that will be asked for; only they are made up for the newest calls.
    """

    def __init__(self, connection: sqlite3.Connection, columns: Collection[str]) -> None:
        self._connection = connection
        sealed = sealed_blocks(connection)
        live = sorted(self._stored(LIVE, json.dumps(list(range(sealed)))))
        self._sealed = json.dumps([block for block, _ in live])
        self._blocks = np.array([*(block for block, _ in live), sealed], dtype=np.int64)
        self._position = {block: position for position, block in enumerate(self._blocks.tolist())}
        self._newest = pack_block(connection, sealed, columns)
        self._live = unpack_blocks([*(data for _, data in live), self._newest[LIVE]]).reshape(-1)

    def live(self) -> Mask:
        """The calls that there are."""
        return self._live.copy()

    def rows(self, key: str, among: Mask) -> Mask:
        """The calls that a word stands for. Blocks that hold no call of `among` are not read."""
        mask = np.zeros((len(self._blocks), BLOCK), dtype=np.bool_)
        found = dict(self._segments(key, among))
        mask[list(found)] = unpack_blocks(list(found.values()))
        return mask.reshape(-1)

    def numbers(self, key: str, among: Mask) -> NDArray[np.floating]:
        """Of each call; NaN where unknown, and in blocks that hold no call of `among`."""
        numbers = np.full((len(self._blocks), BLOCK), np.nan, dtype=number_type(key))
        for position, data in self._segments(key, among):
            numbers[position] = np.frombuffer(data, dtype=number_type(key))
        return numbers.reshape(-1)

    def score_names(self) -> list[str]:
        """What there are scores of."""
        prefix = score_key("")
        found = self._connection.execute(
            f"SELECT DISTINCT key FROM segments WHERE {_IN_BLOCKS} AND key >= ? AND key < ?",
            (self._sealed, prefix, prefix[:-1] + ";"),
        )
        keys = {key for (key,) in found} | {key for key in self._newest if key.startswith(prefix)}
        return [key.removeprefix(prefix) for key in keys]

    def ids(self, places: NDArray[np.intp]) -> NDArray[np.int64]:
        ids: NDArray[np.int64] = (self._blocks[places >> BLOCK_BITS] << BLOCK_BITS) | (places & (BLOCK - 1))
        return ids

    def all_ids(self) -> NDArray[np.int64]:
        """Of every place, ascending."""
        return ((self._blocks[:, None] << BLOCK_BITS) + np.arange(BLOCK)).reshape(-1)

    def mask_of_ids(self, ids: NDArray[np.int64]) -> Mask:
        mask = np.zeros(len(self._blocks) * BLOCK, dtype=np.bool_)
        positions = np.searchsorted(self._blocks, ids >> BLOCK_BITS)
        mask[(positions << BLOCK_BITS) | (ids & (BLOCK - 1))] = True
        return mask

    def _segments(self, key: str, among: Mask) -> Iterator[tuple[int, bytes]]:
        """Positions of blocks, and what they hold under the key."""
        blocks = self._blocks[among.reshape(-1, BLOCK).any(axis=1)].tolist()
        for block, data in self._stored(key, json.dumps(blocks)):
            yield self._position[block], data
        if key in self._newest:
            yield len(self._blocks) - 1, self._newest[key]

    def _stored(self, key: str, blocks: str) -> sqlite3.Cursor:
        """From the sealed ones of some blocks, a JSON list."""
        return self._connection.execute(
            f"SELECT block, data FROM segments WHERE {_IN_BLOCKS} AND key = ?", (blocks, key)
        )


# --- writing, inside the caller's transaction -------------------------------------------------------------------------


def sealed_blocks(connection: sqlite3.Connection) -> int:
    ((blocks,),) = connection.execute("SELECT value FROM settings WHERE key = ?", (SEALED,))
    return int(blocks)


def seal_filled(connection: sqlite3.Connection, newest: int) -> None:
    """Seal the blocks that no id after `newest` can fall into."""
    sealed = sealed_blocks(connection)
    for block in range(sealed, (newest + 1) >> BLOCK_BITS):
        segments = pack_block(connection, block, BY_NAME)
        connection.executemany(
            "INSERT INTO segments (key, block, data) VALUES (?, ?, ?)",
            ((key, block, data) for key, data in sorted(segments.items())),
        )
        connection.execute("UPDATE settings SET value = ? WHERE key = ?", (block + 1, SEALED))


def pack_block(connection: sqlite3.Connection, block: int, columns: Iterable[str]) -> dict[str, bytes]:
    """The segments of a block, made from its rows."""
    chosen = [BY_NAME[name] for name in columns]
    names = ", ".join(["id", *(column.name for column in chosen)])
    first = block << BLOCK_BITS
    rows = connection.execute(f"SELECT {names} FROM calls WHERE id >= ? AND id < ?", (first, first + BLOCK)).fetchall()
    ids, *values = zip(*rows, strict=True) if rows else [(), *((),) * len(chosen)]
    places = [id - first for id in ids]
    segments = {LIVE: pack_rows(places)}
    for column, stored in zip(chosen, values, strict=True):
        segments |= pack_column(column, places, stored)
    return segments


def remove_row(connection: sqlite3.Connection, id: int) -> None:
    """Make a hole where a call was sealed. Words of its own (tags, topics) leave with their last call."""
    block, row = id >> BLOCK_BITS, id & (BLOCK - 1)
    if block >= sealed_blocks(connection):
        return
    names = ", ".join(column.name for column in _COLUMNS_WITH_OWN_WORDS)
    (stored,) = connection.execute(f"SELECT {names} FROM calls WHERE id = ?", (id,)).fetchall()
    words = (
        word_key(column.name, word)
        for column, value in zip(_COLUMNS_WITH_OWN_WORDS, stored, strict=True)
        for word in column.words(value)
    )
    for key in (LIVE, *words):
        _clear(connection, key, block, row)
    if not connection.execute("SELECT 1 FROM segments WHERE key = ? AND block = ?", (LIVE, block)).fetchone():
        connection.execute("DELETE FROM segments WHERE block = ?", (block,))


def _clear(connection: sqlite3.Connection, key: str, block: int, row: int) -> None:
    at = "WHERE key = ? AND block = ?"
    for (data,) in connection.execute(f"SELECT data FROM segments {at}", (key, block)).fetchall():
        left = without_row(data, row)
        if left:
            connection.execute(f"UPDATE segments SET data = ? {at}", (left, key, block))
        else:
            connection.execute(f"DELETE FROM segments {at}", (key, block))
