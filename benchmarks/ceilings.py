"""What this device can do at best, measured now: the figures beside which shares are stated."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

ON_CARD = torch.cuda.is_available()
DEVICE = "cuda" if ON_CARD else "cpu"


def seconds_of(run: Callable[[], object], repeats: int = 8) -> float:
    """The shortest of `repeats` runs after one that is not counted, the device's work included."""
    run()
    best = float("inf")
    for _ in range(repeats):
        wait()
        started = time.perf_counter()
        run()
        wait()
        best = min(best, time.perf_counter() - started)
    return best


def wait() -> None:
    """Until the device has done what it was given."""
    if ON_CARD:
        torch.cuda.synchronize()


def matmul_rate() -> float:
    """Operations a second of a large matrix product, in the number type that this device is best at."""
    size, dtype = (8192, torch.bfloat16) if ON_CARD else (2048, torch.float32)
    a, b = (torch.randn(size, size, device=DEVICE, dtype=dtype) for _ in range(2))
    return 2 * size**3 / seconds_of(lambda: a @ b)


def copy_bandwidth() -> float:
    """Bytes a second, read and written, of a large copy."""
    size = 2**30 if ON_CARD else 2**28
    source, target = (torch.ones(size, dtype=torch.uint8, device=DEVICE) for _ in range(2))
    return 2 * size / seconds_of(lambda: target.copy_(source))
