"""An encoder in 8 bits beside itself at full width."""

from __future__ import annotations

import pytest
import torch
from engine_kernels.float8 import FLOAT8, float8_linear_reference
from torch import nn

from engine.asr.whisper.model import Dimensions, Encoder
from engine.asr.whisper.narrow import Float8Linear, narrow

SHAPE = Dimensions(
    mels=80,
    width=128,
    encoder_heads=4,
    decoder_heads=4,
    encoder_layers=3,
    decoder_layers=1,
    encoder_hidden=512,
    decoder_hidden=512,
    positions=100,
    tokens=64,
    vocabulary=90,
)


def encoder_of(dtype):
    torch.manual_seed(0)
    encoder = Encoder(SHAPE)
    nn.init.normal_(encoder.positions)
    return encoder.to(dtype).requires_grad_(False)


@torch.inference_mode()
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("windows", [0, 1, 3])
def test_states_are_near_those_at_full_width(dtype, windows):
    encoder = encoder_of(dtype)
    mels = torch.randn(windows, SHAPE.mels, 120, generator=torch.Generator().manual_seed(1)).to(dtype)
    wide = encoder(mels)
    narrow(encoder, float8_linear_reference)
    states = encoder(mels)
    assert states.shape == wide.shape == (windows, 60, SHAPE.width) and states.dtype == dtype
    assert (states - wide).float().norm() <= 0.05 * wide.float().norm()
    assert not windows or not torch.equal(states, wide)


@torch.inference_mode()
def test_a_loud_neighbour_takes_nothing_from_a_window():
    """A scale is that of a row, not of all rows of a batch."""
    encoder = encoder_of(torch.float32)
    narrow(encoder, float8_linear_reference)
    mels = torch.randn(3, SHAPE.mels, 120, generator=torch.Generator().manual_seed(1))
    loud = torch.cat([1000 * mels[:2], mels[2:]])
    assert torch.equal(encoder(loud)[2], encoder(mels)[2])


def test_without_a_product_all_stays():
    encoder = encoder_of(torch.float32)
    narrow(encoder, None)
    assert not any(isinstance(part, Float8Linear) for part in encoder.modules())


def test_the_products_of_the_layers_are_exchanged_and_nothing_else():
    encoder = encoder_of(torch.bfloat16)
    before = {name: type(part) for name, part in encoder.named_modules()}
    narrow(encoder, float8_linear_reference)
    after = {name: type(part) for name, part in encoder.named_modules()}
    exchanged = {name for name in before if before[name] is not after[name]}
    parts = ("qkv", "out", "mlp.up", "mlp.down")
    assert exchanged == {f"layers.{index}.{part}" for index in range(SHAPE.encoder_layers) for part in parts}
    assert {after[name] for name in exchanged} == {Float8Linear}
    assert encoder.layers[0].mlp.up.weight.dtype == FLOAT8 and encoder.conv1.weight.dtype == torch.bfloat16
