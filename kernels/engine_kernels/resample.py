"""Telephone audio at 8 kHz to the 16 kHz that the models hear: every sample stays, and one is put behind each.

The new ones are products of blocks of samples with a banded matrix that holds 32 taps in every column, rounded to 16
bits: half of it is zeros, and yet on a CPU that is faster than torch's convolution of a single channel. Silence lies
before and behind the samples.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine_kernels.log_mel import as_float


def at_16_khz(pcm: Tensor, narrow: Tensor, banded: Tensor) -> Tensor:
    """Rows of two rates at one: those of `narrow`, (batch,) bool, are at 8 kHz, the others at 16 kHz.

    pcm (batch, samples) int16, or float in [-1, 1). Returns float32 (batch, 2 × samples + 2 × reach), as far as the
    last sample is heard; what a row becomes does not depend on how much silence is behind it.
    """
    samples = functional.pad(as_float(pcm), (0, banded.shape[1] // 2))
    wide = functional.pad(samples, (0, samples.shape[1]))
    return torch.where(narrow[:, None], doubled(samples, banded), wide)


def doubled(pcm: Tensor, banded: Tensor) -> Tensor:
    """8 kHz (batch, samples), int16 or float in [-1, 1), to 16 kHz: float32 (batch, 2 × samples).

    banded (2 × block, block) float32, as `engine.telephone` makes it: two blocks of samples to a block of new ones.
    """
    samples, block = as_float(pcm), banded.shape[1]
    length, reach = samples.shape[1], block // 2
    known = functional.pad(samples, (reach - 1, block + 1 - reach + -length % block)).unflatten(1, (-1, block))
    made = (known @ banded[:block])[:, :-1] + (known @ banded[block:])[:, 1:]
    return torch.stack([samples, _rounded(made.flatten(1)[:, :length])], dim=2).flatten(1)


def doubled_reference(pcm: Tensor, banded: Tensor) -> Tensor:
    """The same as a sum over the taps, one after the other, over all samples."""
    samples, taps = as_float(pcm), banded[: banded.shape[1], 0]
    length, reach = samples.shape[1], len(taps) // 2
    known = functional.pad(samples, (reach - 1, reach))
    between = torch.zeros_like(samples)
    for tap, weight in enumerate(taps):
        between += weight * known[:, tap : tap + length]
    wide = samples.new_empty(len(samples), 2 * length)
    wide[:, ::2], wide[:, 1::2] = samples, _rounded(between)
    return wide


def _rounded(samples: Tensor) -> Tensor:
    return (samples * 32768.0).round().clamp(-32768.0, 32767.0) / 32768.0
