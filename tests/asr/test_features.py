"""The features are Whisper's: against faster-whisper's own extractor over the padded samples."""

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor as Reference

from engine.asr.features import FeatureExtractor, window_seconds


@pytest.mark.parametrize("mels", [80, 128])
@pytest.mark.parametrize("samples", [1, 159, 160, 399, 400, 12_345, 47_600, 47_999, 48_000, 60_000])
def test_equals_the_reference(mels, samples):
    rng = np.random.default_rng(samples)
    signal = (rng.standard_normal(samples) * rng.uniform(0, 0.3, samples)).astype(np.float32)
    padded = np.zeros(48_000, np.float32)
    padded[: min(samples, 48_000)] = signal[:48_000]
    found = FeatureExtractor(mels).log_mel(signal, 300)
    assert found.shape == (mels, 300)
    np.testing.assert_allclose(found, Reference(feature_size=mels)(padded, padding=0), atol=1e-4)


def test_silence_is_flat():
    assert np.ptp(FeatureExtractor(80).log_mel(np.zeros(16_000, np.float32), 300)) == 0.0


def test_the_window_is_the_models_own(tmp_path):
    assert window_seconds(tmp_path) == 30
    (tmp_path / "preprocessor_config.json").write_text('{"chunk_length": 12}')
    assert window_seconds(tmp_path) == 12
