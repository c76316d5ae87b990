"""Whisper's front end: against transformers' extractor, the engine's own, and the transform by definition."""

import numpy as np
import pytest
import torch
from engine_kernels.log_mel import log_mel, log_mel_reference

from engine.asr.features import FeatureExtractor, mel_filters

WINDOW = 480_000


def noise(*shape: int) -> np.ndarray:
    """Loud and faint stretches, int16."""
    rng = np.random.default_rng(sum(shape))
    return (rng.standard_normal(shape) * rng.uniform(0, 0.2, shape) * 32768).clip(-32768, 32767).astype(np.int16)


def filters(mels: int) -> torch.Tensor:
    return torch.from_numpy(mel_filters(mels))


@pytest.mark.parametrize("mels", [80, 128])
@pytest.mark.parametrize("samples", [WINDOW, 33_333])
def test_equals_openai_whisper_as_transformers_has_it(mels, samples):
    from transformers import WhisperFeatureExtractor

    pcm = noise(2, samples)
    found = log_mel(torch.from_numpy(pcm), filters(mels), 3000)
    extractor = WhisperFeatureExtractor(feature_size=mels)
    expected = extractor([row / np.float32(32768) for row in pcm], sampling_rate=16_000, return_tensors="pt")
    torch.testing.assert_close(found, expected.input_features, atol=1e-4, rtol=0)


@pytest.mark.parametrize("mels", [80, 128])
@pytest.mark.parametrize("samples", [1, 159, 400, 12_345, 47_600, 47_999, 48_000, 60_000])
def test_equals_the_host_and_the_definition(mels, samples):
    pcm = noise(3, samples)
    found = log_mel(torch.from_numpy(pcm), filters(mels), 300)
    assert found.shape == (3, mels, 300)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, log_mel_reference(torch.from_numpy(pcm), filters(mels), 300), atol=1e-4, rtol=0)
    host = [FeatureExtractor(mels).log_mel(row / np.float32(32768), 300) for row in pcm]
    np.testing.assert_allclose(found, np.stack(host), atol=1e-4)


def test_a_windows_loudest_bin_is_its_own():
    """A faint window beside a loud one is as it is alone."""
    faint, loud = noise(1, 16_000) // 100, noise(1, 16_000)
    together = log_mel(torch.from_numpy(np.concatenate([faint, loud])), filters(80), 200)
    torch.testing.assert_close(together[:1], log_mel(torch.from_numpy(faint), filters(80), 200), atol=1e-5, rtol=0)
    assert together[0].max() < together[1].max() - 0.5


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_samples_may_be_floats(dtype):
    pcm = torch.from_numpy(noise(2, 5_000))
    found = log_mel(pcm.to(dtype) / 32768, filters(80), 60)
    torch.testing.assert_close(found, log_mel(pcm, filters(80), 60), atol=1e-6, rtol=0)


@pytest.mark.parametrize("of", [log_mel, log_mel_reference])
@pytest.mark.parametrize(("batch", "samples"), [(0, 5_000), (0, 0), (2, 0)])
def test_nothing_is_silence(of, batch, samples):
    found = of(torch.zeros(batch, samples, dtype=torch.int16), filters(80), 100)
    torch.testing.assert_close(found, torch.full((batch, 80, 100), -1.5))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_card():
    pcm = torch.from_numpy(noise(5, 100_000))
    found = log_mel(pcm.cuda(), filters(128).cuda(), 3000)
    torch.testing.assert_close(found.cpu(), log_mel(pcm, filters(128), 3000), atol=1e-4, rtol=0)
