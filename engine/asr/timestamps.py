"""Pieces of text between the model's own timestamp tokens, for transcripts without word times."""

from __future__ import annotations

from collections.abc import Sequence

from engine.asr.tokenizer import TIMESTAMP_STEP_S, Tokenizer


def timestamped_pieces(
    tokenizer: Tokenizer, tokens: Sequence[int], duration_s: float
) -> tuple[tuple[float, float, str], ...]:
    """(start_s, end_s, text) in window time. Text before the first or after the last timestamp reaches to the edge."""
    pieces: list[tuple[float, float, str]] = []
    start_s, text_tokens = 0.0, list[int]()
    for token in tokens:
        if token < tokenizer.first_timestamp:
            text_tokens.append(token)
            continue
        time_s = min((token - tokenizer.first_timestamp) * TIMESTAMP_STEP_S, duration_s)
        if text := tokenizer.text(text_tokens):
            pieces.append((start_s, max(time_s, start_s), text))
        start_s, text_tokens = max(time_s, start_s), []
    if text := tokenizer.text(text_tokens):
        pieces.append((start_s, duration_s, text))
    return tuple(pieces)
