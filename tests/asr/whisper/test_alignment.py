"""Batched warping against the plain recurrence, and the attention's way there against openai/whisper's steps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.asr.whisper.alignment import token_frames, warped


def plain_warping(costs):
    """openai/whisper `timing.py` dtw, for one window: the first column of the path in each row."""
    rows, columns = costs.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    trace = np.full((rows + 1, columns + 1), -1)
    total[0, 0] = 0
    for j in range(1, columns + 1):
        for i in range(1, rows + 1):
            diagonal, above, left = total[i - 1, j - 1], total[i - 1, j], total[i, j - 1]
            best = 0 if diagonal < above and diagonal < left else 1 if above < diagonal and above < left else 2
            total[i, j] = costs[i - 1, j - 1] + (diagonal, above, left)[best]
            trace[i, j] = best
    trace[0, :], trace[:, 0] = 2, 1
    starts = np.zeros(rows, int)
    i, j = rows, columns
    while i > 0 or j > 0:
        if i > 0:
            starts[i - 1] = max(j - 1, 0)
        step = trace[i, j]
        i, j = i - (step in (0, 1)), j - (step in (0, 2))
    return starts


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 30)), min_size=1, max_size=5), st.integers(0, 10_000))
@settings(max_examples=150, deadline=None)
def test_every_window_is_warped_as_it_would_be_alone(shapes, seed):
    draw = np.random.default_rng(seed)
    batch = torch.full((len(shapes), max(n for n, _ in shapes), max(m for _, m in shapes)), 7.0)
    alone = []
    for row, (n, m) in enumerate(shapes):
        costs = draw.standard_normal((n, m))
        batch[row, :n, :m] = torch.from_numpy(costs)
        alone.append(plain_warping(batch[row, :n, :m].double().numpy()))
    rows, columns = (torch.tensor(sizes) for sizes in zip(*shapes, strict=True))
    starts = warped(batch, rows, columns)
    for found, expected in zip(starts, alone, strict=True):
        assert found[: len(expected)].tolist() == expected.tolist()


def plain_frames(queries, keys, first, tokens, frames):
    """openai/whisper's steps for one window, as `timing.py` writes them."""
    from scipy.ndimage import median_filter

    scores = (queries @ keys.transpose(-1, -2)) * queries.shape[-1] ** -0.5
    weights = scores[:, : first + tokens + 2, :frames].softmax(dim=-1)
    deviation, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
    weights = median_filter(((weights - mean) / deviation).numpy(), size=(1, 1, 7), mode="mirror")
    return plain_warping(-weights.mean(axis=0)[first : first + tokens + 1].astype(np.float64))


@pytest.mark.parametrize("seed", range(5))
def test_frames_are_those_of_the_plain_steps(seed):
    generator = torch.Generator().manual_seed(seed)
    first, tokens, frames = torch.tensor([3, 3, 5]), torch.tensor([4, 11, 7]), torch.tensor([20, 60, 37])
    queries, keys = (torch.randn(3, 2, length, 16, generator=generator) for length in (20, 60))
    found = token_frames(queries, keys, first, tokens, frames)
    for row in range(3):
        sizes = first[row].item(), tokens[row].item(), frames[row].item()
        expected = plain_frames(queries[row], keys[row], *sizes)
        assert found[row, : tokens[row] + 1].tolist() == expected.tolist()
