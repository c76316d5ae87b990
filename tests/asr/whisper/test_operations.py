"""A kernel that does not compile is a slower path that says so."""

from __future__ import annotations

import logging

import pytest
import torch
from engine_kernels.float8 import float8_linear_reference

from engine.asr.whisper import operations as operations_module
from engine.asr.whisper.device import Placement
from engine.asr.whisper.model import Dimensions
from engine.asr.whisper.operations import Operations, kernel, operations

SHAPE = Dimensions(8, 32, 2, 2, 1, 2, 64, 64, 20, 64, 90)


def placed(device, dtype=torch.float32, **narrow):
    return Placement(torch.device(device), dtype, encoder_batch=1, encoder_step=1, steps=1, **narrow)


def test_a_cpu_has_no_kernels():
    assert operations(SHAPE, placed("cpu")) == Operations()


def test_a_cpu_narrows_the_encoder_in_plain_torch():
    found = operations(SHAPE, placed("cpu", float8_encoder=True))
    assert found == Operations(float8_linear=float8_linear_reference)


def test_a_kernel_that_runs_is_taken(caplog):
    assert kernel("sampling", "greedy", lambda _: torch.ones(1)).__name__ == "greedy"
    assert not caplog.records


@pytest.mark.parametrize("trial", [lambda run: run.of_no_such_card, lambda _: torch.tensor([torch.nan])])
def test_one_that_does_not_is_said_and_left(trial, caplog):
    with caplog.at_level(logging.WARNING):
        assert kernel("attention", "attention", trial) is None
    (record,) = caplog.records
    assert "attention runs in plain torch, slower" in record.message


def test_a_product_in_8_bits_that_does_not_run_leaves_the_encoder_its_type(caplog, monkeypatch):
    """As on a card whose torch does not scale rows: here one that fails, and what stands for it is said once."""
    monkeypatch.setattr(operations_module, "_try_linear", lambda run, *_: run.of_no_such_card)
    with caplog.at_level(logging.WARNING):
        assert operations_module._narrow_product(SHAPE, torch.device("cpu"), torch.float32) is None
    (record,) = caplog.records
    assert "float8_linear runs in torch.float32, slower" in record.message


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_trial_of_the_product_is_in_all_shapes_of_a_layer(dtype):
    found = operations_module._try_linear(float8_linear_reference, SHAPE, torch.device("cpu"), dtype)
    assert found.shape == (SHAPE.positions, 3 * SHAPE.width + SHAPE.width + SHAPE.encoder_hidden + SHAPE.width)
    assert torch.equal(found[0, [0, -1]].float(), torch.tensor([33.0, 65.0]))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_all_kernels_compile_for_this_card(dtype, caplog):
    found = operations(SHAPE, placed("cuda", dtype))
    assert not caplog.records
    assert found.reads_what_counts and found.greedy and found.warped_attention


@pytest.mark.gpu
@pytest.mark.skipif(
    not torch.cuda.is_available() or torch.cuda.get_device_capability() < (8, 9), reason="needs a card with float8"
)
def test_the_product_in_8_bits_runs_on_this_card(caplog):
    assert operations(SHAPE, placed("cuda", torch.bfloat16, float8_encoder=True)).float8_linear
    assert not caplog.records
