"""Which tokens may come next, as tensor operations on all rows at once.

The rules are openai/whisper's `decoding.py` (SuppressTokens, SuppressBlank, ApplyTimestampRules). Nothing here reads a
value back from the device.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

MAX_INITIAL_TIMESTAMP = 50
"""The first timestamp is at most 1 s (openai/whisper, `max_initial_timestamp`)."""


@dataclass(frozen=True, slots=True)
class TokenIds:
    """Ids of the tokens that rules speak of; `suppressed` never come, `not_first` not at the start."""

    end_of_text: int
    no_speech: int
    no_timestamps: int
    first_timestamp: int
    suppressed: tuple[int, ...]
    not_first: tuple[int, ...]


class TokenRules:
    """Sets the logits of forbidden tokens to -inf, in place."""

    def __init__(self, ids: TokenIds, vocabulary: int, timestamps: bool, device: torch.device) -> None:
        self._ids, self._timestamps = ids, timestamps
        self._suppressed = torch.tensor(sorted({*ids.suppressed, ids.no_timestamps}), device=device)
        self._not_first = torch.tensor(sorted(ids.not_first), dtype=torch.long, device=device)
        self._vocabulary = torch.arange(vocabulary, device=device)

    def apply(self, logits: Tensor, written: Tensor, last: Tensor, before_last: Tensor, latest: Tensor) -> Tensor:
        """Logits (m, vocabulary) without what is forbidden.

        `written` (m,): how many tokens each row has; `last`, `before_last` (m,): its last two; `latest` (m,): its
        latest timestamp, -1 where there is none.
        """
        logits.index_fill_(1, self._suppressed, -math.inf)
        openers = logits[:, self._not_first].masked_fill((written == 0)[:, None], -math.inf)
        logits.index_copy_(1, self._not_first, openers)
        if self._timestamps:
            return self._timed(logits, written, last, before_last, latest)
        logits[:, self._ids.first_timestamp :] = -math.inf
        return logits

    def _timed(self, logits: Tensor, written: Tensor, last: Tensor, before_last: Tensor, latest: Tensor) -> Tensor:
        """Timestamps come in pairs, rise, and are written where together they are more probable than any text."""
        zero, end = self._ids.first_timestamp, self._ids.end_of_text
        ids = self._vocabulary
        timed = ids >= zero
        after_timestamp = (written > 0) & (last >= zero)
        after_pair = after_timestamp & ((written < 2) | (before_last >= zero))
        first = written == 0
        earliest = torch.where(after_timestamp & ~after_pair, latest, latest + 1)
        banned = (
            (after_pair[:, None] & timed)
            | ((after_timestamp & ~after_pair)[:, None] & (ids < end))
            | ((latest >= 0)[:, None] & timed & (ids < earliest[:, None]))
            | (first[:, None] & ((ids < zero) | (ids > zero + MAX_INITIAL_TIMESTAMP)))
        )
        logits = logits.masked_fill(banned, -math.inf)
        together = logits[:, zero:].logsumexp(dim=1)
        likelier = together > logits[:, :zero].amax(dim=1)
        return logits.masked_fill(likelier[:, None] & ~timed, -math.inf)


def drawn(logits: Tensor, temperatures: Tensor, seeds: Tensor, written: Tensor) -> Tensor:
    """The next token (m,): the most probable where the temperature is 0, else one drawn by it.

    The draw depends on a row's seed and on how far it is, not on the batch: Gumbel's trick over a hash of both.
    """
    warm = temperatures > 0
    noise = _gumbel(seeds, written, logits.shape[1])
    heated = logits / torch.where(warm, temperatures, 1.0)[:, None] + noise
    return torch.where(warm[:, None], heated, logits).argmax(dim=1)


def _gumbel(seeds: Tensor, written: Tensor, vocabulary: int) -> Tensor:
    """(m, vocabulary) of Gumbel noise; the hash is lowbias32 (Wellons 2018) in 64-bit arithmetic."""
    places = torch.arange(vocabulary, device=seeds.device)
    mixed = (seeds * 2_654_435_761 + written * 40_503)[:, None] + places * 2_246_822_519
    mixed = mixed & 0xFFFFFFFF
    for shift, factor in ((16, 0x21F0AAAD), (15, 0x735A2D97)):
        mixed = ((mixed ^ (mixed >> shift)) * factor) & 0xFFFFFFFF
    uniform = ((mixed ^ (mixed >> 15)).double() + 0.5) / 2**32
    return -(-uniform.log()).log().float()
