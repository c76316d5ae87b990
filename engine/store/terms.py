"""What a user types as a full-text expression, and text in the shape that the index cuts into tokens."""

from __future__ import annotations

import re

from engine.store.column import storable

TOKENIZER = "unicode61 remove_diacritics 2 categories 'L* M* N* Co'"
SEPARATOR = " \ue000 "
"""Between utterances: a token of its own (a character for private use), so that no phrase reaches across."""

_IDEOGRAPH = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
_QUERY_TERM = re.compile(r'"([^"]*)"(\*?)|([^\s"]+)')
_MAX_TERMS = 64  # SQLite refuses expressions deeper than 256


def match_expression(query: str) -> str:
    """User text as an FTS5 expression in which every term is quoted, so that no character of it is syntax."""
    terms = []
    for phrase, phrase_star, word in _QUERY_TERM.findall(storable(query).replace("\0", " "))[:_MAX_TERMS]:
        text, star = (phrase, phrase_star) if not word else (word.rstrip("*"), "*" if word.endswith("*") else "")
        if any(character.isalnum() for character in text):
            terms.append(f'"{separated(text)}"{star}')
    return " ".join(terms)


def separated(text: str) -> str:
    """Zero-width spaces around ideographs and kana, which are written without spaces: each becomes a token."""
    return text if text.isascii() else _IDEOGRAPH.sub("\u200b\\1\u200b", text)


def unseparated(text: str) -> str:
    return text.replace("\u200b", "")


def indexed(text: str) -> str:
    """Text as the index is given it."""
    return separated(storable(text))
