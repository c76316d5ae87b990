"""Filtering and warping in one kernel against the plain path."""

from __future__ import annotations

import pytest
import torch
from engine_kernels import alignment

from engine.asr.whisper.alignment import token_frames, warped_attention


@pytest.mark.parametrize(("heads", "sizes"), [(1, [(1, 1)]), (2, [(5, 23), (1, 40), (9, 7)]), (3, [(7, 33), (2, 2)])])
@pytest.mark.parametrize("seed", range(2))
def test_every_window_is_warped_as_the_plain_path_warps_it(heads, sizes, seed, device):
    draw = torch.Generator().manual_seed(seed)
    rows, columns = (torch.tensor(each, device=device) for each in zip(*sizes, strict=True))
    first = torch.randint(0, 3, (len(sizes),), generator=draw).to(device)
    longest = int(rows.max())
    attention = torch.randn(len(sizes), heads, longest + 3, int(columns.max()) + 2, generator=draw).to(device)
    found = alignment.warped_attention(attention, first, rows, columns, longest)
    assert found.tolist() == warped_attention(attention, first, rows, columns, longest).tolist()


def test_no_windows(device):
    nothing = torch.zeros(0, dtype=torch.long, device=device)
    found = alignment.warped_attention(torch.zeros(0, 2, 5, 9, device=device), nothing, nothing, nothing, 4)
    assert found.shape == (0, 4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_frames_of_recorded_queries(dtype, device):
    draw = torch.Generator().manual_seed(3)
    queries, keys = (torch.randn(2, 2, n, 16, generator=draw).to(device, dtype) for n in (12, 30))
    counts = [torch.tensor(each, device=device) for each in ([3, 2], [4, 6], [20, 30])]
    fused = token_frames(queries, keys, *counts, fused=alignment.warped_attention)
    plain = token_frames(queries, keys, *counts)
    for found, expected, tokens in zip(fused.tolist(), plain.tolist(), counts[1].tolist(), strict=True):
        assert found[: tokens + 1] == expected[: tokens + 1]
