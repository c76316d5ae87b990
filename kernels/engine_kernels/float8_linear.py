"""A linear layer whose factors are 8 bits wide: twice the rate of a card's matrix units, and half the weights.

The product is torch's own (`torch._scaled_mm`), with a scale for each row of both factors, in float32 until it is
rounded to the result. What the rows become before it is one kernel: a row of bfloat16 is read once and written at half
its width, by arithmetic 3 bytes a number, where plain torch passes over it five times and moves 17. Nothing waits for
the host, so that a CUDA graph may hold it.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from engine_kernels.float8 import FLOAT8

_WARPS = 8


def float8_linear(rows: Tensor, weight: Tensor, scales: Tensor, bias: Tensor) -> Tensor:
    """As `engine_kernels.float8.float8_linear_reference`, each row contiguous.

    On a card width and out are multiples of 16, and the result is one that torch gives: bfloat16 on all that have
    float8, others on some. Raises torch's error where it is not.
    """
    m, width = rows.shape
    narrow = torch.empty(m, width, dtype=FLOAT8, device=rows.device)
    row_scales = torch.empty(m, 1, dtype=torch.float32, device=rows.device)
    if m:
        block = triton.next_power_of_2(width)
        _narrow[(m,)](rows, rows.stride(0), narrow, row_scales, width, block, num_warps=_WARPS)
    return torch._scaled_mm(narrow, weight.T, row_scales, scales.T, bias, out_dtype=rows.dtype)


@triton.jit
def _narrow(
    rows: tl.tensor,
    stride: tl.tensor,
    narrow: tl.tensor,
    scales: tl.tensor,
    width: tl.tensor,
    block: tl.constexpr,
) -> None:
    """One row. Its scale is 1 / 448 of its largest number, more than nothing, so that silence stays silence."""
    row, across = tl.program_id(0).to(tl.int64), tl.arange(0, block)
    there = across < width
    numbers = tl.load(rows + row * stride + across, mask=there, other=0.0).to(tl.float32)
    largest = tl.max(tl.abs(numbers), axis=0)
    scale = tl.maximum(largest / 448.0, 1e-30, propagate_nan=tl.PropagateNan.ALL)
    tl.store(narrow + row * width + across, (numbers / scale).to(narrow.dtype.element_ty), mask=there)
    tl.store(scales + row, scale)
