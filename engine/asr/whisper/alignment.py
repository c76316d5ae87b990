"""When each token is said: dynamic time warping over cross-attention, for a batch of windows.

The method is openai/whisper's `timing.py`: attention of the alignment heads over the valid frames, normalised over the
tokens, median-filtered over the frames, averaged, and warped. Here no loop runs over frames or windows: within a row of
the warping matrix the recurrence D[i, j] = x[j] + min(a[j], D[i, j - 1]) has the closed form S[j] + min over t <= j of
(a[t] - S[t - 1]) with prefix sums S, so that a row is a cumulative sum and a cumulative minimum.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

_FILTER_FRAMES = 7  # openai/whisper


Warped = Callable[[Tensor, Tensor, Tensor, Tensor, int], Tensor]


def token_frames(
    queries: Tensor, keys: Tensor, first: Tensor, tokens: Tensor, frames: Tensor, fused: Warped | None = None
) -> Tensor:
    """The frame (20 ms) at which each text token begins, and the end of the text: (windows, longest text + 1).

    queries: (windows, heads, T, head width) of everything that was decoded; keys: (windows, heads, positions, head
    width); first, tokens, frames (windows,): the place that writes the first text token, the number of text tokens, and
    of valid frames. Values beyond a window's own tokens mean nothing. `fused`: a kernel in place of `warped_attention`.
    """
    attention = _normalised(_attention(queries, keys, frames), first + tokens + 2)
    return (fused or warped_attention)(attention, first, tokens + 1, frames, int(tokens.max()) + 1)


def warped_attention(attention: Tensor, first: Tensor, rows: Tensor, columns: Tensor, longest: int) -> Tensor:
    """The first column that the most attended monotonic path visits in each row: (windows, longest).

    attention: (windows, heads, T, positions); first, rows, columns (windows,): a window's matrix are the `rows` from
    `first` on and the first `columns`.
    """
    matrix = _filtered(attention, columns).mean(dim=1)
    places = (first[:, None] + torch.arange(longest, device=first.device)).clamp(max=matrix.shape[1] - 1)
    attended = matrix.gather(1, places[..., None].expand(-1, -1, matrix.shape[2]))
    return warped(-attended, rows, columns)


def warped(costs: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The first column that the cheapest monotonic path through `costs` (windows, N, M) visits in each row.

    Returns (windows, N). Only the first `rows` and `columns` (windows,) of a window count.
    """
    totals = _totals(costs)
    diagonal, above, left = totals[:, :-1, :-1], totals[:, :-1, 1:], totals[:, 1:, :-1]
    steps_left = ~((diagonal < above) & (diagonal < left)) & ~((above < diagonal) & (above < left))
    steps_up = (above < diagonal) & (above < left)
    places = torch.arange(costs.shape[2], device=costs.device)
    entered = torch.where(steps_left, 0, places).cummax(dim=2).values  # where a row's path that ends here began
    return _walked_back(entered, steps_up, rows, columns)


def _attention(queries: Tensor, keys: Tensor, frames: Tensor) -> Tensor:
    """Softmax over the valid frames, float32 (windows, heads, T, positions)."""
    scores = (queries.float() @ keys.float().transpose(-1, -2)) * queries.shape[-1] ** -0.5
    valid = torch.arange(scores.shape[-1], device=frames.device) < frames[:, None]
    return scores.masked_fill(~valid[:, None, None], -math.inf).softmax(dim=-1)


def _normalised(attention: Tensor, tokens: Tensor) -> Tensor:
    """Zero mean and unit deviation over the first `tokens` (windows,) of each frame."""
    counted = (torch.arange(attention.shape[2], device=tokens.device) < tokens[:, None])[:, None, :, None]
    number = tokens[:, None, None, None]
    mean = (attention * counted).sum(dim=2, keepdim=True) / number
    deviation = (((attention - mean) * counted).square().sum(dim=2, keepdim=True) / number).sqrt()
    return (attention - mean) / deviation.clamp(min=1e-12)


def _filtered(attention: Tensor, frames: Tensor) -> Tensor:
    """The median over 7 frames, mirrored at both ends of the valid ones."""
    half = _FILTER_FRAMES // 2
    last = (frames - 1)[:, None]
    places = torch.arange(-half, attention.shape[-1] + half, device=frames.device)
    mirrored = (last - (last - places.abs()).abs()).clamp(min=0)[:, None, None]
    padded = attention.gather(-1, mirrored.expand(*attention.shape[:-1], -1))
    return padded.unfold(-1, _FILTER_FRAMES, 1).median(dim=-1).values


def _totals(costs: Tensor) -> Tensor:
    """The cheapest way to every place: (windows, N + 1, M + 1) in float64, a border of infinities around the start."""
    windows, rows, columns = costs.shape
    totals = torch.full((windows, rows + 1, columns + 1), math.inf, dtype=torch.float64, device=costs.device)
    totals[:, 0, 0] = 0
    sums = costs.double().cumsum(dim=2)
    before = sums - costs
    for row in range(rows):
        entry = torch.minimum(totals[:, row, :-1], totals[:, row, 1:])
        totals[:, row + 1, 1:] = sums[:, row] + (entry - before[:, row]).cummin(dim=1).values
    return totals


def _walked_back(entered: Tensor, steps_up: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """From the end of each window's matrix, row by row, to the column in which the path enters each row."""
    starts = torch.zeros(entered.shape[:2], dtype=torch.long, device=entered.device)
    column = (columns - 1)[:, None]
    for row in reversed(range(entered.shape[1])):
        inside = row < rows[:, None]
        start = entered[:, row].gather(1, column)
        starts[:, row : row + 1] = torch.where(inside, start, 0)
        up = steps_up[:, row].gather(1, start)
        column = torch.where(inside, torch.where(up, start, (start - 1).clamp(min=0)), column)
    return starts
