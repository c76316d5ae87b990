"""From the speakers of overlapping chunks to the turns of a call, with memory that grows by its frames alone.

The results of pyannote.audio's `SpeakerDiarizationMixin` and `SpeakerDiarization.reconstruct`, which hold a float of
every chunk, frame and cluster, and go over the frames one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.types import Span

NO_CLUSTER = -2
# Rows that are ranked at a time: 64 Ki frames are 18 minutes.
BLOCK_FRAMES = 1 << 16


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the chunks of a call lie on its frames.

    first: (chunks,) the first frame of each chunk. middle_s: (frames,) of every frame of the call.
    """

    first: NDArray[np.intp]
    middle_s: NDArray[np.float64]


def speaker_count(scores: NDArray[np.uint8], grid: Grid) -> NDArray[np.uint8]:
    """How many speak in each frame, (frames,): the chunks' mean, rounded. `scores` (chunks, chunk frames, speakers)."""
    n_chunks, n_frames, _ = scores.shape
    spoken, chunks = np.zeros((2, len(grid.middle_s)), np.float32)
    for chunk in range(n_chunks):
        covered = slice(grid.first[chunk], grid.first[chunk] + n_frames)
        spoken[covered] += scores[chunk].sum(axis=1)
        chunks[covered] += 1
    return np.rint(spoken / np.maximum(chunks, np.float32(1e-12))).astype(np.uint8)


def cluster_activity(scores: NDArray[np.uint8], clusters: NDArray[np.intp], grid: Grid) -> NDArray[np.float32]:
    """In how many chunks each cluster speaks, (frames, clusters); `clusters` (chunks, speakers), or `NO_CLUSTER`."""
    n_chunks, n_frames, _ = scores.shape
    activity = np.zeros((len(grid.middle_s), clusters.max() + 1), np.float32)
    for chunk in range(n_chunks):
        covered = activity[grid.first[chunk] : grid.first[chunk] + n_frames]
        for cluster in np.unique(clusters[chunk]):
            if cluster != NO_CLUSTER:
                covered[:, cluster] += scores[chunk][:, clusters[chunk] == cluster].max(axis=1)
    return activity


def speaking(activity: NDArray[np.float32], count: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether each cluster speaks, (frames, clusters): in every frame, the `count` most active ones."""
    n_clusters = max(activity.shape[1], int(count.max(initial=0)))
    padded = np.pad(activity, ((0, 0), (0, n_clusters - activity.shape[1])))
    speaks = np.zeros(padded.shape, np.bool_)
    for start in range(0, len(padded), BLOCK_FRAMES):
        rows = slice(start, start + BLOCK_FRAMES)
        chosen = np.arange(n_clusters) < count[rows, None]
        np.put_along_axis(speaks[rows], np.argsort(-padded[rows], axis=1), chosen, axis=1)
    return speaks


def spans(speaks: NDArray[np.bool_], middle_s: NDArray[np.float64], min_gap_s: float) -> Iterator[Span]:
    """The stretches of one cluster's frames (frames,), from middle to middle; gaps under `min_gap_s` are filled."""
    edges = np.flatnonzero(np.diff(speaks, prepend=False, append=False)).reshape(-1, 2)
    open_s: tuple[float, float] | None = None
    for first, behind in edges:
        start_s, end_s = float(middle_s[first]), float(middle_s[min(behind, len(middle_s) - 1)])
        if end_s <= start_s:
            continue
        if open_s and (start_s <= open_s[1] or start_s - open_s[1] < min_gap_s):
            open_s = open_s[0], end_s
            continue
        if open_s:
            yield Span(*open_s)
        open_s = start_s, end_s
    if open_s:
        yield Span(*open_s)
