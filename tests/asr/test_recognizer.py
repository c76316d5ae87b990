"""What a window says of itself."""

import numpy as np
import pytest

from engine.asr.decoded import frame_buckets, padded_frames
from engine.asr.recognizer import WindowTask
from engine.config import AsrConfig
from engine.errors import InvalidSamplesError


@pytest.mark.parametrize("rate", [8_000, 16_000])
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_a_window_is_as_long_as_its_rate_makes_it(rate, dtype):
    task = WindowTask(np.zeros(3 * rate, dtype), "en", sample_rate=rate)
    assert task.duration_s == 3.0
    assert padded_frames(task, frame_buckets(AsrConfig(window_buckets_s=(3.0, 4.0, 8.0)), 30)) == 400


@pytest.mark.parametrize("rate", [0, 11_025, 44_100, 16_000.5])
def test_another_rate_is_refused_with_the_remedy(rate):
    with pytest.raises(InvalidSamplesError, match=rf"received {rate} Hz; expected 16000 or 8000 Hz; resample"):
        WindowTask(np.zeros(100, np.int16), "en", sample_rate=rate)
