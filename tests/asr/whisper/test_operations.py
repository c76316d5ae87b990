"""A kernel that does not compile is a slower path that says so."""

from __future__ import annotations

import logging

import pytest
import torch

from engine.asr.whisper.model import Dimensions
from engine.asr.whisper.operations import Operations, kernel, operations

SHAPE = Dimensions(8, 32, 2, 2, 1, 2, 64, 64, 20, 64, 90)


def test_a_cpu_has_no_kernels():
    assert operations(SHAPE, torch.device("cpu"), torch.float32) == Operations()


def test_a_kernel_that_runs_is_taken(caplog):
    assert kernel("sampling", "greedy", lambda _: torch.ones(1)).__name__ == "greedy"
    assert not caplog.records


@pytest.mark.parametrize("trial", [lambda run: run.of_no_such_card, lambda _: torch.tensor([torch.nan])])
def test_one_that_does_not_is_said_and_left(trial, caplog):
    with caplog.at_level(logging.WARNING):
        assert kernel("attention", "attention", trial) is None
    (record,) = caplog.records
    assert "attention runs in plain torch, slower" in record.message


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_all_kernels_compile_for_this_card(dtype, caplog):
    found = operations(SHAPE, torch.device("cuda"), dtype)
    assert not caplog.records
    assert found.reads_what_counts and found.greedy and found.warped_attention
