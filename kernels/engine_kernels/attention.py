"""Attention of one query a slot over a cache: a decoding step's, over its tokens and over its window alike.

Such a step is bound by reading the cache, so keys and values are read once, and only the places that count: a short
text does not pay for a long one, nor a free slot for its window. Places are split among programs, so that a single slot
fills a card too; each part keeps its softmax beside its maximum, and a second, small kernel joins the parts (Dao et al.
2023, "Flash-Decoding"). The parts depend on the cache alone, so that a slot's result is the same in any company; they
cost little: 8 x 66 numbers a head written and read again, 4 kB beside the 384 kB of a head's keys and values.

The alignment heads' probabilities are not handed out. By arithmetic, for large-v3-turbo in bf16, a window of 110 tokens
and each head: probabilities are 110 x 1500 x 2 B = 330 kB, written by the step and read by the alignment; queries are
110 x 64 x 2 B = 14 kB, and from them the alignment reads the head's keys once, 1500 x 64 x 2 B = 192 kB, and multiplies
for 21 MFLOP. So 220 kB move instead of 660, and a slot of 448 tokens keeps 57 kB a head instead of 1.3 MB.
"""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl
from torch import Tensor

_BLOCK = 64
_MOST_SPLITS = 8


def attention(queries: Tensor, keys: Tensor, values: Tensor, counts: Tensor) -> Tensor:
    """Softmax of queries times keys, over the square root of the head width, times values.

    queries (m, heads, 1, width); keys, values (m, heads, places, width), float8 or wider, the width contiguous and a
    power of two; counts (m, 1): each row's first so many places count. Returns (m, heads, 1, width) of the queries'
    type; zeros where nothing counts.
    """
    m, heads, _, width = queries.shape
    out = torch.empty_like(queries, memory_format=torch.contiguous_format)
    if not m:
        return out
    splits = _splits(keys.shape[2])
    length = triton.cdiv(triton.cdiv(keys.shape[2], splits), _BLOCK) * _BLOCK
    sums = torch.empty(m, heads, splits, width, dtype=torch.float32, device=queries.device)
    tops, totals = (torch.empty(m, heads, splits, dtype=torch.float32, device=queries.device) for _ in range(2))
    strides = (*queries.stride()[:2], *keys.stride()[:3], *values.stride()[:3], counts.stride(0))
    scale = width**-0.5
    _part[(m, heads, splits)](
        queries, keys, values, counts, sums, tops, totals, *strides, scale, length, heads, splits, width, _BLOCK
    )
    _join[(m, heads)](sums, tops, totals, out, heads, splits, width)
    return out


def attention_reference(queries: Tensor, keys: Tensor, values: Tensor, counts: Tensor) -> Tensor:
    """The same by definition, in float32; any number of queries with counts (m, queries)."""
    scores = (queries.float() @ keys.float().mT) * queries.shape[-1] ** -0.5
    counted = torch.arange(keys.shape[2], device=keys.device) < counts[:, None, :, None]
    weights = scores.masked_fill(~counted, -math.inf).softmax(dim=-1).nan_to_num(0.0)
    return (weights @ values.float()).to(queries.dtype)


def _splits(places: int) -> int:
    """A power of two that leaves a block for each part."""
    return 1 << (min(_MOST_SPLITS, int(triton.cdiv(places, _BLOCK))).bit_length() - 1)


@triton.jit
def _part(
    queries: tl.tensor,
    keys: tl.tensor,
    values: tl.tensor,
    counts: tl.tensor,
    sums: tl.tensor,
    tops: tl.tensor,
    totals: tl.tensor,
    query_row: tl.tensor,
    query_head: tl.tensor,
    key_row: tl.tensor,
    key_head: tl.tensor,
    key_place: tl.tensor,
    value_row: tl.tensor,
    value_head: tl.tensor,
    value_place: tl.tensor,
    count_row: tl.tensor,
    scale: tl.tensor,
    length: tl.tensor,
    heads: tl.constexpr,
    splits: tl.constexpr,
    width: tl.constexpr,
    block: tl.constexpr,
) -> None:
    """One part of one head of one row. -1e30 stands for minus infinity: it needs no care when subtracted."""
    row, head, split = tl.program_id(0).to(tl.int64), tl.program_id(1).to(tl.int64), tl.program_id(2)
    start = split * length
    stop = tl.minimum(start + length, tl.load(counts + row * count_row).to(tl.int32))
    across, down = tl.arange(0, width), tl.arange(0, block)
    query = tl.load(queries + row * query_row + head * query_head + across).to(tl.float32) * scale
    key = keys + row * key_row + head * key_head + down[:, None] * key_place + across[None, :]
    value = values + row * value_row + head * value_head + down[:, None] * value_place + across[None, :]
    top, total = -1e30, 0.0
    mixed = tl.zeros((width,), tl.float32)
    for first in range(start, stop, block):
        there = first + down < stop
        k = tl.load(key + first * key_place, mask=there[:, None], other=0.0).to(tl.float32)
        v = tl.load(value + first * value_place, mask=there[:, None], other=0.0).to(tl.float32)
        scores = tl.where(there, tl.sum(k * query[None, :], axis=1), -1e30)
        higher = tl.maximum(top, tl.max(scores, axis=0))
        weights = tl.where(there, tl.exp(scores - higher), 0.0)
        shrunk = tl.exp(top - higher)
        total = total * shrunk + tl.sum(weights, axis=0)
        mixed = mixed * shrunk + tl.sum(v * weights[:, None], axis=0)
        top = higher
    at = (row * heads + head) * splits + split
    tl.store(sums + at * width + across, mixed)
    tl.store(tops + at, top)
    tl.store(totals + at, total)


@triton.jit
def _join(
    sums: tl.tensor,
    tops: tl.tensor,
    totals: tl.tensor,
    out: tl.tensor,
    heads: tl.constexpr,
    splits: tl.constexpr,
    width: tl.constexpr,
) -> None:
    """The parts of one head of one row as one."""
    at = tl.program_id(0).to(tl.int64) * heads + tl.program_id(1)
    each, across = at * splits + tl.arange(0, splits), tl.arange(0, width)
    top = tl.load(tops + each)
    shares = tl.exp(top - tl.max(top, axis=0))
    total = tl.sum(tl.load(totals + each) * shares, axis=0)
    mixed = tl.sum(tl.load(sums + each[:, None] * width + across[None, :]) * shares[:, None], axis=0)
    tl.store(out + at * width + across, (mixed / tl.maximum(total, 1e-30)).to(out.dtype.element_ty))
