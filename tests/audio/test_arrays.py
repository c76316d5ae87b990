"""Samples from NumPy and soundfile."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.audio import content_hash, decode
from engine.config_types import AudioConfig
from engine.errors import AudioLimitError, InputError, InvalidSamplesError, NotAudioError

CONFIG = AudioConfig()
TONE = np.sin(np.arange(16_000) * 2 * np.pi * 440 / 16_000) / 3


@pytest.mark.parametrize(
    "samples",
    [
        TONE,
        TONE.astype(np.float32),
        TONE.astype(np.float16),
        (TONE * 2**15).astype(np.int16),
        (TONE * 2**31).astype(np.int32),
        (TONE * 2**7 + 128).astype(np.uint8),
        TONE.astype(">f4"),
        (TONE * 2**15).astype(">i2"),
        TONE[:, None],
        np.asfortranarray(TONE[:, None]),
        np.repeat(TONE, 2)[::2],
    ],
)
def test_every_sample_type_means_the_same(samples):
    audio = decode(samples, CONFIG)
    np.testing.assert_allclose(audio.read(0, 0, 1), TONE, atol=0.01)


@pytest.mark.parametrize("rate", [8000, 8000.0, np.int32(8000), np.float64(8000)])
def test_every_whole_rate_is_a_rate(rate):
    assert decode((TONE, rate), CONFIG).duration_s == 2.0


@pytest.mark.parametrize("rate", ["8000", None, 8000.5, np.nan, np.inf, [8000], 8000j])
def test_other_rates_are_refused(rate):
    with pytest.raises(InvalidSamplesError, match="sample rate"):
        decode((TONE, rate), CONFIG)


@pytest.mark.parametrize("rate", [0, -8000, 1, 384_001, True])
def test_rates_out_of_range(rate):
    with pytest.raises(AudioLimitError, match="sample rate out of range"):
        decode((TONE, rate), CONFIG)


@pytest.mark.parametrize(
    ("samples", "problem"),
    [
        (np.array(0.5), "shape"),
        (np.zeros((10, 2, 2)), "shape"),
        (np.zeros((2, 16_000)), "transposed"),
        (np.zeros(100, complex), "sample type"),
        (np.zeros(100, bool), "sample type"),
        (np.zeros(100, np.int64), "sample type"),
        (np.array(["a", "b"]), "sample type"),
        (np.array([None, 1.0]), "sample type"),
        (TONE * 32768, "divide by 32768"),
    ],
)
def test_unusable_arrays(samples, problem):
    with pytest.raises(InvalidSamplesError, match=problem):
        decode(samples, CONFIG)


def test_too_many_channels():
    with pytest.raises(AudioLimitError, match="channels"):
        decode(np.zeros((100, 17)), CONFIG)


@pytest.mark.parametrize("shape", [(0,), (0, 2), (5, 0)])
def test_empty_arrays(shape):
    with pytest.raises(NotAudioError, match="empty"):
        decode(np.zeros(shape), CONFIG)


def test_samples_over_full_scale_are_clipped():
    audio = decode(np.array([2.0, -2.0, 0.5, 0.0]), CONFIG)
    np.testing.assert_array_equal(audio.pcm.read(0, 4)[0], [32767, -32768, 16384, 0])


def closed(path: Path) -> soundfile.SoundFile:
    file = soundfile.SoundFile(path, "w", 16_000, 1)
    file.close()
    return file


@pytest.mark.parametrize("make", [closed, lambda path: soundfile.SoundFile(path, "w", 16_000, 1)])
@pytest.mark.parametrize("use", [content_hash, lambda source: decode(source, CONFIG)])
def test_a_soundfile_that_cannot_be_read(tmp_path, make, use):
    with pytest.raises(InputError, match="soundfile object"):
        use(make(tmp_path / "call.wav"))


def test_the_callers_array_is_left_alone():
    samples = TONE.copy()
    decode(samples, CONFIG)
    np.testing.assert_array_equal(samples, TONE)


@given(hnp.arrays(np.int16, st.tuples(st.integers(20, 3000), st.integers(1, 3))))
@settings(max_examples=50, deadline=None)
def test_16_bit_at_16_khz_comes_through_unchanged(samples):
    whole = decode(samples, CONFIG).pcm.read(0, len(samples))
    if len(whole) == samples.shape[1]:
        np.testing.assert_array_equal(whole, samples.T)
    else:  # so alike that they were folded
        assert np.abs(whole - samples.T.astype(int)).max() <= np.ptp(samples.astype(int), axis=1).max()
