"""Keys and values in 8 bits with a scale for each head: a step that reads them reads half as many bytes.

The numbers are e4m3: 4 bits of exponent, 3 of mantissa, 448 at most (Micikevicius et al. 2022, "FP8 Formats for Deep
Learning"). Scales are powers of two, which round nothing when they are multiplied into a query or a result (but for the
smallest numbers of float16). Attention is linear in both, so that no kernel needs to know of scales, and reading is a
conversion.
"""

from __future__ import annotations

import torch
from torch import Tensor

FLOAT8 = torch.float8_e4m3fn
_LARGEST = torch.finfo(FLOAT8).max


def narrowed(numbers: Tensor) -> tuple[Tensor, Tensor]:
    """(..., places, width) as float8, and the scales (..., 1, 1), of the numbers' type, that give them back."""
    largest = numbers.abs().amax(dim=(-2, -1), keepdim=True)
    exponent = torch.frexp(largest.float() / _LARGEST).exponent
    scales = torch.ldexp(torch.ones_like(exponent, dtype=torch.float32), exponent).to(numbers.dtype)
    return (numbers / scales).to(FLOAT8), scales


def widened(numbers: Tensor, scales: Tensor) -> Tensor:
    """The inverse of `narrowed`, to the rounding of float8: 2^-4 of a number, or 2^-19 of its head's largest."""
    return numbers.to(scales.dtype) * scales
