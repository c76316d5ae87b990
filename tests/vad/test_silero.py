"""The many-channel graph gives what the shipped one gives, channel by channel and block by block."""

import numpy as np
import pytest
from faster_whisper.vad import get_vad_model

from engine.vad.silero import FRAME_SAMPLES, SileroVad
from tests.conftest import audio_of


@pytest.fixture(scope="module")
def vad() -> SileroVad:
    return SileroVad()


def shipped(samples: np.ndarray) -> np.ndarray:
    """faster-whisper's own run over one channel of int16 samples."""
    padded = np.pad(samples, (0, -len(samples) % FRAME_SAMPLES)).astype(np.float32) / 32768
    return np.asarray(get_vad_model()(padded)).reshape(-1)


@pytest.mark.parametrize("name", ["telecom-billing", "card-replacement"])
def test_equals_the_shipped_graph_on_every_channel_of_a_call(vad, demo_audio, name):
    audio = demo_audio[name]
    found = vad.probabilities(audio)
    assert found.shape == (audio.n_channels, -(-audio.n_samples // FRAME_SAMPLES))
    for channel in range(audio.n_channels):
        expected = shipped(audio.pcm.read(0, audio.n_samples)[channel])
        np.testing.assert_allclose(found[channel], expected, atol=1e-3)


def test_state_is_carried_over_block_borders(vad, demo_audio):
    """A call longer than one block (33 s) is the same as one run over all of it."""
    audio = demo_audio["card-replacement"]
    assert audio.duration_s > 60
    found = vad.probabilities(audio)[0]
    np.testing.assert_allclose(found[1000:1100], shipped(audio.pcm.read(0, audio.n_samples)[0])[1000:1100], atol=1e-3)


def test_silence_and_hum_are_not_speech(vad):
    hum = 0.05 * np.sin(2 * np.pi * 50 * np.arange(48000) / 16000)
    assert vad.probabilities(audio_of(np.zeros(48000), hum)).max() < 0.5


@pytest.mark.parametrize("samples", [0, 1, 511, 512, 513])
def test_any_length(vad, samples):
    assert vad.probabilities(audio_of(np.zeros(samples))).shape == (1, -(-samples // FRAME_SAMPLES))
