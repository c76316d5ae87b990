"""Speech as cepstra, and cepstra as the sufficient statistics of short blocks."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.types import SAMPLE_RATE, Audio, Span

N_CEPSTRA = 16
N_MELS = 24
# The telephone band, so that one voice looks alike in a wideband and a narrowband recording.
LOWEST_HZ, HIGHEST_HZ = 100.0, 3800.0

FRAME_SAMPLES = 512
HOP_SAMPLES = 256
FRAMES_PER_BLOCK = 16
BLOCK_SAMPLES = HOP_SAMPLES * FRAMES_PER_BLOCK
HOP_S, BLOCK_S = HOP_SAMPLES / SAMPLE_RATE, BLOCK_SAMPLES / SAMPLE_RATE

# Mel bands are floored at 40 dB under their frame, which keeps faint background and codec noise out of the cepstra and
# makes them independent of the level; frames 30 dB under the loud ones of their piece are pauses.
BAND_FLOOR = 1e-4
PAUSE_DB = 30.0
PIECE_BLOCKS = 128


@dataclass(frozen=True, slots=True)
class Statistics:
    """Zeroth, first and second moments of the speech frames of N blocks: all that a Gaussian needs to know of them.

    `count` (N,), `first` (N, D), `second` (N, D, D).
    """

    count: NDArray[np.float32]
    first: NDArray[np.float32]
    second: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.count)

    def at(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> Statistics:
        return Statistics(self.count[index], self.first[index], self.second[index])

    def pooled(self, index: NDArray[np.intp]) -> Statistics:
        """Sums over the blocks of each row of `index`, shape (windows, blocks in a window); -1 stands for no block."""
        shape = (len(index), *self.first.shape[1:])
        pooled = Statistics(
            np.zeros(shape[:1], np.float32), np.zeros(shape, np.float32), np.zeros((*shape, shape[-1]), np.float32)
        )
        for column in index.T:
            held = np.flatnonzero(column >= 0)
            pooled.count[held] += self.count[column[held]]
            pooled.first[held] += self.first[column[held]]
            pooled.second[held] += self.second[column[held]]
        return pooled

    @classmethod
    def joined(cls, parts: Sequence[Statistics]) -> Statistics:
        return cls(
            np.concatenate([part.count for part in parts]),
            np.concatenate([part.first for part in parts]),
            np.concatenate([part.second for part in parts]),
        )


def block_statistics(audio: Audio, channel: int, span: Span) -> Statistics:
    """Statistics of consecutive blocks of `BLOCK_S` seconds from `span.start_s` on; the last may reach past its end."""
    return Statistics.joined([_piece_statistics(samples) for samples in _pieces(audio, channel, span)])


def _pieces(audio: Audio, channel: int, span: Span) -> Iterator[NDArray[np.float32]]:
    """Whole blocks of samples, at most `PIECE_BLOCKS` at a time: a region may last for hours."""
    n_blocks = max(1, int(np.ceil(span.duration_s / BLOCK_S - 1e-6)))
    for first in range(0, n_blocks, PIECE_BLOCKS):
        blocks = min(PIECE_BLOCKS, n_blocks - first)
        start_s = span.start_s + first * BLOCK_S
        samples = audio.read(channel, start_s, min(start_s + blocks * BLOCK_S, span.end_s))
        # The last frame of the last block starts one hop before its end.
        yield np.pad(samples, (0, blocks * BLOCK_SAMPLES + FRAME_SAMPLES - HOP_SAMPLES - len(samples)))


def _piece_statistics(samples: NDArray[np.float32]) -> Statistics:
    frames, level_db = cepstra(samples)
    speech = (level_db > np.percentile(level_db, 90) - PAUSE_DB).astype(np.float32)
    spoken = frames * speech[:, :, None]
    return Statistics(speech.sum(axis=1), spoken.sum(axis=1), spoken.transpose(0, 2, 1) @ spoken)


def cepstra(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mel cepstra 1..16 of whole blocks of frames, (blocks, 16, D), and the frames' levels in dB, (blocks, 16)."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME_SAMPLES)[::HOP_SAMPLES]
    filters = _mel_filters()
    spectrum = np.fft.rfft(frames * _window(), axis=1)[:, : len(filters)]
    power = (spectrum.real**2 + spectrum.imag**2).reshape(-1, FRAMES_PER_BLOCK, len(filters))
    # A matrix product a block: on a large one BLAS starts threads, which get in the way of the recognizer's.
    bands = power @ filters
    energy = bands.sum(axis=2, keepdims=True) + np.float32(1e-8)
    log_bands = np.log(bands / energy + np.float32(BAND_FLOOR))
    level_db: NDArray[np.float32] = 10 * np.log10(energy[:, :, 0])
    return log_bands @ _cosines(), level_db


@functools.cache
def _window() -> NDArray[np.float32]:
    return np.hanning(FRAME_SAMPLES).astype(np.float32)


@functools.cache
def _mel_filters() -> NDArray[np.float32]:
    """Triangular filters on the mel scale, shape (bins up to the highest band, N_MELS)."""
    low, high = 2595 * np.log10(1 + LOWEST_HZ / 700), 2595 * np.log10(1 + HIGHEST_HZ / 700)
    edges = 700 * (10 ** (np.linspace(low, high, N_MELS + 2) / 2595) - 1)
    bin_hz = SAMPLE_RATE / FRAME_SAMPLES
    bins = np.arange(int(HIGHEST_HZ / bin_hz) + 1)[:, None] * bin_hz
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


@functools.cache
def _cosines() -> NDArray[np.float32]:
    """The orthonormal DCT-II without its constant term, shape (N_MELS, N_CEPSTRA)."""
    order, band = np.arange(1, N_CEPSTRA + 1), np.arange(N_MELS)[:, None] + 0.5
    cosines: NDArray[np.float64] = np.cos(np.pi * order * band / N_MELS) * np.sqrt(2 / N_MELS)
    return cosines.astype(np.float32)
