"""Which number type a card gets, and what is said where there is no card."""

from __future__ import annotations

import logging

import pytest
import torch

from engine.asr.whisper import device
from engine.config_types import AsrConfig
from engine.errors import ConfigurationError

CUDA, CPU = torch.device("cuda"), torch.device("cpu")


@pytest.mark.parametrize(
    ("wanted", "where", "has_bfloat16", "taken"),
    [
        ("auto", CPU, True, torch.float32),
        ("auto", CUDA, True, torch.bfloat16),
        ("auto", CUDA, False, torch.float16),
        ("float32", CUDA, False, torch.float32),
        ("bfloat16", CPU, False, torch.bfloat16),
    ],
)
def test_the_type_is_one_that_the_device_has(wanted, where, has_bfloat16, taken, monkeypatch):
    monkeypatch.setattr(device, "_has_bfloat16", lambda: has_bfloat16)
    assert device._dtype(wanted, where) == taken


def test_bfloat16_is_refused_on_a_card_without_it(monkeypatch):
    monkeypatch.setattr(device, "_has_bfloat16", lambda: False)
    with pytest.raises(ConfigurationError, match=r"(?s)asr\.compute_type.*no bfloat16"):
        device._dtype("bfloat16", CUDA)


def test_float8_is_refused_on_a_card_without_it(monkeypatch):
    monkeypatch.setattr(device, "_has_float8", lambda: False)
    with pytest.raises(ConfigurationError, match=r"(?s)asr\.cross_cache.*no float8"):
        device._float8("float8", CUDA)
    assert not device._float8("auto", CUDA) and device._float8("float8", CPU)


def test_an_encoder_in_8_bits_keeps_its_type_on_a_card_without_float8(monkeypatch, caplog):
    monkeypatch.setattr(device, "_has_float8", lambda: False)
    with caplog.at_level(logging.WARNING):
        assert not device._float8_encoder("float8", CUDA, torch.float16)
        assert device._float8_encoder("float8", CPU, torch.float32)
        assert not device._float8_encoder("auto", CUDA, torch.float16)
    (record,) = caplog.records
    assert "the encoder computes in torch.float16: this card has no float8" in record.message
    monkeypatch.setattr(device, "_has_float8", lambda: True)
    assert device._float8_encoder("float8", CUDA, torch.bfloat16)


def test_a_driver_that_is_too_old_is_named(monkeypatch):
    def too_old() -> None:
        raise RuntimeError("The NVIDIA driver on your system is too old (found version 11040).\nPlease update it.")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "init", too_old)
    with pytest.raises(ConfigurationError, match=r"(?s)too old \(found version 11040\)\..*update the driver"):
        device.place(AsrConfig(device="cuda"))
