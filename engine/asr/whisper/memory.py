"""Where the device's memory does not hold a model and its slots: fewer slots, or what was wanted and what is there."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import torch

from engine.asr.whisper.device import Placement
from engine.errors import ConfigurationError

logger = logging.getLogger(__name__)

_NOTHING_TO_HALVE = "can't allocate memory"  # a CPU's; fewer slots would be taken from what the system needs
_REMEDY = (
    'free memory of the device, take a smaller model or asr.compute_type, or set asr.backend = "ctranslate2" with '
    'asr.device = "cpu"'
)
T = TypeVar("T")


@contextlib.contextmanager
def room_for_weights(model: Path, placement: Placement) -> Iterator[None]:
    """Raises ConfigurationError where the weights in the directory `model` do not fit."""
    try:
        yield
    except RuntimeError as error:
        if not is_shortage(error):
            raise
        files = sum(file.stat().st_size for file in model.iterdir())
        raise _no_room(f"the weights of {model.name}", files, placement) from error


def fitting(make: Callable[[int], T], slots: int, bytes_a_slot: int, placement: Placement) -> T:
    """What `make` makes of `slots`, or of half as many as often as memory is short, which is said once.

    Raises ConfigurationError where not even one slot fits.
    """
    for count in _halved(slots):
        if made := _tried(make, count, bytes_a_slot, placement):
            if count < slots:
                short = (_gib(slots * bytes_a_slot), _gib(placement.free_bytes()), slots, count)
                logger.warning(
                    "the device's memory is short: no %s for the caches (%s is left), %d slots are %d", *short
                )
            return made
        placement.release()
    raise _no_room("the caches of one slot", bytes_a_slot, placement)


def is_shortage(error: Exception) -> bool:
    """Whether a device's or the system's memory was short; CUDA's libraries say so by a status."""
    return isinstance(error, torch.OutOfMemoryError) or any(
        sign in str(error) for sign in (_NOTHING_TO_HALVE, "ALLOC_FAILED")
    )


def _tried(make: Callable[[int], T], slots: int, bytes_a_slot: int, placement: Placement) -> T | None:
    """None where fewer may fit: by then nothing of this try is kept."""
    try:
        return make(slots)
    except RuntimeError as error:
        if _NOTHING_TO_HALVE in str(error):
            raise _no_room(f"the caches of {slots} slots", slots * bytes_a_slot, placement) from error
        if not is_shortage(error):
            raise
        return None


def _halved(slots: int) -> Iterator[int]:
    while slots:
        yield slots
        slots //= 2


def _no_room(what: str, size: int, placement: Placement) -> ConfigurationError:
    return ConfigurationError(
        f"{what} do not fit the memory of {placement.device.type}",
        received=f"{_gib(placement.free_bytes())} of free memory",
        expected=f"{_gib(size)}, and some more to work in; asr.slots and asr.cache_gib bound the caches",
        remedy=_REMEDY,
    )


def _gib(size: int) -> str:
    return f"{size / 2**30:.2f} GiB"
