"""The encoder's matrix products in 8 bits: its linear layers are exchanged after loading, and `model.py` does not know.

Weights take half the memory then. Convolutions, norms, attention and the decoder stay as they are.
"""

from __future__ import annotations

from engine_kernels.float8 import narrowed_rows
from torch import Tensor, nn

from engine.asr.whisper.model import Encoder
from engine.asr.whisper.operations import Product


class Float8Linear(nn.Module):
    """As the layer that it is made of, to the rounding of float8: each output of the weight, and each row that comes,
    has a scale of its own."""

    def __init__(self, wide: nn.Linear, product: Product) -> None:
        super().__init__()
        self._product = product
        weight, scales = narrowed_rows(wide.weight)
        self.register_buffer("weight", weight)
        self.register_buffer("scales", scales)
        self.register_buffer("bias", wide.bias)

    def forward(self, hidden: Tensor) -> Tensor:
        """(..., width) to (..., out)."""
        rows = hidden.flatten(0, -2)
        return self._product(rows, self.weight, self.scales, self.bias).unflatten(0, hidden.shape[:-1])


def narrow(encoder: Encoder, product: Product | None) -> None:
    """Exchange the linear layers of an encoder, one after the other: no second set of weights is ever there. Without a
    product in 8 bits they stay."""
    if product is None:
        return
    for layer in encoder.layers:
        for part, name in ((layer, "qkv"), (layer, "out"), (layer.mlp, "up"), (layer.mlp, "down")):
            setattr(part, name, Float8Linear(getattr(part, name), product))
