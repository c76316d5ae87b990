"""What a device can do at most, measured in the run that is compared with it and by its clock."""

from __future__ import annotations

from collections.abc import Callable

import torch

Clock = Callable[[], float]


def matmul_rate(device: str, dtype: torch.dtype, size: int, clock: Clock) -> float:
    """Operations a second of a product of two (size, size) matrices, the best of eight."""
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))

    def multiply() -> float:
        return float((a @ b)[0, 0])  # waits for the device

    return 2 * size**3 / _best(multiply, clock)


def copy_bandwidth(device: str, size: int, clock: Clock) -> float:
    """Bytes a second, read and written, of a copy of `size` bytes, the best of eight."""
    source, target = (torch.ones(size, dtype=torch.uint8, device=device) for _ in range(2))

    def copy() -> int:
        target.copy_(source)
        return int(target[0])  # waits for the device

    return 2 * size / _best(copy, clock)


def _best(run: Callable[[], object], clock: Clock) -> float:
    best = float("inf")
    for _ in range(8):
        started = clock()
        run()
        best = min(best, clock() - started)
    return best
