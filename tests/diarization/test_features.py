"""Blocks hold the moments of the speech frames, whatever the level and however a region is cut into pieces."""

from __future__ import annotations

import numpy as np
import pytest

from engine.diarization.features import (
    BLOCK_S,
    N_CEPSTRA,
    PIECE_BLOCKS,
    Statistics,
    block_statistics,
    cepstra,
)
from engine.types import Span
from tests.conftest import audio_of
from tests.diarization.conftest import HIGH, LOW


def speech(seconds: float, voice=LOW):
    return voice.speak(seconds, np.random.default_rng(3))


@pytest.mark.parametrize(("seconds", "blocks"), [(BLOCK_S, 1), (BLOCK_S + 0.01, 2), (0.02, 1), (10 * BLOCK_S, 10)])
def test_blocks_cover_the_span(seconds, blocks):
    statistics = block_statistics(audio_of(speech(4.0)), 0, Span(0.5, 0.5 + seconds))
    assert len(statistics) == blocks
    assert statistics.first.shape == (blocks, N_CEPSTRA)
    assert statistics.second.shape == (blocks, N_CEPSTRA, N_CEPSTRA)


def test_moments_are_those_of_the_frames():
    audio = audio_of(speech(BLOCK_S * 4 + 0.016))
    frames = cepstra(audio.read(0, 0.0, audio.duration_s))[0].reshape(-1, N_CEPSTRA)
    statistics = block_statistics(audio, 0, Span(0.0, BLOCK_S * 4))
    assert statistics.count.sum() == pytest.approx(64, abs=2)
    np.testing.assert_allclose(statistics.first.sum(axis=0) / statistics.count.sum(), frames.mean(axis=0), atol=0.2)


def test_pauses_do_not_count():
    paused = np.concatenate([speech(BLOCK_S * 4), np.zeros(round(BLOCK_S * 4 * 16_000))])
    count = block_statistics(audio_of(paused), 0, Span(0.0, BLOCK_S * 8)).count
    assert count[:4].min() >= 12
    assert count[5:].max() == 0


def test_the_level_makes_no_difference():
    loud = block_statistics(audio_of(speech(3.0)), 0, Span(0.0, 3.0))
    faint = block_statistics(audio_of(0.05 * speech(3.0)), 0, Span(0.0, 3.0))
    assert np.abs(loud.first.sum(axis=0) - faint.first.sum(axis=0)).max() / loud.count.sum() < 0.05


def test_long_regions_are_read_in_pieces_without_a_seam():
    seconds = (PIECE_BLOCKS + 7) * BLOCK_S
    audio = audio_of(speech(seconds))
    reads: list[int] = []

    class Watched:
        n_channels, n_samples = audio.n_channels, audio.n_samples

        def read(self, start, stop):
            reads.append(stop - start)
            return audio.pcm.read(start, stop)

    statistics = block_statistics(type(audio)(Watched(), audio.source), 0, Span(0.0, seconds))
    assert len(statistics) == PIECE_BLOCKS + 7
    assert statistics.count.min() >= 12
    assert max(reads) <= PIECE_BLOCKS * BLOCK_S * 16_000


def test_pooled_sums_rows_and_skips_what_is_not_there():
    statistics = block_statistics(audio_of(speech(3.0, HIGH)), 0, Span(0.0, 3.0))
    pooled = statistics.pooled(np.array([[0, 1, 2], [4, 5, -1]]))
    np.testing.assert_allclose(pooled.count, [statistics.count[:3].sum(), statistics.count[4:6].sum()])
    np.testing.assert_allclose(pooled.second[1], statistics.second[4:6].sum(axis=0), rtol=1e-5)


def test_joined_and_at_are_inverse():
    statistics = block_statistics(audio_of(speech(3.0)), 0, Span(0.0, 3.0))
    again = Statistics.joined([statistics.at(np.arange(5)), statistics.at(np.arange(5, len(statistics)))])
    np.testing.assert_array_equal(again.second, statistics.second)
