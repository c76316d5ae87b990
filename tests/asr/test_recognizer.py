"""What a window says of itself."""

import numpy as np
import pytest

from engine.asr.decoded import frame_buckets, padded_frames
from engine.asr.recognizer import WindowTask
from engine.config_types import AsrConfig
from engine.errors import InvalidSamplesError


@pytest.mark.parametrize(("rate", "dtype"), [(8_000, np.int16), (16_000, np.int16), (16_000, np.float32)])
def test_a_window_is_as_long_as_its_rate_makes_it(rate, dtype):
    task = WindowTask(np.zeros(3 * rate, dtype), "en", sample_rate=rate)
    assert task.duration_s == 3.0
    assert padded_frames(task, frame_buckets(AsrConfig(window_buckets_s=(3.0, 4.0, 8.0)), 30)) == 400


@pytest.mark.parametrize(("rate", "dtype"), [(0, "int16"), (44_100, "int16"), (11_025, "float32"), (8_000, "float32")])
def test_another_rate_is_refused_with_the_remedy(rate, dtype):
    with pytest.raises(InvalidSamplesError, match=rf"received {dtype} at {rate} Hz; .*int16 at 8000 Hz; resample"):
        WindowTask(np.zeros(100, dtype), "en", sample_rate=rate)
