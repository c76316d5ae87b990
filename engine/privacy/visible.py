"""Text as a reader sees it: without characters that show nothing, look-alikes of ASCII as ASCII."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\U0001d173-\U0001d17a\U000e0000-\U000e01ef]"
)
"""Controls that no line ends with, and what Unicode calls Default_Ignorable_Code_Point."""

_ALIKE = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full-width forms
    **dict.fromkeys([0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " "),
    **dict.fromkeys([0x2010, 0x2011, 0x2012, 0x2212, 0xFE63], "-"),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),  # halves of characters, which no encoding holds
}


def visible(text: str) -> tuple[str, Sequence[int]]:
    """What is seen of the text, and where each character of it stands in the text."""
    alike = text.translate(_ALIKE) if not text.isascii() else text
    if not _INVISIBLE.search(alike):
        return alike, range(len(alike))
    places = array("L", (index for index, character in enumerate(alike) if not _INVISIBLE.match(character)))
    return _INVISIBLE.sub("", alike), places
