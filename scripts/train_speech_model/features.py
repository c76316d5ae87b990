"""Whisper's log-mel spectrogram for a batch, on the training device."""

from __future__ import annotations

import torch
from torch import Tensor

from scripts.train_speech_model.model import MELS

RATE, WINDOW, HOP = 16_000, 400, 160


class LogMel:
    """(batch, samples) in [-1, 1] to (batch, 80, samples / 160), equal to openai/whisper's `log_mel_spectrogram` on
    windows that are padded with silence before they come here."""

    def __init__(self, device: str) -> None:
        from transformers.audio_utils import mel_filter_bank

        filters = mel_filter_bank(WINDOW // 2 + 1, MELS, 0.0, RATE / 2, RATE, norm="slaney", mel_scale="slaney")
        self._filters = torch.tensor(filters.T, dtype=torch.float32, device=device)
        self._taper = torch.hann_window(WINDOW, device=device)

    def __call__(self, audio: Tensor) -> Tensor:
        spectrum = torch.stft(audio, WINDOW, HOP, window=self._taper, return_complex=True)[..., :-1]
        mels = self._filters @ torch.view_as_real(spectrum).square().sum(-1)
        log_mels = mels.clamp(min=1e-10).log10()
        loudest = log_mels.amax(dim=(1, 2), keepdim=True)
        return (torch.maximum(log_mels, loudest - 8) + 4) / 4


def masked(mels: Tensor, generator: torch.Generator) -> Tensor:
    """SpecAugment (Park et al. 2019), lightly: a band of mels and a stretch of time at the mean value."""
    batch, n_mels, frames = mels.shape
    hidden = _stretch(batch, n_mels, 9, mels, generator)[:, :, None]
    hidden = hidden | _stretch(batch, frames, 10, mels, generator)[:, None, :]
    return torch.where(hidden, mels.mean(dim=(1, 2), keepdim=True), mels)


def _stretch(batch: int, length: int, longest: int, like: Tensor, generator: torch.Generator) -> Tensor:
    """(batch, length), true in one random stretch of 0 to `longest` places."""
    draw = torch.rand(2, batch, 1, device=like.device, generator=generator)
    start, size = draw[0] * length, draw[1] * (longest + 1)
    places = torch.arange(length, device=like.device)[None]
    return (places >= start) & (places < start + size.floor())
