"""When a decoded window is believed: Whisper's gates, and what is done about loops."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Literal

from engine.config_types import AsrConfig

Verdict = Literal["accept", "retry", "silence"]

_MAX_ROUNDS = 4  # "no, no, no" is speech; the same words five times over are a decoder loop
_MAX_LOOP_WORDS = 8
_DIGIT_WORDS = frozenset("zero oh one two three four five six seven eight nine double triple".split())


def compression_ratio(text: str) -> float:
    """Bytes of the text ÷ bytes of its zlib form, as openai/whisper measures repetitiveness."""
    encoded = text.encode("utf-8")
    return len(encoded) / len(zlib.compress(encoded)) if encoded else 0.0


def judge(average_log_probability: float, no_speech_probability: float, ratio: float, config: AsrConfig) -> Verdict:
    """openai/whisper's rule: an improbable window with much no-speech is silence; improbable or repetitive, retry."""
    improbable = average_log_probability < config.log_probability_threshold
    if improbable and no_speech_probability > config.no_speech_threshold:
        return "silence"
    if improbable or ratio > config.compression_ratio_threshold:
        return "retry"
    return "accept"


def loop_free(texts: Sequence[str]) -> list[int]:
    """Indexes of the words to keep when every loop (a run of up to 8 words, over 4 times on end) is cut to one round.

    Runs of digits are kept: people do say "zero zero zero zero zero".
    """
    plain = [text.strip(" .,!?;:").casefold() for text in texts]
    kept: list[int] = []
    start = 0
    while start < len(plain):
        size, rounds = _loop_at(plain, start)
        looped = rounds > _MAX_ROUNDS and not _is_spoken_number(plain[start : start + size])
        kept.extend(range(start, start + (size if looped else 1)))
        start += size * rounds if looped else 1
    return kept


def _loop_at(plain: Sequence[str], start: int) -> tuple[int, int]:
    """Size of the run at `start` that repeats most often on end, and how often it stands there."""
    rounds = {size: _rounds(plain, start, size) for size in range(1, _MAX_LOOP_WORDS + 1)}
    size = max(rounds, key=lambda size: (rounds[size], -size))
    return size, rounds[size]


def _rounds(plain: Sequence[str], start: int, size: int) -> int:
    run = plain[start : start + size]
    rounds = 1
    while plain[start + size * rounds : start + size * (rounds + 1)] == run:
        rounds += 1
    return rounds


def _is_spoken_number(plain: Sequence[str]) -> bool:
    return all(text in _DIGIT_WORDS or text.isdigit() for text in plain)
