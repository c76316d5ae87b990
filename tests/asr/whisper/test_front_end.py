"""Features made on the device: those of the host, whatever is in a batch, and the same words from them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.asr import WindowTask
from engine.asr.ct2 import Ct2Recognizer
from engine.asr.features import FeatureExtractor, at_16_khz
from engine.asr.whisper.front_end import FrontEnd
from engine.asr.whisper.scheduler import WhisperRecognizer
from engine.audio import decode
from engine.audio.arrays import ArrayTrack
from engine.audio.resample import resampled
from engine.config import load_profile
from engine.config_types import AudioConfig
from engine.engine import Engine
from engine.telephone import TELEPHONE_RATE
from engine.transcription import window_task
from engine.types import SAMPLE_RATE, Audio
from engine.vad import load_detector
from engine.vad.batched import BatchedVad
from tests.asr.test_ct2 import run

CPU = torch.device("cpu")
DEVICES = [
    CPU,
    pytest.param(
        torch.device("cuda"),
        marks=[pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")],
    ),
]


def window(length: int, kind: str) -> WindowTask:
    """Noise of so many samples: "float" or "int16" at 16 kHz, or "telephone"."""
    samples = (0.1 * np.random.default_rng(length).standard_normal(length)).astype(np.float32)
    if kind == "float":
        return WindowTask(samples, "en")
    rate = TELEPHONE_RATE if kind == "telephone" else SAMPLE_RATE
    return WindowTask((samples * 32768).astype(np.int16), "en", sample_rate=rate)


def host_features(windows: list[WindowTask], frames: int) -> np.ndarray:
    host = FeatureExtractor(80)
    return np.stack([host.log_mel(at_16_khz(task.samples, task.sample_rate), frames) for task in windows])


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kinds", ["float", "int16", "telephone", "int16 telephone", "telephone float int16"])
@pytest.mark.parametrize("lengths", [(1,), (24_000, 160, 33_333), (7_777, 7_778), (0, 5), (48_000, 24_000, 23_999)])
def test_a_batch_of_any_lengths_and_rates_is_as_the_host_makes_it(device, lengths, kinds):
    kinds = kinds.split()
    windows = [window(length, kinds[i % len(kinds)]) for i, length in enumerate(lengths)]
    front_end = FrontEnd(80, device)
    for made in (front_end.log_mels, front_end.transformed):
        found = made(windows, 300)
        assert found.shape == (len(lengths), 80, 300)
        assert found.device.type == device.type
        np.testing.assert_allclose(found.cpu(), host_features(windows, 300), atol=1e-4)


@pytest.mark.parametrize("device", DEVICES)
def test_what_else_is_in_a_batch_makes_no_difference(device):
    windows = [window(*of) for of in [(9_001, "telephone"), (40_000, "int16"), (20_000, "telephone"), (3, "telephone")]]
    front_end = FrontEnd(128, device)
    together = front_end.transformed(windows, 300)
    alone = torch.cat([front_end.transformed([task], 300) for task in windows])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_16_bits_go_to_the_device_and_half_as_many_of_them_at_8_khz(monkeypatch):
    sent = []
    monkeypatch.setattr(FrontEnd, "_on_device", lambda _, staged: sent.append(staged) or staged)
    for kind in ("int16", "telephone"):
        FrontEnd(80, CPU).log_mels([window(SAMPLE_RATE if kind == "int16" else TELEPHONE_RATE, kind)], 200)
    assert [staged.nbytes for staged in sent] == [32_000, 16_000, 1]


class HostFeatures(FrontEnd):
    """What the ctranslate2 backend does: NumPy on the host."""

    def log_mels(self, windows, frames):
        return torch.from_numpy(host_features(windows, frames))


class OneBatch(FrontEnd):
    """As on a card: the windows of a batch are transformed together."""

    log_mels = FrontEnd.transformed


def cut(audio: Audio) -> list[WindowTask]:
    """Windows of 4.5 s, as the call is kept."""
    return [
        WindowTask(audio.cut(channel, start_s, start_s + 4.5), "en", sample_rate=audio.kept_rate)
        for channel in range(audio.n_channels)
        for start_s in np.arange(0.0, audio.duration_s - 5.0, 9.0)
    ]


def test_the_demo_calls_have_the_same_words_wherever_the_features_are_made(demo_audio, telephone_call, bundled_model):
    windows = [task for audio in (*demo_audio.values(), telephone_call) for task in cut(audio)]
    assert {task.sample_rate for task in windows} == {TELEPHONE_RATE, SAMPLE_RATE}
    heard = []
    for made in (FrontEnd, OneBatch, HostFeatures):
        recognizer = WhisperRecognizer(replace(load_profile("demo").asr, compute_type="float32"), bundled_model)
        recognizer._front_end = made(80, CPU)
        heard.append([found.text for found in run(recognizer, windows)])
    assert heard[0] == heard[1] == heard[2]
    assert sum(map(bool, heard[0])) > 20


@pytest.fixture(scope="module")
def telephone_calls(demo_audio) -> list[tuple[Audio, Audio]]:
    """The demo calls at 8 kHz, and as FFmpeg brings those to 16 kHz."""

    def narrow(audio: Audio) -> tuple[np.ndarray, int]:
        track = ArrayTrack(audio.pcm.read(0, audio.n_samples).T, SAMPLE_RATE)
        return np.concatenate([*resampled(track.frames(), TELEPHONE_RATE)], axis=1).T, TELEPHONE_RATE

    return [
        (decode(samples, AudioConfig(), keep_telephone=True), decode(samples, AudioConfig()))
        for samples in map(narrow, demo_audio.values())
    ]


def test_telephone_windows_have_the_features_of_ffmpegs_resampler(telephone_calls):
    """But for the ends of a window: there FFmpeg, which had the whole call, knew how it goes on. A rounding that falls
    the other way moves the faintest bins of silence by up to 0.05."""
    front_end = FrontEnd(80, CPU)
    for ours, theirs in telephone_calls:
        found, expected = (front_end.log_mels(cut(audio), 450)[..., 2:447] for audio in (ours, theirs))
        difference = (found - expected).abs()
        assert difference.max() < 0.06
        assert difference.mean() < 1e-5


@pytest.mark.parametrize("backend", [WhisperRecognizer, Ct2Recognizer])
def test_telephone_calls_have_the_words_that_they_have_through_ffmpeg(telephone_calls, bundled_model, backend):
    profile = load_profile("demo")
    recognizer = backend(replace(profile.asr, compute_type="float32"), bundled_model)
    detector = load_detector(profile.vad, recognizer.window_s)
    ours, theirs = (
        [
            found.text
            for audio in calls
            for found in run(recognizer, [window_task(audio, one, "en") for one in detector.detect(audio).windows])
        ]
        for calls in zip(*telephone_calls, strict=True)
    )
    assert ours == theirs
    assert sum(map(bool, ours)) > 20


def test_the_engine_hears_the_same_where_a_call_goes_to_the_device_at_8_khz(demo_paths):
    profile = load_profile("demo")
    torch_backend = replace(profile.asr, backend="torch", compute_type="float32")
    with Engine(replace(profile, asr=torch_backend)) as engine:
        at_16_khz, rates = engine.process(demo_paths["delivery-complaint"]), []
        engine._detector._vad = BatchedVad("cpu")
        front_end = engine._batcher._recognizer._front_end
        log_mels = front_end.log_mels
        front_end.log_mels = lambda windows, frames: (
            rates.extend(task.sample_rate for task in windows) or log_mels(windows, frames)
        )
        at_8_khz = engine.process(demo_paths["delivery-complaint"])
    assert [said.text for said in at_8_khz.utterances] == [said.text for said in at_16_khz.utterances]
    assert set(rates) == {TELEPHONE_RATE} and len(rates) > 10
