"""Gaussians of cepstra, against the same densities written out."""

from __future__ import annotations

import numpy as np
import pytest

from engine.diarization.features import Statistics
from engine.diarization.voices import IMPOSSIBLE, LEAST_VARIANCE, PRIOR_FRAMES, fit_gain, fit_voices


def blocks_of(frames: np.ndarray, size: int = 16) -> Statistics:
    grouped = frames.astype(np.float32).reshape(-1, size, frames.shape[1])
    count = np.full(len(grouped), size, np.float32)
    return Statistics(count, grouped.sum(axis=1), grouped.transpose(0, 2, 1) @ grouped)


@pytest.fixture
def frames():
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(0, 1, (1600, 3)), rng.normal([3, 0, 1], [1, 2, 1], (800, 3))])


def test_log_likelihood_is_that_of_the_gaussians(frames):
    blocks, labels = blocks_of(frames), np.repeat([0, 1], [100, 50])
    likelihood = fit_voices(blocks, labels, 2).log_likelihood(blocks)
    prior = np.cov(frames.T, bias=True) + LEAST_VARIANCE * np.eye(3)
    for voice, own in enumerate((frames[:1600], frames[1600:])):
        share = len(own) / (len(own) + PRIOR_FRAMES)
        covariance = share * (np.cov(own.T, bias=True) + LEAST_VARIANCE * np.eye(3)) + (1 - share) * prior
        centred = frames - own.mean(axis=0)
        distance = np.einsum("ni,ij,nj->n", centred, np.linalg.inv(covariance), centred)
        expected = -0.5 * (distance + np.linalg.slogdet(covariance)[1]).reshape(-1, 16).sum(axis=1)
        np.testing.assert_allclose(likelihood[:, voice], expected, rtol=1e-3, atol=0.05)


def test_gain_is_large_for_two_voices_and_small_for_half_of_one(frames):
    blocks = blocks_of(frames)
    whole = fit_voices(blocks, np.zeros(150, np.intp), 1)
    apart = fit_gain(fit_voices(blocks, np.repeat([0, 1], [100, 50]), 2), whole)
    mixed = fit_gain(fit_voices(blocks, np.arange(150) % 2, 2), whole)
    assert apart > 0.3
    assert abs(mixed) < 0.02


def test_a_voice_without_speech_attracts_nothing(frames):
    blocks = blocks_of(frames)
    likelihood = fit_voices(blocks, np.zeros(150, np.intp), 2).log_likelihood(blocks)
    assert (likelihood[:, 1] == IMPOSSIBLE).all()


def test_constant_frames_are_survived():
    blocks = blocks_of(np.ones((160, 3)))
    assert np.isfinite(fit_voices(blocks, np.arange(10) % 2, 2).log_likelihood(blocks)).all()
