"""Caps on seconds and bytes, counted frame by frame."""

import numpy as np
import pytest
from av.audio.frame import AudioFrame

from engine.audio.limits import Limits
from engine.config_types import AudioConfig
from engine.errors import AudioLimitError


def frames(count: int, rate: int = 16_000, layout: str = "mono"):
    samples = np.zeros((1, rate * {"mono": 1, "stereo": 2}[layout]), np.int16)
    for _ in range(count):
        frame = AudioFrame.from_ndarray(samples, "s16", layout)
        frame.sample_rate = rate
        yield frame


def test_the_frame_that_crosses_a_cap_is_not_handed_on():
    counted = Limits(AudioConfig(max_duration_s=2.5)).counted(frames(5))
    assert next(counted).samples == next(counted).samples == 16_000
    with pytest.raises(AudioLimitError, match=r"2\.5 s.*raise audio\.max_duration_s"):
        next(counted)


@pytest.mark.parametrize(("rate", "layout", "fits"), [(16_000, "mono", 5), (16_000, "stereo", 2), (48_000, "mono", 1)])
def test_bytes_count_channels_and_rate(rate, layout, fits):
    counted = Limits(AudioConfig(max_decoded_bytes=160_000)).counted(frames(9, rate, layout))
    with pytest.raises(AudioLimitError, match="max_decoded_bytes"):
        for _ in range(fits + 1):
            next(counted)
    assert len(list(Limits(AudioConfig(max_decoded_bytes=160_000)).counted(frames(fits, rate, layout)))) == fits


def test_bytes_count_after_resampling_too():
    """A low rate grows on its way to 16 kHz."""
    limits = Limits(AudioConfig(max_decoded_bytes=1000))
    limits.count_output(np.zeros((1, 500), np.int16))
    with pytest.raises(AudioLimitError):
        limits.count_output(np.zeros((1, 1), np.int16))
