"""Frames of any format become 16 kHz int16."""

import numpy as np
import pytest
from av.audio.frame import AudioFrame

from engine.audio.resample import resampled
from engine.errors import NotAudioError


def frame(rate: int, layout: str, channels: int, value: int, seconds: float = 1.0) -> AudioFrame:
    made = AudioFrame.from_ndarray(np.full((1, round(rate * seconds) * channels), value, np.int16), "s16", layout)
    made.sample_rate = rate
    return made


def joined(*frames: AudioFrame) -> np.ndarray:
    return np.concatenate(list(resampled(frames)), axis=1)


def test_nothing_in_nothing_out():
    assert list(resampled([])) == []


def test_blocks_are_of_about_a_second():
    small = [frame(16_000, "mono", 1, 100, 0.02) for _ in range(250)]
    assert [block.shape for block in resampled(small)] == [(1, 16_000)] * 5


def test_the_channels_of_the_first_frame_stay():
    whole = joined(frame(8000, "stereo", 2, 1000), frame(16_000, "mono", 1, 2000), frame(44_100, "stereo", 2, 3000))
    assert whole.shape == (2, 48_000)
    np.testing.assert_allclose(whole[:, 8000], 1000, atol=5)
    np.testing.assert_allclose(whole[:, 24_000], 2000, rtol=0.3)
    np.testing.assert_allclose(whole[:, 40_000], 3000, atol=5)


def test_stereo_after_mono_is_mixed():
    whole = joined(frame(16_000, "mono", 1, 1000), frame(16_000, "stereo", 2, 1000))
    assert whole.shape == (1, 32_000)
    np.testing.assert_allclose(whole[0, 24_000], 1000, rtol=0.1)


@pytest.mark.parametrize("channels", [1, 2, 3, 8, 12])
def test_channels_without_a_layout(channels):
    assert joined(frame(8000, f"{channels} channels", channels, 1000)).shape == (channels, 16_000)


def test_a_change_that_cannot_be_mixed_is_a_typed_error():
    with pytest.raises(NotAudioError, match=r"cannot be resampled.*expected stereo"):
        joined(frame(16_000, "stereo", 2, 0), frame(16_000, "ambisonic 1", 4, 0))
