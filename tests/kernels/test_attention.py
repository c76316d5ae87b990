"""Attention of one query a slot against its definition."""

from __future__ import annotations

import pytest
import torch
from engine_kernels.attention import attention, attention_reference
from engine_kernels.float8 import FLOAT8


def made(rows, heads, places, width, dtype, device):
    """Views of larger caches, as a step has them, and queries as a matrix product leaves them."""
    draw = torch.Generator().manual_seed(rows)
    cache = (torch.randn(2, rows + 1, heads, places + 3, width, generator=draw) * 2).to(device, dtype)
    cache[:, :, :, places:] = torch.nan  # what was never written must not be read
    queries = torch.randn(rows, 1, heads, width, generator=draw).to(device, dtype).transpose(1, 2)
    return queries, cache[0, :rows], cache[1, :rows]


@pytest.mark.parametrize(
    ("dtype", "kept", "near"),
    [
        (torch.float32, torch.float32, 1e-5),
        (torch.bfloat16, torch.bfloat16, 1e-2),
        (torch.float32, FLOAT8, 1e-5),
        (torch.bfloat16, FLOAT8, 1e-2),
    ],
)
@pytest.mark.parametrize(("rows", "heads", "places", "width"), [(3, 2, 131, 16), (1, 1, 1, 64), (5, 3, 64, 8)])
def test_it_is_attention_over_the_places_that_count(rows, heads, places, width, dtype, kept, near, device):
    queries, keys, values = made(rows, heads, places, width, dtype, device)
    keys, values = keys.to(kept), values.to(kept)
    counts = torch.randint(1, places + 1, (rows, 1), generator=torch.Generator().manual_seed(1)).to(device)
    counts[-1] = places
    found = attention(queries, keys, values, counts)
    expected = attention_reference(queries, keys[:, :, :places], values[:, :, :places], counts)
    torch.testing.assert_close(found, expected, atol=near, rtol=near)


def test_no_rows_and_no_places(device):
    queries, keys, values = made(2, 2, 40, 8, torch.float32, device)
    counts = torch.tensor([[0], [40]], device=device)
    assert attention(queries[:0], keys[:0], values[:0], counts[:0]).shape == (0, 2, 1, 8)
    found = attention(queries, keys, values, counts)
    assert not found[0].any() and found[1].isfinite().all() and found[1].any()


def test_a_row_does_not_depend_on_the_lengths_of_others(device):
    queries, keys, values = made(3, 2, 200, 16, torch.float32, device)
    one, other = (torch.tensor([[70], [n], [9]], device=device) for n in (200, 1))
    assert torch.equal(attention(queries, keys, values, one)[0], attention(queries, keys, values, other)[0])
