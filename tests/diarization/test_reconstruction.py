"""Turns from overlapping chunks: cases worked out by hand; those beside pyannote are in test_pyannote_equality.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diarization import reconstruction
from engine.diarization.reconstruction import NO_CLUSTER, Grid, cluster_activity, spans, speaker_count, speaking
from engine.types import Span

GRID = Grid(np.array([0, 2]), np.arange(6) + 0.5)
# Two chunks of four frames, the second one begins at frame 2; speakers of a chunk in columns.
SCORES = np.array([[[1, 0], [1, 0], [1, 1], [1, 1]], [[0, 1], [0, 1], [0, 1], [1, 1]]], np.uint8)


def test_count_is_the_mean_of_the_chunks_rounded_to_even():
    assert speaker_count(SCORES, GRID).tolist() == [1, 1, 2, 2, 1, 2]


def test_clusters_gather_speakers_of_all_chunks():
    clusters = np.array([[0, NO_CLUSTER], [1, 0]])
    assert cluster_activity(SCORES, clusters, GRID).tolist() == [[1, 0], [1, 0], [2, 0], [2, 0], [1, 0], [1, 1]]


def test_two_speakers_of_a_chunk_in_one_cluster_count_once():
    clusters = np.array([[0, 0], [0, 0]])
    assert cluster_activity(SCORES, clusters, GRID)[:, 0].tolist() == [1, 1, 2, 2, 1, 1]


def test_the_most_active_clusters_speak():
    activity = np.array([[3, 1, 2], [0, 0, 1], [1, 2, 3], [1, 0, 0]], np.float32)
    count = np.array([2, 1, 0, 1], np.uint8)
    assert speaking(activity, count).tolist() == [
        [True, False, True],
        [False, False, True],
        [False] * 3,
        [True, False, False],
    ]


def test_more_speakers_at_once_than_clusters():
    assert speaking(np.array([[1.0]], np.float32), np.array([2], np.uint8)).tolist() == [[True, True]]


@given(st.integers(1, 40), st.integers(1, 5), st.integers(0, 1000))
def test_blocks_of_frames_give_what_all_at_once_gives(n_frames, n_clusters, seed):
    rng = np.random.default_rng(seed)
    activity = rng.integers(0, 4, (n_frames, n_clusters)).astype(np.float32)
    count = rng.integers(0, n_clusters + 2, n_frames).astype(np.uint8)
    whole = speaking(activity, count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconstruction, "BLOCK_FRAMES", 7)
        assert np.array_equal(speaking(activity, count), whole)
    assert np.array_equal(whole.sum(axis=1), count)


@pytest.mark.parametrize(
    ("speaks", "min_gap_s", "expected"),
    [
        ("......", 0.0, []),
        ("xx..x.", 0.0, [(0.5, 2.5), (4.5, 5.5)]),
        ("xx..xx", 0.0, [(0.5, 2.5), (4.5, 5.5)]),
        ("xxxxxx", 0.0, [(0.5, 5.5)]),
        (".....x", 0.0, []),
        ("x..x..", 2.0, [(0.5, 1.5), (3.5, 4.5)]),
        ("x..x..", 2.1, [(0.5, 4.5)]),
        ("x.x.x.", 1.5, [(0.5, 5.5)]),
    ],
)
def test_spans_from_middle_to_middle(speaks, min_gap_s, expected):
    found = spans(np.array([each == "x" for each in speaks]), GRID.middle_s, min_gap_s)
    assert list(found) == [Span(*each) for each in expected]
