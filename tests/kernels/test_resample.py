"""8 kHz to 16 kHz on a device, beside the sum over the taps and the host's."""

import numpy as np
import pytest
import torch
from engine_kernels.resample import at_16_khz, doubled, doubled_reference
from hypothesis import given
from hypothesis import strategies as st

from engine.telephone import banded
from engine.telephone import doubled as host_doubled

BANDED = torch.from_numpy(banded())
STEP = 1 / 32768
DEVICES = [
    "cpu",
    pytest.param(
        "cuda",
        marks=[pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")],
    ),
]


def noise(*shape: int) -> torch.Tensor:
    draw = torch.Generator().manual_seed(sum(shape))
    return (torch.randn(*shape, generator=draw) * 3000).short()


def assert_same(found: torch.Tensor, expected: torch.Tensor) -> None:
    """But for roundings that fall the other way."""
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, atol=STEP, rtol=0)
    assert (found != expected).float().mean().nan_to_num() < 1e-3


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.int16, torch.float32])
@pytest.mark.parametrize(("batch", "samples"), [(3, 8_001), (2, 40_000), (1, 0), (0, 100), (0, 0)])
def test_equals_its_reference_and_the_host(device, dtype, batch, samples):
    pcm = noise(batch, samples) if dtype == torch.int16 else noise(batch, samples) / 32768
    found = doubled(pcm.to(device), BANDED.to(device)).cpu()
    assert found.shape == (batch, 2 * samples)
    assert_same(found, doubled_reference(pcm, BANDED))
    assert_same(found, torch.from_numpy(host_doubled(noise(batch, samples).numpy())) / 32768)


@given(st.integers(0, 140))
def test_equals_its_reference_at_any_length(samples):
    pcm = noise(2, samples)
    torch.testing.assert_close(doubled(pcm, BANDED), doubled_reference(pcm, BANDED), atol=STEP, rtol=0)


@pytest.mark.parametrize("device", DEVICES)
def test_rows_of_both_rates(device):
    pcm, narrow = noise(3, 5_000), torch.tensor([False, True, False])
    found = at_16_khz(pcm.to(device), narrow.to(device), BANDED.to(device)).cpu()
    assert found.shape == (3, 10_032)
    torch.testing.assert_close(found[[0, 2], :5_000], pcm[[0, 2]] / 32768, atol=0, rtol=0)
    assert not found[[0, 2], 5_000:].any()
    assert_same(found[1:2, :10_000], doubled_reference(pcm[1:2], BANDED))


@given(st.integers(0, 100), st.integers(0, 100))
def test_how_much_silence_is_behind_a_row_makes_no_difference(samples, silence):
    pcm = torch.nn.functional.pad(noise(2, samples), (0, silence))
    narrow = torch.tensor([True, False])
    found = at_16_khz(pcm, narrow, BANDED)
    alone = at_16_khz(pcm[:, :samples], narrow, BANDED)
    torch.testing.assert_close(found[:, : alone.shape[1]], alone, atol=STEP, rtol=0)
    assert not found[:, alone.shape[1] :].any()


def test_nothing_is_nothing():
    found = at_16_khz(torch.zeros(0, 7, dtype=torch.int16), torch.zeros(0, dtype=torch.bool), BANDED)
    assert found.shape == (0, 46)
    np.testing.assert_array_equal(doubled(torch.zeros(2, 0), BANDED), np.zeros((2, 0)))
