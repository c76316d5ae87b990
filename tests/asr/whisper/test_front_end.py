"""Features made on the device: those of the host, whatever the lengths in a batch, and the same words from them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.asr import WindowTask
from engine.asr.features import FeatureExtractor
from engine.asr.whisper.front_end import FrontEnd
from engine.asr.whisper.scheduler import WhisperRecognizer
from engine.config import load_profile
from tests.asr.test_ct2 import run

CPU = torch.device("cpu")
DEVICES = [
    CPU,
    pytest.param(
        torch.device("cuda"),
        marks=[pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")],
    ),
]


def windows(*lengths: int) -> list[np.ndarray]:
    rng = np.random.default_rng(len(lengths))
    return [(0.1 * rng.standard_normal(length)).astype(np.float32) for length in lengths]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("lengths", [(1,), (48_000, 160, 33_333), (7_777, 7_778), (0, 5)])
def test_a_batch_of_any_lengths_is_as_the_host_makes_it(device, lengths):
    front_end, host = FrontEnd(80, device), FeatureExtractor(80)
    expected = np.stack([host.log_mel(samples, 300) for samples in windows(*lengths)])
    for made in (front_end.log_mels, front_end.transformed):
        found = made(windows(*lengths), 300)
        assert found.shape == (len(lengths), 80, 300)
        assert found.device.type == device.type
        np.testing.assert_allclose(found.cpu(), expected, atol=1e-4)


class HostFeatures(FrontEnd):
    """What the engine did before: NumPy on the host."""

    def log_mels(self, windows, frames):
        return torch.from_numpy(np.stack([FeatureExtractor(80).log_mel(samples, frames) for samples in windows]))


class OneBatch(FrontEnd):
    """As on a card: the windows of a batch are transformed together."""

    log_mels = FrontEnd.transformed


def test_the_demo_calls_have_the_same_words_wherever_the_features_are_made(demo_audio, bundled_model):
    cut = [
        WindowTask(audio.read(channel, start_s, start_s + 4.5), "en")
        for audio in demo_audio.values()
        for channel in range(audio.n_channels)
        for start_s in np.arange(0.0, audio.duration_s - 5.0, 9.0)
    ]
    heard = []
    for made in (FrontEnd, OneBatch, HostFeatures):
        recognizer = WhisperRecognizer(replace(load_profile("demo").asr, compute_type="float32"), bundled_model)
        recognizer._front_end = made(80, CPU)
        heard.append([found.text for found in run(recognizer, cut)])
    assert heard[0] == heard[1] == heard[2]
    assert sum(map(bool, heard[0])) > 20
