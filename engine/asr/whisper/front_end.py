"""Samples of windows to log-mel features, on the device that encodes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from engine_kernels.log_mel import log_mel
from engine_kernels.resample import at_16_khz
from torch import Tensor

from engine.asr.features import mel_filters
from engine.asr.recognizer import WindowTask
from engine.telephone import TELEPHONE_RATE, as_float, banded


class FrontEnd:
    """A card transforms windows together, a CPU one after the other, which keeps each of them in its cache.

    Samples go to the device as they are, 16 bits each and at 8 kHz where they were recorded so.
    """

    def __init__(self, mels: int, device: torch.device) -> None:
        self._device = device
        self._pinned = device.type == "cuda"
        self._filters = torch.from_numpy(mel_filters(mels)).to(device)
        self._banded = torch.from_numpy(banded()).to(device)

    def log_mels(self, windows: Sequence[WindowTask], frames: int) -> Tensor:
        """Windows of any lengths, each padded to `frames` -> float32 (batch, mels, frames) on the device."""
        if self._device.type == "cpu":
            return torch.cat([self.transformed([window], frames) for window in windows])
        return self.transformed(windows, frames)

    def transformed(self, windows: Sequence[WindowTask], frames: int) -> Tensor:
        """All windows in one batch. Copy and transform are queued on the current stream; the host waits for neither."""
        pcm = self._on_device(_staged(windows, self._pinned))
        narrow = [window.sample_rate == TELEPHONE_RATE for window in windows]
        if any(narrow):
            pcm = at_16_khz(pcm, self._on_device(torch.tensor(narrow, pin_memory=self._pinned)), self._banded)
        return log_mel(pcm, self._filters, frames)

    def _on_device(self, staged: Tensor) -> Tensor:
        return staged.to(self._device, non_blocking=True)


def _staged(windows: Sequence[WindowTask], pinned: bool) -> Tensor:
    """(batch, longest), silence behind the shorter ones: int16, or float32 where a window is. Pinned memory comes from
    torch's cache of it, which hands a block out again only when the copy from it is done."""
    whole = all(window.samples.dtype == np.int16 for window in windows)
    longest = max(len(window.samples) for window in windows)
    staged = torch.empty(len(windows), longest, dtype=torch.int16 if whole else torch.float32, pin_memory=pinned)
    for row, window in zip(staged.numpy(), windows, strict=True):
        length = len(window.samples)
        row[:length], row[length:] = window.samples if whole else as_float(window.samples), 0
    return staged
