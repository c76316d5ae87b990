"""Is a recording with several channels really mono?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.channels import ChannelComparison


def likeness(channels: np.ndarray, block: int = 16_000) -> str:
    comparison = ChannelComparison()
    for start in range(0, channels.shape[1], block):
        comparison.add(channels[:, start : start + block])
    return comparison.likeness


def noise(level: float, seconds: float = 4.0, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(round(seconds * 16_000)) * level


VOICE = noise(3000)
OTHER = noise(3000, seed=1)
SILENCE = np.zeros_like(VOICE)
ONCE = np.where(np.arange(len(VOICE)) // 16_000 == 2, 1.0, 0.0)


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ([VOICE], "equal"),
        ([VOICE, VOICE], "equal"),
        ([VOICE, VOICE, VOICE], "equal"),
        ([SILENCE, SILENCE], "equal"),
        ([VOICE, VOICE + 1], "alike"),
        ([VOICE, VOICE * 0.95], "alike"),
        ([VOICE, VOICE + noise(60, seed=2)], "alike"),
        ([VOICE, VOICE, VOICE * 0.97], "alike"),
        ([VOICE, VOICE * 0.5], "distinct"),
        ([VOICE, -VOICE], "distinct"),
        ([VOICE, SILENCE], "distinct"),
        ([SILENCE, VOICE], "distinct"),
        ([VOICE * 0.005, SILENCE], "distinct"),
        ([VOICE, OTHER], "distinct"),
        ([VOICE + 0.3 * OTHER, OTHER + 0.3 * VOICE], "distinct"),
        ([VOICE, VOICE, OTHER], "distinct"),
        ([VOICE, VOICE + 200 * ONCE * noise(1, seed=3)], "alike"),
        ([VOICE, VOICE + ONCE * OTHER], "distinct"),
    ],
)
def test_what_counts_as_mono(channels, expected):
    samples = np.clip(np.rint(channels), -32768, 32767).astype(np.int16)
    assert likeness(samples) == expected


def test_a_quiet_word_after_an_hour_of_music_settles_it():
    comparison = ChannelComparison()
    music = np.repeat(noise(8000, 1.0)[None], 2, axis=0).astype(np.int16)
    for _ in range(3600):
        comparison.add(music)
    assert comparison.likeness == "equal"
    comparison.add(np.stack([SILENCE[:16_000], noise(300, 1.0)]).astype(np.int16))
    assert comparison.likeness == "distinct"


@given(st.integers(1, 4000), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_equal_channels_are_equal_in_blocks_of_any_size(block, seed):
    voice = np.random.default_rng(seed).integers(-32768, 32768, 4000).astype(np.int16)
    assert likeness(np.stack([voice, voice]), block) == "equal"
