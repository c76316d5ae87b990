"""A device whose memory is short at the start: fewer slots, said once, or what was wanted and what is there."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.asr.recognizer import WindowTask
from engine.asr.whisper import scheduler
from engine.asr.whisper.memory import is_shortage
from engine.asr.whisper.scheduler import WhisperRecognizer
from engine.config import load_profile
from engine.errors import ConfigurationError
from tests.asr.test_ct2 import run

DEMO = replace(load_profile("demo").asr, compute_type="float32", slots=8)


def full_above(slots, monkeypatch):
    """A card that holds so many slots: its first rounds, which are run while it warms up, find no memory for more."""
    warm_up = scheduler.Runner.warm_up

    def warmed(runner):
        if runner.slots > slots:
            raise torch.OutOfMemoryError("CUDA out of memory")
        warm_up(runner)

    monkeypatch.setattr(scheduler.Runner, "warm_up", warmed)


def test_fewer_slots_are_taken_and_said_once(bundled_model, monkeypatch, caplog):
    full_above(3, monkeypatch)
    with caplog.at_level(logging.WARNING):
        recognizer = WhisperRecognizer(DEMO, bundled_model)
    assert recognizer.slots == 2 and recognizer.capacity == 6
    (record,) = caplog.records
    assert "memory is short" in record.message and "8 slots are 2" in record.message and "GiB" in record.message
    noise = np.random.default_rng(0).standard_normal(16_000).astype(np.float32) * 0.01
    assert all(found.error is None for found in run(recognizer, [WindowTask(noise, "en") for _ in range(3)]))


def test_where_no_slot_fits_it_is_said_what_was_wanted(bundled_model, monkeypatch):
    full_above(0, monkeypatch)
    with pytest.raises(ConfigurationError, match=r"one slot do not fit.*received .* GiB.*expected .* GiB.*ctranslate2"):
        WhisperRecognizer(DEMO, bundled_model)


def test_a_cpu_is_not_filled_to_the_brim(bundled_model):
    """Really: no machine has so much. Nor is it tried with half of it, which would end the process."""
    with pytest.raises(
        ConfigurationError, match=r"caches of 10000000000 slots do not fit the memory of cpu.*asr\.slots"
    ):
        WhisperRecognizer(replace(DEMO, slots=10**10), bundled_model)


def test_weights_that_do_not_fit_are_named(bundled_model, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(scheduler, "load", full)
    with pytest.raises(
        ConfigurationError, match=rf"the weights of {bundled_model.name} do not fit.*GiB.*smaller model"
    ):
        WhisperRecognizer(DEMO, bundled_model)


def test_another_fault_stays_what_it_is(bundled_model, monkeypatch):
    def broken(_):
        raise RuntimeError("broken")

    monkeypatch.setattr(scheduler.Runner, "warm_up", broken)
    with pytest.raises(RuntimeError, match="broken"):
        WhisperRecognizer(DEMO, bundled_model)


def test_a_run_that_finds_no_memory_even_for_one_slot_can_be_closed(bundled_model, monkeypatch):
    recognizer = WhisperRecognizer(replace(DEMO, slots=1), bundled_model)
    full_above(0, monkeypatch)
    with pytest.raises(ConfigurationError, match="one slot do not fit"):
        recognizer._shrink(torch.OutOfMemoryError("CUDA out of memory"))
    recognizer.close()


@pytest.mark.parametrize(
    ("error", "short"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"), True),
        (RuntimeError("shapes differ"), False),
    ],
)
def test_a_shortage_is_known_by_its_signs(error, short):
    assert is_shortage(error) is short
