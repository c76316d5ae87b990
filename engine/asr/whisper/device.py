"""Where the model runs and how much of it at once: device, number type, slots from a byte budget."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.asr.whisper import toolchain
from engine.asr.whisper.graphs import CudaRecorder, Record
from engine.config_types import AsrConfig
from engine.errors import ConfigurationError

logger = logging.getLogger(__name__)

_DEVICES = ("auto", "cpu", "cuda")
_TYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
_MAX_SLOTS = 512
_FREE_SHARE = 0.8
"""Of a card's free memory for the caches; the rest is for activations."""


@dataclass(frozen=True, slots=True)
class Queues:
    """`record`: how rounds of decoding are recorded; `encoding`, `reading`: where windows are encoded, and texts read,
    while others are decoded. None where that gains nothing."""

    record: Record | None = None
    encoding: torch.cuda.Stream | None = None
    reading: torch.cuda.Stream | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """`encoder_batch`: windows that are admitted together; `encoder_step`: of those, encoded in one pass; `steps`:
    tokens of a round; `ahead`: rounds that are launched before the host looks at what the one before them did;
    `float8`: the windows' keys and values are kept in 8 bits; `float8_encoder`: the encoder multiplies in 8 bits."""

    device: torch.device
    dtype: torch.dtype
    encoder_batch: int
    encoder_step: int
    steps: int
    ahead: int = 0
    float8: bool = False
    float8_encoder: bool = False

    @property
    def dtype_name(self) -> str:
        """What the model computes in, and reads windows in where that is another."""
        return str(self.dtype).removeprefix("torch.") + ("/float8" if self.float8 else "")

    def slots(self, config: AsrConfig, bytes_a_slot: int) -> int:
        """`asr.slots`, or as many as the budget holds: `asr.cache_gib`, else what is free on a card; on a CPU
        `asr.batch_size`. Memory that CPU and GPU share shows as free what others need: give a budget there."""
        if config.slots:
            return config.slots
        if config.cache_gib:
            return max(1, int(config.cache_gib * 2**30) // bytes_a_slot)
        if self.device.type == "cpu":
            return config.batch_size
        return max(1, min(_MAX_SLOTS, int(self.free_bytes() * _FREE_SHARE) // bytes_a_slot))

    def free_bytes(self) -> int:
        """Memory of the device that nobody has taken."""
        if self.device.type == "cpu":
            return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        free, _ = torch.cuda.mem_get_info(self.device)
        return int(free)

    def queues(self) -> Queues:
        """What a card does beside its rounds; a CPU does one thing after the other."""
        if self.device.type == "cpu":
            return Queues()
        first_in_line = torch.cuda.Stream(self.device, priority=-1)
        return Queues(CudaRecorder(self.device), torch.cuda.Stream(self.device), first_in_line)

    def sent(self, tensor: Tensor) -> Tensor:
        """A tensor of the host on the device; the host does not wait for the copy."""
        if self.device.type == "cpu" or tensor.is_cuda:
            return tensor
        return tensor.pin_memory().to(self.device, non_blocking=True)

    def release(self) -> None:
        """Give cached memory back to the device."""
        if self.device.type == "cuda":
            torch.cuda.empty_cache()


def place(config: AsrConfig) -> Placement:
    """The placement that a configuration asks for; raises ConfigurationError for what this backend or machine cannot
    do."""
    _check_beams(config)
    cuda = torch.cuda.is_available()
    if config.device not in _DEVICES:
        raise ConfigurationError(
            "configuration key asr.device",
            received=repr(config.device),
            expected=", ".join(_DEVICES) + " with the torch backend; CUDA_VISIBLE_DEVICES chooses among cards",
        )
    if config.device == "cuda" and not cuda:
        raise ConfigurationError(
            "configuration key asr.device",
            received=f"'cuda', of which torch says: {_why_no_cuda()}",
            expected="a CUDA device that torch can use",
            remedy='set asr.device = "cpu" or "auto", or update the driver (`call-engine doctor` tells which is there)',
        )
    if config.threads:
        torch.set_num_threads(config.threads)
    device = torch.device("cuda" if cuda and config.device != "cpu" else "cpu")
    dtype, batch = _dtype(config.compute_type, device), config.batch_size
    narrow = {
        "float8": _float8(config.cross_cache, device),
        "float8_encoder": _float8_encoder(config.encoder_type, device, dtype),
    }
    if device.type == "cpu":  # one window at a time stays in the cache, and looking at the device costs nothing
        return Placement(device, dtype, encoder_batch=batch, encoder_step=1, steps=1, **narrow)
    toolchain.prepare(torch.cuda.get_device_capability(device))
    return Placement(device, dtype, encoder_batch=batch, encoder_step=batch, steps=8, ahead=1, **narrow)


def _check_beams(config: AsrConfig) -> None:
    if config.beam_size > 1:
        raise ConfigurationError(
            "configuration key asr.beam_size",
            received=config.beam_size,
            expected="1: the torch backend decodes greedily and by temperature",
            remedy='set it to 1, or asr.backend = "ctranslate2"',
        )


def _why_no_cuda() -> str:
    """The first line of torch's own reason, e.g. a driver that is too old with its version; "no device" without one."""
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as error:  # AssertionError: a torch that was built without CUDA
        return str(error).strip().partition("\n")[0]
    return "no device"


def _dtype(wanted: str, device: torch.device) -> torch.dtype:
    if wanted == "auto":
        if device.type == "cpu":
            return torch.float32
        return torch.bfloat16 if _has_bfloat16() else torch.float16
    if wanted not in _TYPES:
        raise ConfigurationError(
            "configuration key asr.compute_type",
            received=repr(wanted),
            expected=", ".join(("auto", *_TYPES)) + " with the torch backend",
        )
    if wanted == "bfloat16" and device.type == "cuda" and not _has_bfloat16():
        raise ConfigurationError(
            "configuration key asr.compute_type", received="'bfloat16'", expected="float16: this card has no bfloat16"
        )
    return _TYPES[wanted]


def _float8(wanted: str, device: torch.device) -> bool:
    if wanted == "float8" and device.type == "cuda" and not _has_float8():
        raise ConfigurationError(
            "configuration key asr.cross_cache",
            received="'float8'",
            expected="auto: this card has no float8, which came with compute capability 8.9",
        )
    return wanted == "float8"


def _float8_encoder(wanted: str, device: torch.device, dtype: torch.dtype) -> bool:
    """A card without float8 computes the same in `dtype`, which is said: unlike a cache, nothing was sized for it."""
    if wanted == "float8" and device.type == "cuda" and not _has_float8():
        logger.warning(
            "the encoder computes in %s: this card has no float8, which came with compute capability 8.9", dtype
        )
        return False
    return wanted == "float8"


def _has_float8() -> bool:
    return bool(torch.cuda.get_device_capability() >= (8, 9))


def _has_bfloat16() -> bool:
    return bool(torch.cuda.is_bf16_supported(including_emulation=False))
