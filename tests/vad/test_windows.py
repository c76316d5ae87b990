"""Regions from probabilities, windows from regions: nothing lost, nothing longer than allowed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config_types import VadConfig
from engine.types import SpeechRegion
from engine.vad.silero import FRAME_S
from engine.vad.windows import pack, speech_regions


def row(*stretches: tuple[float, int]) -> np.ndarray:
    """Probabilities from (value, frames) stretches."""
    return np.concatenate([np.full(frames, value, np.float32) for value, frames in stretches])


def regions_of(probabilities: np.ndarray, max_region_s: float = 30.0, **settings: float) -> list[tuple[float, float]]:
    config = VadConfig(**settings)
    duration_s = len(probabilities) * FRAME_S
    found = speech_regions(probabilities[None], duration_s, config, max_region_s)
    return [(region.start_s, region.end_s) for region in found]


def test_speech_is_padded_and_bounded_by_the_call():
    assert regions_of(row((0.9, 50)), speech_pad_ms=200) == [(0.0, 50 * FRAME_S)]
    ((start_s, end_s),) = regions_of(row((0.0, 50), (0.9, 50), (0.0, 50)), speech_pad_ms=200)
    assert start_s == pytest.approx(50 * FRAME_S - 0.2)
    assert end_s == pytest.approx(100 * FRAME_S + 0.2)


def test_hysteresis_keeps_a_dip_and_ignores_a_murmur():
    assert len(regions_of(row((0.0, 40), (0.9, 20), (0.4, 30), (0.9, 20), (0.0, 40)), min_silence_ms=0)) == 1
    assert regions_of(row((0.0, 40), (0.4, 40), (0.0, 40))) == []


def test_short_silence_is_bridged_and_short_speech_dropped():
    gap = row((0.9, 30), (0.0, 10), (0.9, 30))
    assert len(regions_of(gap, min_silence_ms=500)) == 1
    assert len(regions_of(gap, min_silence_ms=200)) == 2
    assert regions_of(row((0.0, 30), (0.9, 2), (0.0, 30)), min_speech_ms=100) == []


def test_a_long_region_is_cut_where_speech_is_least_likely():
    probabilities = row((0.9, 280), (0.6, 3), (0.9, 200))
    first, second = regions_of(probabilities, max_region_s=10.0)
    assert first[1] == second[0]
    assert 280 * FRAME_S <= first[1] <= 284 * FRAME_S


@given(
    st.lists(st.floats(0, 1, width=32), max_size=600),
    st.floats(1.0, 30.0),
    st.integers(0, 1000),
    st.integers(0, 400),
)
def test_regions_are_sorted_disjoint_bounded_and_inside_the_call(values, max_region_s, silence_ms, pad_ms):
    probabilities = np.array(values, np.float32)
    found = regions_of(probabilities, max_region_s, min_silence_ms=silence_ms, speech_pad_ms=pad_ms)
    edges = [edge for region in found for edge in region]
    assert edges == sorted(edges)
    assert all(0 <= start < end <= len(values) * FRAME_S + 1e-9 for start, end in found)
    assert all(end - start <= max_region_s + 1e-6 for start, end in found)


@st.composite
def disjoint_regions(draw: st.DrawFn) -> list[SpeechRegion]:
    regions = []
    for channel in range(draw(st.integers(1, 3))):
        at_s = 0.0
        for _ in range(draw(st.integers(0, 12))):
            at_s += draw(st.floats(0.01, 5.0))
            end_s = at_s + draw(st.floats(0.1, 7.0))
            regions.append(SpeechRegion(channel, at_s, end_s))
            at_s = end_s
    return sorted(regions, key=lambda region: (region.start_s, region.channel))


@given(disjoint_regions(), st.floats(0.0, 3.0))
def test_every_region_is_in_one_window_whole_and_windows_are_bounded(regions, max_gap_s):
    windows = pack(regions, 8.0, max_gap_s)
    assert all(window.duration_s <= 8.0 + 1e-6 for window in windows)
    for region in regions:
        holders = [
            window
            for window in windows
            if window.channel == region.channel
            and any(piece.start_s <= region.start_s and region.end_s <= piece.end_s for piece in window.pieces)
        ]
        assert len(holders) == 1


@given(disjoint_regions(), st.floats(0.0, 3.0), st.lists(st.floats(-1.0, 40.0), min_size=2, max_size=20))
def test_the_time_map_is_monotonic_and_stays_inside_the_pieces(regions, max_gap_s, times_s):
    for window in pack(regions, 8.0, max_gap_s):
        mapped = [window.call_time(time_s) for time_s in sorted(times_s)]
        assert mapped == sorted(mapped)
        assert all(
            any(piece.start_s - 1e-6 <= time_s <= piece.end_s + 1e-6 for piece in window.pieces) for time_s in mapped
        )


@given(disjoint_regions())
def test_the_time_map_is_exact_inside_a_piece(regions):
    for window in pack(regions, 8.0, 0.0):
        before_s = 0.0
        for piece in window.pieces:
            middle_s = piece.duration_s / 2
            assert window.call_time(before_s + middle_s) == pytest.approx(piece.start_s + middle_s)
            before_s += piece.duration_s
