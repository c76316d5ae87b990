"""One full-covariance Gaussian over cepstra a speaker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.diarization.features import Statistics

Labels = NDArray[np.intp]
Floats = NDArray[np.float64]

# A voice with little speech is drawn towards the voice of the whole call, as if it had this many of its frames (0.8 s).
PRIOR_FRAMES = 50
# With less speech than this (0.3 s) it is no voice.
LEAST_FRAMES = 20
# Keeps the covariance of synthetic or silent audio invertible; speech has variances of 0.05 and more.
LEAST_VARIANCE = 1e-3
IMPOSSIBLE = -1e12


@dataclass(frozen=True, slots=True)
class Voices:
    """K Gaussians: `frames` (K,), `mean` (K, D), `precision` (K, D, D), `log_det` (K,) of the covariance."""

    frames: Floats
    mean: Floats
    precision: Floats
    log_det: Floats

    def log_likelihood(self, statistics: Statistics) -> Floats:
        """Log-likelihood of each block or window under each voice, up to a constant, shape (N, K)."""
        n_voices, n_cepstra = self.mean.shape
        pull = np.einsum("kij,kj->ki", self.precision, self.mean)
        per_frame = np.einsum("ki,ki->k", pull, self.mean) + self.log_det
        precision = self.precision.reshape(n_voices, n_cepstra**2).T.astype(np.float32)
        likelihood = np.empty((len(statistics), n_voices))
        for rows in _slices(len(statistics)):
            spread = statistics.second[rows].reshape(-1, n_cepstra**2) @ precision
            spread -= 2 * statistics.first[rows] @ pull.T.astype(np.float32)
            likelihood[rows] = -0.5 * (spread + statistics.count[rows, None] * per_frame)
        likelihood[:, self.frames < LEAST_FRAMES] = IMPOSSIBLE
        return likelihood


def fit_voices(statistics: Statistics, labels: Labels, n_voices: int) -> Voices:
    """The voices of a labelled call, each drawn towards the whole call as far as it has little speech."""
    frames, first, second = _moments(statistics, labels, n_voices)
    prior = _covariance(frames.sum(), first.sum(axis=0), second.sum(axis=0))
    covariance = np.stack([_covariance(*moments) for moments in zip(frames, first, second, strict=True)])
    share = (frames / (frames + PRIOR_FRAMES))[:, None, None]
    covariance = share * covariance + (1 - share) * prior
    mean = first / np.maximum(frames, 1)[:, None]
    return Voices(frames, mean, np.linalg.inv(covariance).astype(np.float64), np.linalg.slogdet(covariance)[1])


def _moments(statistics: Statistics, labels: Labels, n_voices: int) -> tuple[Floats, Floats, Floats]:
    """The statistics summed up by label: (K,), (K, D), (K, D, D)."""
    n_cepstra = statistics.first.shape[1]
    frames, first = np.zeros(n_voices), np.zeros((n_voices, n_cepstra))
    second = np.zeros((n_voices, n_cepstra**2))
    for rows in _slices(len(labels)):
        members = (np.arange(n_voices)[:, None] == labels[rows]).astype(np.float32)
        frames += members @ statistics.count[rows]
        first += members @ statistics.first[rows]
        second += members @ statistics.second[rows].reshape(-1, n_cepstra**2)
    return frames, first, second.reshape(n_voices, n_cepstra, n_cepstra)


def _slices(length: int) -> Iterator[slice]:
    """So few rows at a time that BLAS starts no threads for them, which would get in the way of the recognizer's."""
    return (slice(start, start + 512) for start in range(0, length, 512))


def fit_gain(voices: Voices, whole: Voices) -> float:
    """Log-likelihood a frame that K voices explain better than the single voice `whole`."""
    return float(0.5 * (whole.log_det[0] - voices.frames @ voices.log_det / voices.frames.sum()))


def _covariance(frames: float, first: Floats, second: Floats) -> Floats:
    mean = first / max(frames, 1.0)
    covariance: Floats = second / max(frames, 1.0) - np.outer(mean, mean)
    return covariance + LEAST_VARIANCE * np.eye(len(mean))
