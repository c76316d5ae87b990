"""Numbers in 8 bits with scales, and matrix products of them.

They are e4m3: 4 bits of exponent, 3 of mantissa, 448 at most (Micikevicius et al. 2022, "FP8 Formats for Deep
Learning"). Keys and values have a scale for each head, so that a step that reads them reads half as many bytes; those
scales are powers of two, which round nothing when they are multiplied into a query or a result (but for the smallest
numbers of float16). Attention is linear in both, so that no kernel needs to know of scales, and reading is a
conversion. The factors of a product have a scale for each row: the finest that a product can take out of its sums.
"""

from __future__ import annotations

import torch
from torch import Tensor

FLOAT8 = torch.float8_e4m3fn
_LARGEST = torch.finfo(FLOAT8).max


def narrowed(numbers: Tensor) -> tuple[Tensor, Tensor]:
    """(..., places, width) as float8, and the scales (..., 1, 1), of the numbers' type, that give them back.

    A head that holds an infinity or NaN gets that for a scale: float8 itself has no infinity and would hide it.
    """
    largest = numbers.abs().amax(dim=(-2, -1), keepdim=True)
    exponent = torch.frexp(largest.float() / _LARGEST).exponent
    scales = torch.ldexp(torch.ones_like(exponent, dtype=torch.float32), exponent).to(numbers.dtype)
    scales = torch.where(largest.isfinite(), scales, largest)
    return (numbers / scales).to(FLOAT8), scales


def widened(numbers: Tensor, scales: Tensor) -> Tensor:
    """The inverse of `narrowed`, to the rounding of float8: 2^-4 of a number, or 2^-19 of its head's largest."""
    return numbers.to(scales.dtype) * scales


def narrowed_rows(rows: Tensor) -> tuple[Tensor, Tensor]:
    """(m, width) as float8, each row's largest number as 448, and the float32 scales (m, 1) that give them back.

    A row that holds an infinity or NaN gets a scale that is no finite number either: float8 itself has no infinity.
    """
    largest = rows.abs().amax(dim=1, keepdim=True).float()
    scales = (largest / _LARGEST).clamp(min=1e-30)
    return (rows / scales).to(FLOAT8), scales


def float8_linear_reference(rows: Tensor, weight: Tensor, scales: Tensor, bias: Tensor) -> Tensor:
    """rows (m, width), narrowed as they come, times the narrowed weight (out, width) transposed, plus bias (out,).

    weight and scales (out, 1) are those of `narrowed_rows`. Sums are float32, the result (m, out) is of the rows' type.
    """
    product = widened(*narrowed_rows(rows)) @ widened(weight, scales).T
    return (product + bias).to(rows.dtype)
