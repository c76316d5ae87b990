"""Whisper in torch, for inference: an encoder, and a decoder over preallocated caches.

Radford et al. 2022, "Robust Speech Recognition via Large-Scale Weak Supervision"; the layers are openai/whisper's
`model.py`. Queries, keys and values of a layer come from one matrix product. Shapes: m rows are sequences that are
decoded together, T tokens of each at once, one in a decoding step and all of a prompt before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.asr.whisper.cache import Cache, Rows


@dataclass(frozen=True, slots=True)
class Dimensions:
    """`positions`: encoder states of the longest window, 20 ms each; `tokens`: decoder positions."""

    mels: int
    width: int
    encoder_heads: int
    decoder_heads: int
    encoder_layers: int
    decoder_layers: int
    encoder_hidden: int
    decoder_hidden: int
    positions: int
    tokens: int
    vocabulary: int


class Whisper(nn.Module):
    """Built empty, on torch's meta device or not; `weights.load` fills it."""

    def __init__(self, dimensions: Dimensions) -> None:
        super().__init__()
        self.dimensions = dimensions
        self.encoder = Encoder(dimensions)
        self.decoder = Decoder(dimensions)


class Encoder(nn.Module):
    def __init__(self, d: Dimensions) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(d.mels, d.width, 3, padding=1)
        self.conv2 = nn.Conv1d(d.width, d.width, 3, stride=2, padding=1)
        self.positions = nn.Parameter(torch.empty(d.positions, d.width))
        self.layers = nn.ModuleList(EncoderLayer(d) for _ in range(d.encoder_layers))
        self.norm = nn.LayerNorm(d.width)

    def forward(self, mels: Tensor) -> Tensor:
        """Log-mels (m, mels, frames) to states (m, frames / 2, width)."""
        hidden = functional.gelu(self.conv2(functional.gelu(self.conv1(mels)))).transpose(1, 2)
        hidden = hidden + self.positions[: hidden.shape[1]]
        for layer in self.layers:
            hidden = layer(hidden)
        normed: Tensor = self.norm(hidden)
        return normed


class EncoderLayer(nn.Module):
    def __init__(self, d: Dimensions) -> None:
        super().__init__()
        self.heads = d.encoder_heads
        self.attention_norm = nn.LayerNorm(d.width)
        self.qkv = nn.Linear(d.width, 3 * d.width)
        self.out = nn.Linear(d.width, d.width)
        self.mlp = Mlp(d.width, d.encoder_hidden)

    def forward(self, hidden: Tensor) -> Tensor:
        q, k, v = (_by_head(part, self.heads) for part in self.qkv(self.attention_norm(hidden)).chunk(3, dim=-1))
        hidden = hidden + self.out(_joined(functional.scaled_dot_product_attention(q, k, v)))
        return hidden + self.mlp(hidden)


class Decoder(nn.Module):
    def __init__(self, d: Dimensions) -> None:
        super().__init__()
        self.embedding = nn.Parameter(torch.empty(d.vocabulary, d.width))
        self.positions = nn.Parameter(torch.empty(d.tokens, d.width))
        self.layers = nn.ModuleList(DecoderLayer(d) for _ in range(d.decoder_layers))
        self.norm = nn.LayerNorm(d.width)

    def forward(self, tokens: Tensor, positions: Tensor, rows: Rows, cache: Cache) -> Tensor:
        """Tokens (m, T) at their positions (m, T) to hidden states (m, T, width); their keys and values are cached.

        A token sees the tokens at positions up to its own and the valid encoder states of its row.
        """
        hidden = self.embedding[tokens] + self.positions[positions]
        for index, layer in enumerate(self.layers):
            hidden = layer(hidden, positions, rows, cache, index)
        normed: Tensor = self.norm(hidden)
        return normed

    def logits(self, hidden: Tensor) -> Tensor:
        """(..., width) to (..., vocabulary)."""
        return _product(hidden, self.embedding)


class DecoderLayer(nn.Module):
    def __init__(self, d: Dimensions) -> None:
        super().__init__()
        self.heads = d.decoder_heads
        self.attention_norm = nn.LayerNorm(d.width)
        self.qkv = Linear(d.width, 3 * d.width)
        self.out = Linear(d.width, d.width)
        self.cross_norm = nn.LayerNorm(d.width)
        self.cross_query = Linear(d.width, d.width)
        self.cross_key_value = Linear(d.width, 2 * d.width)
        self.cross_out = Linear(d.width, d.width)
        self.mlp = Mlp(d.width, d.decoder_hidden)

    def forward(self, hidden: Tensor, positions: Tensor, rows: Rows, cache: Cache, index: int) -> Tensor:
        q, k, v = (_by_head(part, self.heads) for part in self.qkv(self.attention_norm(hidden)).chunk(3, dim=-1))
        hidden = hidden + self.out(_joined(cache.over_tokens(index, rows, positions, q, k, v)))
        q = _by_head(self.cross_query(self.cross_norm(hidden)), self.heads)
        hidden = hidden + self.cross_out(_joined(cache.over_window(index, rows, positions, q)))
        return hidden + self.mlp(hidden)

    def crossed(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of the encoder states (m, positions, width), each (m, heads, positions, width / heads)."""
        keys, values = self.cross_key_value(states).chunk(2, dim=-1)
        return _by_head(keys, self.heads), _by_head(values, self.heads)


class Mlp(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = Linear(width, hidden)
        self.down = Linear(hidden, width)

    def forward(self, hidden: Tensor) -> Tensor:
        lowered: Tensor = self.down(functional.gelu(self.up(self.norm(hidden))))
        return lowered


class Linear(nn.Linear):
    """torch's, for the few rows of a decoding step."""

    def forward(self, hidden: Tensor) -> Tensor:
        return _product(hidden, self.weight) + self.bias


def _product(hidden: Tensor, weight: Tensor) -> Tensor:
    """`hidden` (..., width) times `weight` (out, width) transposed.

    On a CPU as weight times hidden: for 8 to 64 rows MKL is up to three times as fast that way round.
    """
    rows = hidden.flatten(0, -2)
    if hidden.is_cuda or not 1 < len(rows) <= 64:
        return functional.linear(hidden, weight)
    return (weight @ rows.T).T.contiguous().unflatten(0, hidden.shape[:-1])


def _by_head(projected: Tensor, heads: int) -> Tensor:
    """(m, T, width) to (m, heads, T, width / heads)."""
    return projected.unflatten(-1, (heads, -1)).transpose(1, 2)


def _joined(attended: Tensor) -> Tensor:
    """(m, heads, T, width / heads) to (m, T, width)."""
    return attended.transpose(1, 2).flatten(2)
