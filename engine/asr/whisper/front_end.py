"""Samples of windows to log-mel features, on the device that encodes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from engine_kernels.log_mel import log_mel
from numpy.typing import NDArray
from torch import Tensor

from engine.asr.features import mel_filters


class FrontEnd:
    """A card transforms windows together, a CPU one after the other, which keeps each of them in its cache."""

    def __init__(self, mels: int, device: torch.device) -> None:
        self._device = device
        self._filters = torch.from_numpy(mel_filters(mels)).to(device)

    def log_mels(self, windows: Sequence[NDArray[np.float32]], frames: int) -> Tensor:
        """Windows (samples,) of any lengths, each padded to `frames` -> float32 (batch, mels, frames) on the device."""
        if self._device.type == "cpu":
            return torch.cat([self.transformed([samples], frames) for samples in windows])
        return self.transformed(windows, frames)

    def transformed(self, windows: Sequence[NDArray[np.float32]], frames: int) -> Tensor:
        """All windows in one batch. Copy and transform are queued on the current stream; the host waits for neither."""
        return log_mel(self._staged(windows).to(self._device, non_blocking=True), self._filters, frames)

    def _staged(self, windows: Sequence[NDArray[np.float32]]) -> Tensor:
        """(batch, longest), silence behind the shorter ones. Pinned memory comes from torch's cache of it, which hands
        a block out again only when the copy from it is done."""
        longest = max(len(samples) for samples in windows)
        staged = torch.empty(len(windows), longest, pin_memory=self._device.type == "cuda")
        for row, samples in zip(staged.numpy(), windows, strict=True):
            row[: len(samples)], row[len(samples) :] = samples, 0.0
        return staged
