"""Numbers of 8 bits and what attention over them is worth."""

from __future__ import annotations

import math

import pytest
import torch
from engine_kernels.attention import attention_reference
from engine_kernels.float8 import FLOAT8, narrowed, widened
from hypothesis import given, settings
from hypothesis import strategies as st

TYPES = [torch.float32, torch.bfloat16, torch.float16]


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(1, 1, 1, 8), (3, 2, 131, 64), (2, 3, 1, 1)])
@pytest.mark.parametrize("size", [1e-3, 1.0, 300.0])
def test_every_number_comes_back_to_a_sixteenth(shape, dtype, size):
    numbers = (drawn(*shape) * size).to(dtype)
    kept, scales = narrowed(numbers)
    assert kept.dtype == FLOAT8 and scales.dtype == dtype and scales.shape == (*shape[:2], 1, 1)
    back, largest = widened(kept, scales), numbers.abs().amax(dim=(-2, -1), keepdim=True)
    assert ((back - numbers).abs() <= numbers.abs() / 16 + largest * 2**-18).all()


@given(st.floats(2**-12, 2**14, width=32))
@settings(max_examples=60, deadline=None)
def test_a_scale_is_the_smallest_power_of_two_that_makes_room(largest):
    kept, scales = narrowed(torch.tensor([[largest, -largest / 3]]))
    scale = float(scales)
    assert math.frexp(scale)[0] == 0.5
    assert largest / scale <= 448 < 2 * largest / scale + 1e-3 * largest
    assert kept.float().isfinite().all()


def test_a_heads_scale_is_its_own():
    numbers = torch.stack([drawn(5, 8), 1000 * drawn(5, 8)])[None]
    alone, _ = narrowed(numbers[:, :1])
    kept, scales = narrowed(numbers)
    assert torch.equal(kept[:, :1].float(), alone.float()) and scales[0, 0] < scales[0, 1]


@pytest.mark.parametrize("dtype", TYPES)
def test_silence_and_nothing(dtype):
    kept, scales = narrowed(torch.zeros(2, 3, 4, 8, dtype=dtype))
    assert not widened(kept, scales).any() and scales.isfinite().all()
    assert narrowed(torch.zeros(0, 3, 4, 8, dtype=dtype))[0].shape == (0, 3, 4, 8)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("fault", [math.inf, -math.inf, math.nan])
def test_what_is_no_number_does_not_come_back_as_one(dtype, fault):
    numbers = drawn(1, 2, 5, 8).to(dtype)
    whole = widened(*narrowed(numbers))
    numbers[0, 0, 3, 4] = fault
    back = widened(*narrowed(numbers))
    assert not back[0, 0, 3, 4].isfinite()
    assert torch.equal(back[0, 1], whole[0, 1]), "another head"


@pytest.mark.parametrize("dtype", TYPES[:2])
def test_scales_round_nothing_wherever_they_are_multiplied(dtype):
    """Into queries and results, as the cache does, or into keys and values: the same but for the order of sums."""
    queries, counts = drawn(4, 5, 1, 64, seed=1).to(dtype), torch.full((4, 1), 200)
    (keys, of_keys), (values, of_values) = (narrowed(3 * drawn(4, 5, 200, 64, seed=seed)) for seed in (2, 3))
    outside = attention_reference(queries.float() * of_keys, keys, values, counts) * of_values
    within = attention_reference(queries.float(), widened(keys, of_keys), widened(values, of_values), counts)
    torch.testing.assert_close(outside, within, atol=1e-5, rtol=1e-5)
    assert torch.equal((queries * of_keys.to(dtype)).float(), queries.float() * of_keys)


def test_attention_over_a_window_is_off_by_a_few_thousandths():
    """Keys and values of unit size over 1,500 places: the figure that the README states."""
    queries, counts = drawn(8, 20, 1, 64, seed=1), torch.full((8, 1), 1500)
    keys, values = (drawn(8, 20, 1500, 64, seed=seed) for seed in (2, 3))
    (narrow_keys, of_keys), (narrow_values, of_values) = narrowed(keys), narrowed(values)
    found = attention_reference(queries * of_keys, narrow_keys, narrow_values, counts) * of_values
    error = (found - attention_reference(queries, keys, values, counts)).abs()
    assert error.max() <= 0.02 and error.mean() <= 0.002
