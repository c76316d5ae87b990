"""8 kHz to 16 kHz as FFmpeg does it, beside the sum over the taps."""

import numpy as np
import pytest
import torch
from engine_kernels.log_mel import log_mel
from engine_kernels.resample import doubled, doubled_reference

from engine.asr.features import mel_filters
from engine.audio.arrays import ArrayTrack
from engine.audio.resample import resampled


def noise(*shape: int) -> torch.Tensor:
    draw = torch.Generator().manual_seed(sum(shape))
    return (torch.randn(*shape, generator=draw) * 3000).short()


@pytest.mark.parametrize(("batch", "samples"), [(1, 16), (3, 17), (2, 8_001), (0, 100)])
def test_equals_its_reference(batch, samples):
    pcm = noise(batch, samples)
    found = doubled(pcm)
    assert found.shape == (batch, 2 * samples)
    torch.testing.assert_close(found, doubled_reference(pcm), atol=1e-6, rtol=0)
    torch.testing.assert_close(found[:, ::2], pcm / 32768, atol=0, rtol=0)


@pytest.mark.parametrize("samples", [400, 8_001, 24_000])
def test_equals_ffmpeg_to_its_rounding(samples):
    """FFmpeg computes in int16: within one step of it, ends included."""
    pcm = noise(1, samples)
    ffmpeg = np.concatenate(list(resampled(ArrayTrack(pcm.numpy().T, 8_000).frames())), axis=1)
    np.testing.assert_allclose(doubled(pcm) * 32768, ffmpeg, atol=1.0)


def test_a_tone_keeps_its_pitch_and_level():
    def tone(rate: int) -> torch.Tensor:
        return 0.5 * torch.sin(2 * torch.pi * 1000 * torch.arange(rate, dtype=torch.float64) / rate)

    torch.testing.assert_close(
        doubled(tone(8_000)[None])[0, 100:-100], tone(16_000)[100:-100].float(), atol=1e-4, rtol=0
    )


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_telephone_audio_to_features_on_a_card():
    pcm, filters = noise(4, 40_000), torch.from_numpy(mel_filters(80))
    found = log_mel(doubled(pcm.cuda()), filters.cuda(), 1000)
    torch.testing.assert_close(found.cpu(), log_mel(doubled(pcm), filters, 1000), atol=1e-4, rtol=0)
