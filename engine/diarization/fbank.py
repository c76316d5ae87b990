"""Kaldi's log-mel filterbank on batches of waveforms, in real-valued operations.

The same numbers as torchaudio.compliance.kaldi.fbank, which takes the `abs` of a complex tensor: on a card that nvrtc
does not know yet (sm_121) that fails to compile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import ModelError

FULL_SCALE = 1 << 15
PREEMPHASIS = 0.97
# What WeSpeaker's networks are trained with (wespeaker/bin/infer_onnx.py); other features are another network's.
EXPECTED: Mapping[str, object] = {
    "window_type": "hamming",
    "dither": 0.0,
    "use_energy": False,
    "snip_edges": True,
    "round_to_power_of_two": True,
    "fbank_centering_span": None,
}


@dataclass(frozen=True, slots=True)
class Fbank:
    """`window` (frame_samples,) and `filters` (bins, mels) on the device that computes."""

    window: Any
    filters: Any
    hop_samples: int

    @classmethod
    def of(cls, parameters: Mapping[str, Any], device: Any) -> Fbank:
        """The features that an embedding network asks for; raises ModelError where they are not WeSpeaker's."""
        import torch
        from torchaudio.compliance.kaldi import get_mel_banks

        for name, expected in EXPECTED.items():
            if parameters.get(name, expected) != expected:
                raise ModelError(
                    f"the embedding network wants features with {name}",
                    received=repr(parameters[name]),
                    expected=repr(expected),
                    remedy="use a WeSpeaker ResNet, as speaker-diarization-3.1 and -community-1 do",
                )
        rate = float(parameters["sample_rate"])
        size, hop = (int(rate * parameters[name] * 0.001) for name in ("frame_length", "frame_shift"))
        n_fft = 1 << (size - 1).bit_length()
        filters, _ = get_mel_banks(parameters["num_mel_bins"], n_fft, rate, 20.0, 0.0, 100.0, -500.0, 1.0)
        window = torch.hamming_window(size, periodic=False, device=device)
        # The last bin is half the sampling rate, which is in no filter.
        return cls(window, torch.nn.functional.pad(filters.T, (0, 0, 0, 1)).to(device), hop)

    def __call__(self, waveforms: Any) -> Any:
        """Log-mel energies, less their mean over the frames: (batch, samples) in [-1, 1) -> (batch, frames, mels)."""
        import torch

        frames = (waveforms * FULL_SCALE).unfold(1, len(self.window), self.hop_samples)
        frames = frames - frames.mean(dim=2, keepdim=True)
        before = torch.cat([frames[..., :1], frames[..., :-1]], dim=2)
        frames = (frames - PREEMPHASIS * before) * self.window
        spectrum = torch.view_as_real(torch.fft.rfft(frames, n=2 * (len(self.filters) - 1)))
        energies = spectrum.square().sum(dim=-1) @ self.filters
        logs = energies.clamp_min(torch.finfo(torch.float32).eps).log()
        return logs - logs.mean(dim=1, keepdim=True)
