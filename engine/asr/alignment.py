"""Word times from the alignment of tokens with encoder frames (dynamic time warping over cross-attention)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.asr.tokenizer import Tokenizer
from engine.types import Word

_FRAME_S = 0.02  # one encoder position
_OPENING = "\"'“¿([{-"
_CLOSING = "\"'.。,，!！?？:：”)]}、"
_MAX_WORD_S = 2.0  # a word that the alignment stretches over a pause


def aligned_words(
    tokenizer: Tokenizer,
    tokens: Sequence[int],
    path: Sequence[tuple[int, int]],
    probabilities: Sequence[float],
    duration_s: float,
) -> tuple[Word, ...]:
    """Words with times in the window.

    tokens: text tokens without specials. path: the warping path as (token, encoder frame) pairs, both monotonic.
    probabilities: one a token. duration_s: length of the window, the upper bound of every time.
    """
    texts, groups = tokenizer.words([*tokens, tokenizer.end_of_text])
    starts_s = _token_starts(path, len(tokens) + 1)
    words: list[Word] = []
    first = 0
    for text, group in zip(texts[:-1], groups[:-1], strict=True):
        last = first + len(group)
        start_s, end_s = min(starts_s[first], duration_s), min(starts_s[last], duration_s)
        end_s = min(max(end_s, start_s), start_s + _MAX_WORD_S)
        words.append(Word(text, round(start_s, 3), round(end_s, 3), float(np.mean(probabilities[first:last]))))
        first = last
    return tuple(_stripped(word) for word in _joined(words, tokenizer.spaced) if word.text.strip())


def _token_starts(path: Sequence[tuple[int, int]], count: int) -> list[float]:
    """Time at which each of `count` tokens begins: the first frame the path visits for it."""
    starts = [0.0] * count
    seen = -1
    for token, frame in path:
        if seen < token < count:
            starts[token] = frame * _FRAME_S
            seen = token
    for token in range(max(seen, 0) + 1, count):
        starts[token] = starts[token - 1]
    return starts


def _joined(words: Sequence[Word], spaced: bool) -> list[Word]:
    """Opening marks join the next word; closing marks (and, where words are spaced, all without a space) the last."""
    joined: list[Word] = []
    opening = ""
    for word in words:
        mark = word.text.strip()
        attached = not word.text.startswith(" ") and (spaced or all(char in _CLOSING for char in mark))
        if mark and all(char in _OPENING for char in mark) and not attached:
            opening += mark
        elif joined and attached and not opening:
            joined[-1] = Word(joined[-1].text + word.text, joined[-1].start_s, word.end_s, joined[-1].probability)
        else:
            joined.append(_with_text(word, opening + (word.text.lstrip() if opening else word.text)))
            opening = ""
    return joined


def _with_text(word: Word, text: str) -> Word:
    return Word(text, word.start_s, word.end_s, word.probability)


def _stripped(word: Word) -> Word:
    return _with_text(word, word.text.strip())
