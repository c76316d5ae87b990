"""What happens to a voice on its way to a recorder, for a batch of windows on the training device.

Every effect gets the windows that it strikes, `audio` (windows, samples) at 16 kHz, and returns the same shape; word
times stay valid, since nothing is moved. `strength` 0-1 scales all chances: training begins with nearly clean speech.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

RATE = 16_000
_PEAK = 0.95


def augmented(audio: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """`audio` float32 in [-1, 1] through tone, room, noise, a telephone, lost packets and gain."""
    audio = audio.clone()
    for effect, chance in _CHANCES.items():
        struck = torch.rand(len(audio), device=audio.device, generator=generator) < chance * strength
        if struck.any():
            audio[struck] = effect(audio[struck], _Draw(int(struck.sum()), audio.device, generator))
    draw = _Draw(len(audio), audio.device, generator)
    return _leveled(audio, draw) + _hiss(audio, draw)


class _Draw:
    """Random numbers for each of `windows`."""

    def __init__(self, windows: int, device: torch.device, generator: torch.Generator) -> None:
        self._windows, self._device, self._generator = windows, device, generator

    def uniform(self, low: float, high: float, length: int = 1) -> Tensor:
        """(windows, length) between `low` and `high`."""
        return low + (high - low) * torch.rand(self._windows, length, device=self._device, generator=self._generator)

    def normal(self, length: int) -> Tensor:
        """(windows, length) of white noise."""
        return torch.randn(self._windows, length, device=self._device, generator=self._generator)


def _filtered(audio: Tensor, response: Tensor) -> Tensor:
    """Times `response` (batch, bins) in the frequency domain."""
    return torch.fft.irfft(torch.fft.rfft(audio) * response, n=audio.shape[1])


def _hertz(audio: Tensor) -> Tensor:
    return torch.fft.rfftfreq(audio.shape[1], 1 / RATE, device=audio.device)[None]


def _toned(audio: Tensor, draw: _Draw) -> Tensor:
    """A tilt of the spectrum, up to 3 dB an octave either way."""
    return _filtered(audio, (_hertz(audio).clamp(min=60) / 1000) ** draw.uniform(-0.5, 0.5))


def _in_a_room(audio: Tensor, draw: _Draw) -> Tensor:
    """A tail of exponentially fading noise, 50-250 ms long, behind the direct sound."""
    length = int(0.25 * RATE)
    times = torch.arange(length, device=audio.device)[None] / RATE
    tail = draw.normal(length) * torch.exp(-6.9 * times / draw.uniform(0.05, 0.25))
    tail = draw.uniform(0.2, 0.8) * tail / tail.norm(dim=1, keepdim=True)
    tail[:, 0] = 1
    size = audio.shape[1] + length
    wet = torch.fft.irfft(torch.fft.rfft(audio, n=size) * torch.fft.rfft(tail, n=size), n=size)
    return wet[:, : audio.shape[1]]


def _noisy(audio: Tensor, draw: _Draw) -> Tensor:
    """Colored noise 6-40 dB below the speech, some of it with a tone (mains hum, a beep)."""
    color = _hertz(audio).clamp(min=40) ** -draw.uniform(0, 1)
    noise = _filtered(draw.normal(audio.shape[1]), color)
    noise = noise / noise.std(dim=1, keepdim=True).clamp(min=1e-9)
    times = torch.arange(audio.shape[1], device=audio.device)[None] / RATE
    tone = torch.sin(2 * math.pi * draw.uniform(50, 1000) * times)
    noise = noise + tone * (draw.uniform(0, 1) < 0.15) * draw.uniform(0.5, 2)
    return audio + noise * _speech_level(audio) * 10 ** (-draw.uniform(6, 40) / 20)


def _through_a_telephone(audio: Tensor, draw: _Draw) -> Tensor:
    """Band-pass to about 300-3400 Hz, then ITU-T G.711 mu-law to 8 bits; aliasing of 8 kHz sampling is cut with it."""
    hertz = _hertz(audio)
    low, high = draw.uniform(150, 350), draw.uniform(3000, 3700)
    band = (1 + (low / hertz.clamp(min=1)) ** 8) ** -0.5 * (1 + (hertz / high) ** 24) ** -0.5
    narrow = _filtered(audio, band)
    narrow = draw.uniform(0.1, 1) * narrow / narrow.abs().amax(dim=1, keepdim=True).clamp(min=1e-4)
    compressed = torch.sign(narrow) * torch.log1p(255 * narrow.abs()) / math.log(256)
    coarse = torch.round((compressed + 1) / 2 * 255) / 255 * 2 - 1
    return torch.sign(coarse) * (256 ** coarse.abs() - 1) / 255


def _with_lost_packets(audio: Tensor, draw: _Draw) -> Tensor:
    """GSM-like loss: 20 ms frames drop out, each replaced by the one before at half its level."""
    frame = RATE // 50
    frames = audio[:, : audio.shape[1] // frame * frame].unflatten(1, (-1, frame))
    lost = draw.uniform(0, 1, frames.shape[1]) < 0.04
    repeated = torch.where(lost[..., None], 0.5 * frames.roll(1, dims=1), frames).flatten(1)
    return torch.cat([repeated, audio[:, repeated.shape[1] :]], dim=1)


def _leveled(audio: Tensor, draw: _Draw) -> Tensor:
    """Peaks between -28 dBFS and full scale."""
    peak = audio.abs().amax(dim=1, keepdim=True).clamp(min=1e-4)
    return audio / peak * _PEAK * 10 ** draw.uniform(-1.4, 0)


def _hiss(audio: Tensor, draw: _Draw) -> Tensor:
    """The recorder's own noise, down to where 16 bits end."""
    return draw.normal(audio.shape[1]) * 10 ** draw.uniform(-5, -3)


_CHANCES = {_toned: 0.3, _in_a_room: 0.1, _noisy: 0.35, _through_a_telephone: 0.4, _with_lost_packets: 0.06}


def _speech_level(audio: Tensor) -> Tensor:
    """RMS (batch, 1) where somebody talks."""
    talking = (audio.abs() > 0.02).float()
    energy = (audio.square() * talking).sum(dim=1, keepdim=True)
    return (energy / talking.sum(dim=1, keepdim=True).clamp(min=1)).sqrt().clamp(min=0.01)
