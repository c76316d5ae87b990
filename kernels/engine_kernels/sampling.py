"""The next token of every row in one pass over its logits: token rules, argmax, and how probable the token is.

The plain reference is `TokenRules.greedy` of `engine/asr/whisper/rules.py`, which reads and writes the logits about ten
times. Rules and their names are openai/whisper's (`decoding.py`). Sampling at a temperature is left to the reference.

A row is split among programs, so that a few rows fill a card too; a second, small kernel joins the parts. Sums of
exponentials are kept beside their maximum (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax").
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

_BLOCK = 1024
_PROGRAMS = 512  # about four for each multiprocessor of a large card


def greedy(
    logits: Tensor,
    bans: Tensor,
    past: tuple[Tensor, Tensor, Tensor, Tensor],
    first_timestamp: int,
    end_of_text: int,
    max_initial: int,
    timestamps: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens int64 (m,), their log-probability among all tokens, and their probability among those before the end of
    text, both float32 (m,); the rules do not count in either.

    logits: (m, vocabulary), each row contiguous; bans: uint8 (vocabulary,), bit 1 of a token that never comes, bit 2 of
    one that does not come first; past: int64 (m,) each, how many tokens a row has written, its last, the one before it,
    and its latest timestamp, -1 where there is none; `max_initial`: the last timestamp that may come first; without
    `timestamps` none comes.
    """
    m, vocabulary = logits.shape
    token = torch.empty(m, dtype=torch.long, device=logits.device)
    log_probability, text_probability = (torch.empty(m, dtype=torch.float32, device=logits.device) for _ in range(2))
    if not m:
        return token, log_probability, text_probability
    splits = min(
        triton.next_power_of_2(max(1, _PROGRAMS // m)), triton.next_power_of_2(triton.cdiv(vocabulary, _BLOCK))
    )
    places = torch.empty(m, 2, splits, dtype=torch.int32, device=logits.device)
    parts = torch.empty(m, 8, splits, dtype=torch.float32, device=logits.device)
    ids = (first_timestamp, end_of_text, max_initial)
    length = triton.cdiv(triton.cdiv(vocabulary, splits), _BLOCK) * _BLOCK
    _scan[(m, splits)](
        logits, logits.stride(0), bans, *past, parts, places, vocabulary, *ids, length, splits, timestamps, _BLOCK
    )
    _join[(m,)](parts, places, token, log_probability, text_probability, timestamps, splits)
    return token, log_probability, text_probability


@triton.jit
def _grown(top: tl.tensor, total: tl.tensor, value: tl.tensor) -> tuple[tl.tensor, tl.tensor]:
    """A sum of exponentials, relative to its maximum `top`, with `value` added to it; elementwise."""
    higher = tl.maximum(top, value)
    return higher, total * tl.exp(top - higher) + tl.exp(value - higher)


@triton.jit
def _better(best: tl.tensor, place: tl.tensor, value: tl.tensor, ids: tl.tensor) -> tuple[tl.tensor, tl.tensor]:
    """The larger of two values with its place, the earlier one where they are equal; elementwise."""
    larger = value > best
    return tl.where(larger, value, best), tl.where(larger, ids, place)


@triton.jit
def _first_best(values: tl.tensor, places: tl.tensor) -> tuple[tl.tensor, tl.tensor]:
    """The largest value of a block and the smallest place that has it."""
    best = tl.max(values, axis=0)
    return best, tl.min(tl.where(values == best, places, 2147483647), axis=0)


@triton.jit
def _summed(top: tl.tensor, total: tl.tensor) -> tuple[tl.tensor, tl.tensor]:
    """Sums of exponentials of a block as one, with their common maximum."""
    highest = tl.max(top, axis=0)
    return highest, tl.sum(total * tl.exp(top - highest), axis=0)


@triton.jit
def _scan(
    logits: tl.tensor,
    row_stride: tl.tensor,
    bans: tl.tensor,
    written: tl.tensor,
    last: tl.tensor,
    before_last: tl.tensor,
    latest: tl.tensor,
    parts: tl.tensor,
    places: tl.tensor,
    vocabulary: tl.tensor,
    zero: tl.tensor,
    end: tl.tensor,
    max_initial: tl.tensor,
    length: tl.tensor,
    splits: tl.constexpr,
    timestamps: tl.constexpr,
    block: tl.constexpr,
) -> None:
    """One part of one row. -1e30 stands for minus infinity: it needs no care when subtracted."""
    row, split = tl.program_id(0), tl.program_id(1)
    count, newest = tl.load(written + row), tl.load(latest + row)
    timed_last = (count > 0) & (tl.load(last + row) >= zero)
    pair = timed_last & ((count < 2) | (tl.load(before_last + row) >= zero))
    lone = timed_last & (pair == 0)
    first = count == 0
    earliest = tl.where(newest >= 0, newest + tl.where(lone, 0, 1), 0)
    text_best = tl.full((block,), -1e30, tl.float32)
    time_best, text_top, rest_top, time_top = text_best, text_best, text_best, text_best
    text_sum = tl.zeros((block,), tl.float32)
    rest_sum, time_sum = text_sum, text_sum
    text_place = tl.zeros((block,), tl.int32)
    time_place = text_place
    for start in range(split * length, tl.minimum((split + 1) * length, vocabulary), block):
        ids = start + tl.arange(0, block)
        there = ids < vocabulary
        value = tl.load(logits + row * row_stride + ids, mask=there, other=-1e30).to(tl.float32)
        ban = tl.load(bans + ids, mask=there, other=1)
        text_top, text_sum = _grown(text_top, text_sum, tl.where(ids < end, value, -1e30))
        rest_top, rest_sum = _grown(rest_top, rest_sum, tl.where(ids >= end, value, -1e30))
        banned = ((ban & 1) != 0) | (first & ((ban & 2) != 0))
        if timestamps:
            banned = banned | (lone & (ids < end)) | (first & ((ids < zero) | (ids > max_initial)))
            out = banned | pair | (ids < earliest) | (ids < zero)
            time_value = tl.where(out, -1e30, value)
            time_best, time_place = _better(time_best, time_place, time_value, ids)
            time_top, time_sum = _grown(time_top, time_sum, time_value)
        text_value = tl.where(banned | (ids >= zero), -1e30, value)
        text_best, text_place = _better(text_best, text_place, text_value, ids)
    best, place = _first_best(text_best, text_place)
    into, at = parts + row * 8 * splits + split, places + row * 2 * splits + split
    tl.store(into, best)
    tl.store(at, place)
    top, total = _summed(text_top, text_sum)
    tl.store(into + splits, top)
    tl.store(into + 2 * splits, total)
    top, total = _summed(rest_top, rest_sum)
    tl.store(into + 3 * splits, top)
    tl.store(into + 4 * splits, total)
    if timestamps:
        best, place = _first_best(time_best, time_place)
        tl.store(into + 5 * splits, best)
        tl.store(at + splits, place)
        top, total = _summed(time_top, time_sum)
        tl.store(into + 6 * splits, top)
        tl.store(into + 7 * splits, total)


@triton.jit
def _join(
    parts: tl.tensor,
    places: tl.tensor,
    token: tl.tensor,
    log_probability: tl.tensor,
    text_probability: tl.tensor,
    timestamps: tl.constexpr,
    splits: tl.constexpr,
) -> None:
    """The parts of one row as one answer; timestamps win where together they are more probable than any text."""
    row, each = tl.program_id(0), tl.arange(0, splits)
    of, at = parts + row * 8 * splits + each, places + row * 2 * splits + each
    best, place = _first_best(tl.load(of), tl.load(at))
    text_top, text_sum = _summed(tl.load(of + splits), tl.load(of + 2 * splits))
    rest_top, rest_sum = _summed(tl.load(of + 3 * splits), tl.load(of + 4 * splits))
    if timestamps:
        time_best, time_place = _first_best(tl.load(of + 5 * splits), tl.load(at + splits))
        time_top, time_sum = _summed(tl.load(of + 6 * splits), tl.load(of + 7 * splits))
        timed = time_top + tl.log(time_sum) > best
        best, place = tl.where(timed, time_best, best), tl.where(timed, time_place, place)
    text = text_top + tl.log(text_sum)
    top = tl.maximum(text_top, rest_top)
    total = text_sum * tl.exp(text_top - top) + rest_sum * tl.exp(rest_top - top)
    tl.store(token + row, place.to(tl.int64))
    tl.store(log_probability + row, best - top - tl.log(total))
    tl.store(text_probability + row, tl.exp(best - text))
