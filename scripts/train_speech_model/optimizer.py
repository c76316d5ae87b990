"""What changes the weights, and how fast."""

from __future__ import annotations

import math

from torch import nn, optim

_WARMUP_STEPS, _FINAL_SHARE = 100, 0.02


def adamw(model: nn.Module) -> optim.Optimizer:
    """AdamW (Loshchilov and Hutter 2019); only matrices decay, embeddings do not. The rate is set before every step."""
    trained = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    matrices = [weight for name, weight in trained if weight.ndim > 1 and "embed" not in name]
    others = [weight for name, weight in trained if weight.ndim <= 1 or "embed" in name]
    groups = [{"params": matrices, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}]
    return optim.AdamW(groups, betas=(0.9, 0.98), fused=True)


def share_of_rate(steps: int, progress: float) -> float:
    """Of the highest learning rate: a warm-up over the first steps, then half a cosine down to 2 %."""
    warm = min(1.0, (steps + 1) / _WARMUP_STEPS)
    return warm * max(_FINAL_SHARE, 0.5 * (1 + math.cos(math.pi * progress)))
