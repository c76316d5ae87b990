"""Which library has a CUDA device on this machine. Both are asked only when the answer matters: importing torch takes
seconds."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_DRIVER_SIGNS = ("/dev/nvidiactl", "/proc/driver/nvidia", "/dev/dxg")


def torch_has_cuda() -> bool:
    """Whether torch is installed and can use a device; it is imported only where a driver is there."""
    if not any(Path(sign).exists() for sign in _DRIVER_SIGNS) or not importlib.util.find_spec("torch"):
        return False
    import torch

    return bool(torch.cuda.is_available())


def ctranslate2_has_cuda() -> bool:
    """Whether ctranslate2 can use a device; its aarch64 wheels never can."""
    import ctranslate2

    return int(ctranslate2.get_cuda_device_count()) > 0
