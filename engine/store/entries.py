"""A call in the shape in which the store writes it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.store.column import Entry, storable
from engine.store.columns import COLUMNS
from engine.store.documents import Documents, searched_text


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call as it is written: all that can be made ready outside of a transaction."""

    row: tuple[object, ...]
    document: bytes
    text: str

    @classmethod
    def of(cls, entry: Entry, documents: Documents) -> Prepared:
        result = entry.result
        key = (storable(entry.name), storable(result.call_id), digest(result.source.sha256), entry.fingerprint)
        row = (*key, *(column.stored(entry) for column in COLUMNS))
        return cls(row, documents.pack(result), searched_text(result))

    @property
    def name(self) -> str:
        return str(self.row[0])


def digest(sha256: str) -> bytes:
    """Half the size of its hexadecimal digits."""
    try:
        return bytes.fromhex(sha256)
    except ValueError:
        return sha256.encode()
