"""When each token is said, from attention to frames in one kernel: median filter, mean of the heads, time warping.

The plain reference is the function of the same name in `engine/asr/whisper/alignment.py`. One program takes one window;
all windows of a batch are warped side by side. Within a window the cells of an anti-diagonal do not depend on each
other (openai/whisper warps so too, `triton_ops.py`), and of the three neighbours that a cell needs, its own row's and
the one across the corner are still at hand from the two diagonals before: only that above is passed through memory.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

_BLOCK = 512
_LEFT, _UP, _DIAGONAL = tl.constexpr(2), tl.constexpr(1), tl.constexpr(0)


def warped_attention(attention: Tensor, first: Tensor, rows: Tensor, columns: Tensor, longest: int) -> Tensor:
    """The first column that the most attended monotonic path visits in each row: int64 (windows, longest).

    attention: float32 (windows, heads, T, positions); first, rows, columns (windows,): a window's matrix are the `rows`
    from `first` on and the first `columns`; no `rows` exceeds `longest`. What lies beyond a window's own rows is 0.
    """
    windows, heads, tokens, positions = attention.shape
    starts = torch.zeros(windows, longest, dtype=torch.long, device=attention.device)
    if not windows:
        return starts
    diagonals = longest + positions
    costs = torch.empty(windows, diagonals, longest, dtype=torch.float32, device=attention.device)
    steps = torch.empty(windows, diagonals, longest, dtype=torch.uint8, device=attention.device)
    passed = torch.full((windows, 2, longest + 1), torch.inf, dtype=torch.float64, device=attention.device)
    _warp[(windows,)](
        attention.contiguous(), first, rows, columns, costs, steps, passed, starts, heads, tokens, positions, longest,
        diagonals, triton.next_power_of_2(longest), _BLOCK,
    )  # fmt: skip
    return starts


@triton.jit
def _sorted(a: tl.tensor, b: tl.tensor) -> tuple[tl.tensor, tl.tensor]:
    return tl.minimum(a, b), tl.maximum(a, b)


@triton.jit
def _median(
    a: tl.tensor, b: tl.tensor, c: tl.tensor, d: tl.tensor, e: tl.tensor, f: tl.tensor, g: tl.tensor
) -> tl.tensor:
    """Of seven, elementwise; a network of 13 exchanges (Devillard 1998, "Fast median search")."""
    a, f = _sorted(a, f)
    a, d = _sorted(a, d)
    b, g = _sorted(b, g)
    c, e = _sorted(c, e)
    a, b = _sorted(a, b)
    d, f = _sorted(d, f)
    c, g = _sorted(c, g)
    c, d = _sorted(c, d)
    d, g = _sorted(d, g)
    e, f = _sorted(e, f)
    b, e = _sorted(b, e)
    return tl.minimum(tl.maximum(b, d), e)


@triton.jit
def _near(row: tl.tensor, places: tl.tensor, last: tl.tensor) -> tl.tensor:
    """The values of a row at places that are mirrored at 0 and at `last`."""
    inside = last - tl.abs(last - tl.abs(places))
    return tl.load(row + tl.maximum(inside, 0))


@triton.jit
def _filter(
    attention: tl.tensor, out: tl.tensor, columns: tl.tensor, heads: tl.tensor, head_stride: tl.tensor,
    longest: tl.tensor, block: tl.constexpr,
) -> None:  # fmt: skip
    """One row of the matrix, as costs; they are laid down by diagonals, `longest` numbers each."""
    last = columns - 1
    for start in range(0, columns, block):
        at = start + tl.arange(0, block)
        total = tl.zeros((block,), tl.float32)
        for head in range(heads):
            row = attention + head * head_stride
            total += _median(
                _near(row, at - 3, last), _near(row, at - 2, last), _near(row, at - 1, last), _near(row, at, last),
                _near(row, at + 1, last), _near(row, at + 2, last), _near(row, at + 3, last),
            )  # fmt: skip
        tl.store(out + at * longest, -total / heads, mask=at < columns)


@triton.jit
def _warp(
    attention: tl.tensor,
    first: tl.tensor,
    row_counts: tl.tensor,
    column_counts: tl.tensor,
    costs: tl.tensor,
    steps: tl.tensor,
    passed: tl.tensor,
    starts: tl.tensor,
    heads: tl.tensor,
    tokens: tl.tensor,
    positions: tl.tensor,
    longest: tl.tensor,
    diagonals: tl.tensor,
    most_rows: tl.constexpr,
    block: tl.constexpr,
) -> None:
    window = tl.program_id(0).to(tl.int64)
    rows = tl.load(row_counts + window).to(tl.int32)
    columns = tl.load(column_counts + window).to(tl.int32)
    begin = tl.load(first + window).to(tl.int32)
    attention += window * heads * tokens * positions
    costs += window * diagonals * longest
    steps += window * diagonals * longest
    passed += window * 2 * (longest + 1)
    starts += window * longest
    for row in range(rows):
        place = tl.minimum(begin + row, tokens - 1)
        out = costs + row * longest + row
        _filter(attention + place * positions, out, columns, heads, tokens * positions, longest, block)

    each = tl.arange(0, most_rows)
    above = tl.full((most_rows,), float("inf"), tl.float64)
    left = above
    for diagonal in range(rows + columns - 1):
        tl.debug_barrier()  # what the other lanes wrote must be there: costs at first, then the diagonal before
        corner = tl.where((each == 0) & (diagonal == 0), 0.0, above)
        above = tl.load(passed + (diagonal % 2) * (longest + 1) + each, mask=each < rows, other=float("inf"))
        there = (each < rows) & (each <= diagonal) & (diagonal - each < columns)
        cost = tl.load(costs + diagonal * longest + each, mask=there, other=0.0)
        across = (corner < above) & (corner < left)
        up = (above < corner) & (above < left)
        step = tl.where(across, _DIAGONAL, tl.where(up, _UP, _LEFT))
        tl.store(steps + diagonal * longest + each, step.to(tl.uint8), mask=there)
        left = tl.where(there, cost + tl.minimum(tl.minimum(corner, above), left), float("inf"))
        tl.store(passed + ((diagonal + 1) % 2) * (longest + 1) + 1 + each, left, mask=each < rows)
    tl.debug_barrier()
    _walk_back(steps, starts, rows, columns, longest)


@triton.jit
def _walk_back(steps: tl.tensor, starts: tl.tensor, rows: tl.tensor, columns: tl.tensor, longest: tl.tensor) -> None:
    """From the last cell to the first row, noting where each row was entered."""
    row, column = rows - 1, columns - 1
    for _ in range(rows + columns):
        inside = row >= 0
        step = tl.load(steps + (row + column) * longest + row, mask=inside, other=0)
        enters = inside & ((step != _LEFT) | (column == 0))
        tl.store(starts + row, column.to(tl.int64), mask=enters)
        row = row - enters.to(tl.int32)
        column = tl.maximum(column - (step != _UP).to(tl.int32), 0)
