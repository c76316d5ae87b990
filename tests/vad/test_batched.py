"""The batched VAD on a device: the ONNX graph's probabilities and regions, whatever calls share its passes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.config_types import VadConfig
from engine.errors import ConfigurationError, StageError
from engine.types import SAMPLE_RATE, Audio
from engine.vad import detector
from engine.vad.batched import BatchedVad
from engine.vad.detector import load_vad
from engine.vad.silero import FRAME_S, SileroVad
from engine.vad.windows import speech_regions
from tests.conftest import audio_of

DEVICES = [
    "cpu",
    pytest.param(
        "cuda",
        marks=[pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")],
    ),
]


@pytest.fixture(scope="module", params=DEVICES)
def vad(request) -> BatchedVad:
    return BatchedVad(request.param)


@pytest.fixture(scope="module")
def calls(demo_audio, telephone_call) -> list[Audio]:
    """The demo calls, one of them at 8 kHz too, telephone noise with bursts, and a short clip."""
    draw = np.random.default_rng(0)
    bursts = 0.3 * draw.standard_normal((2, 20 * SAMPLE_RATE)) * (draw.random((2, 20)).repeat(SAMPLE_RATE, 1) > 0.6)
    return [*demo_audio.values(), telephone_call, audio_of(*bursts), audio_of(0.01 * draw.standard_normal(12_345))]


@pytest.fixture(scope="module")
def expected(calls) -> list[np.ndarray]:
    return [SileroVad().probabilities(audio) for audio in calls]


def in_speech(probabilities: np.ndarray, audio: Audio) -> np.ndarray:
    """Which frames lie in a region, shape (channels, frames)."""
    marks = np.zeros(probabilities.shape, bool)
    for region in speech_regions(probabilities, audio.duration_s, VadConfig(), 30.0):
        marks[region.channel, round(region.start_s / FRAME_S) : round(region.end_s / FRAME_S)] = True
    return marks


def test_probabilities_and_regions_are_those_of_the_onnx_graph(vad, calls, expected):
    same = frames = 0
    for audio, theirs in zip(calls, expected, strict=True):
        ours = vad.probabilities(audio)
        np.testing.assert_allclose(ours, theirs, atol=1e-3)
        marks = in_speech(ours, audio)
        same, frames = same + int((marks == in_speech(theirs, audio)).sum()), frames + marks.size
    assert same >= 0.999 * frames
    assert frames > 10_000


def test_calls_in_flight_share_passes_and_get_their_own_answers(vad, calls, expected, monkeypatch):
    """More threads than cores, calls of 1 to 90 s, each twice."""
    rows, speech = [], vad._network.speech
    monkeypatch.setattr(vad._network, "speech", lambda *given: (rows.append(len(given[0])), speech(*given))[1])
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(vad.probabilities, calls * 2))
    for ours, theirs in zip(found, expected * 2, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-3)
    assert max(rows) > 1
    assert not vad._calls


@pytest.mark.parametrize("samples", [0, 1, 511, 512, 513])
def test_any_length(vad, samples):
    assert vad.probabilities(audio_of(np.zeros(samples))).shape == (1, -(-samples // 512))


def test_telephone_calls_go_to_the_device_as_they_are(vad, telephone_call, monkeypatch):
    """In blocks that begin and end in mid-speech, the resampler hearing what is on either side of a border."""
    seen, staged = [], vad._network._staged
    monkeypatch.setattr(vad._network, "_staged", lambda *given: (seen.append(staged(*given)), seen[-1])[1])
    found = vad.probabilities(telephone_call)
    np.testing.assert_allclose(found, SileroVad().probabilities(telephone_call), atol=1e-3)
    frames = -(-telephone_call.n_samples // 512)
    assert all(block.dtype == torch.int16 for block in seen)
    assert sum(block.shape[1] for block in seen) == 256 * frames + 32 * len(seen)
    assert len(seen) > 5


def test_a_call_that_cannot_be_read_fails_alone(calls, expected):
    vad = BatchedVad("cpu")

    class Broken:
        n_channels, n_samples = 1, 10 * SAMPLE_RATE

        def read(self, start, stop):
            raise OSError("gone")

    with ThreadPoolExecutor(2) as pool:
        bad = pool.submit(vad.probabilities, replace(calls[0], pcm=Broken()))
        good = pool.submit(vad.probabilities, calls[0])
        assert isinstance(bad.exception(), OSError)
        np.testing.assert_allclose(good.result(), expected[0], atol=1e-3)


class Small:
    """A device whose memory holds passes of `most` rows only."""

    def __init__(self, network, most: int) -> None:
        self._network, self._most = network, most
        self.start = network.start

    def speech(self, blocks, states):
        if sum(len(block.samples) for block in blocks) > self._most:
            raise MemoryError("out of memory")
        return self._network.speech(blocks, states)


def test_a_device_with_little_memory_takes_fewer_calls_at_once(calls, expected, caplog):
    vad = BatchedVad("cpu")
    vad._network = Small(vad._network, most=2)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(vad.probabilities, calls[2:] * 2))
    for ours, theirs in zip(found, expected[2:] * 2, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_a_call_that_does_not_go_alone_fails_with_the_remedy(calls):
    vad = BatchedVad("cpu")
    vad._network = Small(vad._network, most=0)
    with pytest.raises(StageError, match=r"vad\.device"):
        vad.probabilities(calls[-1])


def test_a_card_is_taken_where_there_is_one_and_missed_where_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(detector, "torch_has_cuda", lambda: False)
    assert isinstance(load_vad(VadConfig()), SileroVad)
    with pytest.raises(ConfigurationError, match=r"vad\.device"):
        load_vad(VadConfig(device="cuda"))
    monkeypatch.setattr(detector, "torch_has_cuda", lambda: True)
    assert isinstance(load_vad(VadConfig(device="cpu")), SileroVad)
    monkeypatch.setattr("engine.vad.batched.SileroNetwork", lambda device: device)
    assert isinstance(load_vad(VadConfig()), BatchedVad)
