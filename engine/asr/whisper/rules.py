"""Which tokens may come next, as tensor operations on all rows at once.

The rules are openai/whisper's `decoding.py` (SuppressTokens, SuppressBlank, ApplyTimestampRules). Nothing here reads a
value back from the device.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

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


class Past(NamedTuple):
    """What the rules look back on, int64 (m,) each: how many tokens a row has, its last two, and its latest timestamp,
    -1 where there is none."""

    written: Tensor
    last: Tensor
    before_last: Tensor
    latest: Tensor


class Chosen(NamedTuple):
    """The next tokens (m,) and how probable they are before the rules, as ctranslate2 counts: the logarithm among all
    tokens, and the probability among those of text."""

    token: Tensor
    log_probability: Tensor
    text_probability: Tensor


Fused = Callable[[Tensor, Tensor, tuple[Tensor, ...], int, int, int, bool], tuple[Tensor, Tensor, Tensor]]


class TokenRules:
    """Chooses the next token of each row among those that may come. `fused`: a kernel that does what `greedy` does."""

    def __init__(
        self, ids: TokenIds, vocabulary: int, timestamps: bool, device: torch.device, fused: Fused | None = None
    ) -> None:
        self._ids, self._timestamps, self._fused = ids, timestamps, fused
        self._suppressed = torch.tensor(sorted({*ids.suppressed, ids.no_timestamps}), device=device)
        self._not_first = torch.tensor(sorted(ids.not_first), dtype=torch.long, device=device)
        self._vocabulary = torch.arange(vocabulary, device=device)
        self._bans = torch.zeros(vocabulary, dtype=torch.uint8, device=device)
        self._bans[self._not_first] = 2
        self._bans[self._suppressed] = 1

    def greedy(self, logits: Tensor, past: Past) -> Chosen:
        """The most probable token of each row of `logits` (m, vocabulary), which are not kept."""
        if self._fused is None:
            logits = logits.float()
            odds = _Odds(logits, self._ids.end_of_text)
            return odds.of(self.apply(logits, *past).argmax(dim=1))
        zero, end = self._ids.first_timestamp, self._ids.end_of_text
        return Chosen(*self._fused(logits, self._bans, past, zero, end, zero + MAX_INITIAL_TIMESTAMP, self._timestamps))

    def sampled(self, logits: Tensor, past: Past, temperatures: Tensor, seeds: Tensor) -> Chosen:
        """As `greedy` where the temperature (m,) is 0, else drawn by it and by the row's seed (m,)."""
        logits = logits.float()
        odds = _Odds(logits, self._ids.end_of_text)
        return odds.of(drawn(self.apply(logits, *past), temperatures, seeds, past.written))

    def apply(self, logits: Tensor, written: Tensor, last: Tensor, before_last: Tensor, latest: Tensor) -> Tensor:
        """Logits float32 (m, vocabulary), those of forbidden tokens -inf, in place; the others are those of `Past`."""
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


class _Odds:
    """How probable tokens are before the rules."""

    def __init__(self, logits: Tensor, end: int) -> None:
        self._logits = logits.clone()
        text = logits[:, :end].logsumexp(dim=1)
        self._text, self._all = text, torch.logaddexp(text, logits[:, end:].logsumexp(dim=1))

    def of(self, token: Tensor) -> Chosen:
        logit = self._logits.gather(1, token[:, None])[:, 0]
        return Chosen(token, logit - self._all, (logit - self._text).exp())


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
