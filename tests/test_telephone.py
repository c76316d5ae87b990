"""8 kHz to 16 kHz on the host: FFmpeg's samples, and what holds for any resampler."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.audio.arrays import ArrayTrack
from engine.audio.resample import resampled
from engine.telephone import REACH_SAMPLES, TELEPHONE_RATE, doubled

telephone = arrays.arrays(np.int16, st.tuples(st.integers(1, 3), st.integers(0, 200)))


def noise(channels: int, samples: int, level: float) -> np.ndarray:
    draw = np.random.default_rng(samples)
    return (draw.standard_normal((channels, samples)) * level).clip(-32768, 32767).astype(np.int16)


@pytest.mark.parametrize("level", [3, 300, 3000, 30_000])
def test_samples_are_those_of_ffmpeg(level):
    """In 999 of 1,000 to the bit, clipping included; a rounding may fall the other way. At the ends FFmpeg mirrors."""
    pcm = noise(2, 40_001, level)
    ffmpeg = np.concatenate([*resampled(ArrayTrack(pcm.T, TELEPHONE_RATE).frames())], axis=1)
    found = doubled(pcm).astype(int)
    assert found.shape == ffmpeg.shape
    difference = np.abs(found - ffmpeg)[:, 2 * REACH_SAMPLES : -2 * REACH_SAMPLES]
    assert difference.max() <= 1
    assert np.mean(difference > 0) < 1e-3


@given(telephone)
def test_every_sample_stays_and_one_is_put_behind_each(pcm):
    found = doubled(pcm)
    assert found.shape == (len(pcm), 2 * pcm.shape[1])
    assert found.dtype == np.int16
    np.testing.assert_array_equal(found[:, ::2], pcm)


@given(telephone, st.integers(0, 70), st.integers(0, 70))
def test_silence_around_it_changes_nothing(pcm, before, behind):
    around = doubled(np.pad(pcm, ((0, 0), (before, behind)))).astype(int)
    np.testing.assert_allclose(around[:, 2 * before :][:, : 2 * pcm.shape[1]], doubled(pcm), atol=1)


@given(arrays.arrays(np.int16, (2, 100), elements=st.integers(-6_000, 6_000)), st.integers(-1, 1))
def test_the_sum_of_two_calls_is_the_sum_of_their_samples(pcm, sign):
    """Each of the three is rounded."""
    one, other = pcm[:1], sign * pcm[1:]
    np.testing.assert_allclose(doubled(one + other), doubled(one).astype(int) + doubled(other), atol=1.51)


@pytest.mark.parametrize("length", [16_383, 16_384, 16_385, 50_000])
def test_a_long_call_is_as_its_pieces_are(length):
    pcm = noise(2, length, 3000)
    pieces = [doubled(pcm[:, first : first + 1_000])[:, 40:-40] for first in range(0, length - 999, 500)]
    for number, piece in enumerate(pieces):
        place = 1_000 * number + 40
        np.testing.assert_allclose(doubled(pcm)[:, place : place + piece.shape[1]].astype(int), piece, atol=1)


def test_a_tone_keeps_its_pitch_and_level():
    def tone(rate: int) -> np.ndarray:
        return np.rint(16_000 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)).astype(np.int16)

    np.testing.assert_allclose(doubled(tone(8_000)[None])[0, 100:-100], tone(16_000)[100:-100], atol=4)
