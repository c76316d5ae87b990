"""What this device can do at best, measured now: the figures beside which shares are stated."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

ON_CARD = torch.cuda.is_available()
DEVICE = "cuda" if ON_CARD else "cpu"
DEVICE_NAME = torch.cuda.get_device_name() if ON_CARD else "cpu"
Clock = Callable[[], float]


def seconds_of(run: Callable[[], object], repeats: int = 8, clock: Clock = time.perf_counter) -> float:
    """The shortest of `repeats` runs after one that is not counted, the device's work included."""
    run()
    best = float("inf")
    for _ in range(repeats):
        wait()
        started = clock()
        run()
        wait()
        best = min(best, clock() - started)
    return best


def wait() -> None:
    """Until the device has done what it was given."""
    if ON_CARD:
        torch.cuda.synchronize()


def matmul_rate(device: str = DEVICE, dtype: torch.dtype | None = None, clock: Clock = time.perf_counter) -> float:
    """Operations a second of a large matrix product, by default in the number type that the device is best at."""
    size, best_at = (8192, torch.bfloat16) if device == "cuda" else (2048, torch.float32)
    a, b = (torch.randn(size, size, device=device, dtype=dtype or best_at) for _ in range(2))
    return 2 * size**3 / seconds_of(lambda: a @ b, clock=clock)


def float8_rate(device: str = DEVICE, clock: Clock = time.perf_counter) -> float:
    """As `matmul_rate`, of two matrices of float8 with a scale for each row, the result in the type of that."""
    size, wide = (8192, torch.bfloat16) if device == "cuda" else (2048, torch.float32)
    a, b = (torch.randn(size, size, device=device).to(torch.float8_e4m3fn) for _ in range(2))
    ones = torch.ones(size, 1, device=device)
    return 2 * size**3 / seconds_of(lambda: torch._scaled_mm(a, b.T, ones, ones.T, out_dtype=wide), clock=clock)


def copy_bandwidth(device: str = DEVICE, clock: Clock = time.perf_counter) -> float:
    """Bytes a second, read and written, of a large copy."""
    size = 2**30 if device == "cuda" else 2**28
    source, target = (torch.ones(size, dtype=torch.uint8, device=device) for _ in range(2))
    return 2 * size / seconds_of(lambda: target.copy_(source), clock=clock)
