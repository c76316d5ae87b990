"""Text files, and the strings in JSON documents."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

from engine.errors import InputError

_SNIFFED_BYTES = 4096
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def is_text(path: Path) -> bool:
    """Whether a file begins as text does: UTF-16 with its mark, or UTF-8 without control bytes."""
    with path.open("rb") as file:
        head = file.read(_SNIFFED_BYTES)
    if head[:2] in _MARKS:
        return True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return bool(head) and b"\0" not in head[:64]


def read_bytes(path: Path) -> bytes:
    """The whole file; raises InputError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read", received=error.strerror, remedy="check its permissions") from None


def read_text(path: Path) -> str:
    """The whole text; raises InputError where it is none."""
    content = read_bytes(path)
    try:
        return content.decode(_MARKS.get(content[:2], "utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is no text", received=f"a byte at {error.start} that is none", expected="UTF-8"
        ) from None


class StringsOf:
    """The strings and numbers of a JSON document as texts, in order; keys of objects stand before their values."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self.texts: list[str] = []
        self.is_key: list[bool] = []
        self._collect(document)

    def replaced(self, values: list[str]) -> Any:
        """The document with other texts for its values; a number whose text is the same stays one."""
        rest = iter(values)

        def put(item: Any) -> Any:
            if isinstance(item, dict):
                return {key: put(value) for key, value in item.items()}
            if isinstance(item, list):
                return [put(value) for value in item]
            if not _is_value(item):
                return item
            text = next(rest)
            return item if text == str(item) else text

        return put(self._document)

    def _collect(self, item: Any) -> None:
        if isinstance(item, dict):
            for key, value in item.items():
                self._add(key.replace("_", " "), is_key=True)
                self._collect(value)
        elif isinstance(item, list):
            for value in item:
                self._collect(value)
        elif _is_value(item):
            self._add(str(item), is_key=False)

    def _add(self, text: str, is_key: bool) -> None:
        self.texts.append(text)
        self.is_key.append(is_key)


def _is_value(item: Any) -> bool:
    return isinstance(item, str | int | float) and not isinstance(item, bool)
