"""A small Whisper for training: the architecture of openai/whisper with the parameter names of Hugging Face, so that
the state is exported as it is. Two things are added: a phone classifier on the encoder, and the cross-attention of
every layer as an output; both only guide the training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

MELS = 80
ENCODER_POSITIONS = 1_500
DECODER_POSITIONS = 448


@dataclass(frozen=True, slots=True)
class Size:
    width: int = 256
    heads: int = 4
    encoder_layers: int = 4
    decoder_layers: int = 5


class Output(NamedTuple):
    """`logits` (batch, tokens, vocabulary); `phones` (batch, frames, phones); `attention`: for each decoder layer the
    cross-attention probabilities (batch, heads, tokens, frames). A frame is 20 ms."""

    logits: Tensor
    phones: Tensor
    attention: list[Tensor]


class SpeechModel(nn.Module):
    """`mels` (batch, 80, 2 x frames) and `tokens` (batch, tokens) to an Output."""

    def __init__(self, size: Size, vocabulary: int, phones: int) -> None:
        super().__init__()
        self.size = size
        self.encoder = Encoder(size)
        self.decoder = Decoder(size, vocabulary)
        self.phones = nn.Linear(size.width, phones)

    def forward(self, mels: Tensor, tokens: Tensor) -> Output:
        states = self.encoder(mels)
        logits, attention = self.decoder(tokens, states)
        return Output(logits, self.phones(states), attention)


class Encoder(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(MELS, size.width, 3, padding=1)
        self.conv2 = nn.Conv1d(size.width, size.width, 3, stride=2, padding=1)
        self.embed_positions = nn.Embedding.from_pretrained(_sinusoids(ENCODER_POSITIONS, size.width), freeze=True)
        self.layers = nn.ModuleList(EncoderLayer(size) for _ in range(size.encoder_layers))
        self.layer_norm = LayerNorm(size.width)

    def forward(self, mels: Tensor) -> Tensor:
        states = functional.gelu(self.conv2(functional.gelu(self.conv1(mels)))).transpose(1, 2)
        states = states + self.embed_positions.weight[: states.shape[1]]
        for layer in self.layers:
            states = layer(states)
        return self.layer_norm(states)


class Decoder(nn.Module):
    def __init__(self, size: Size, vocabulary: int) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(vocabulary, size.width)
        self.embed_positions = nn.Embedding(DECODER_POSITIONS, size.width)
        self.layers = nn.ModuleList(DecoderLayer(size) for _ in range(size.decoder_layers))
        self.layer_norm = LayerNorm(size.width)
        nn.init.normal_(self.embed_tokens.weight, std=size.width**-0.5)
        nn.init.normal_(self.embed_positions.weight, std=0.02)

    def forward(self, tokens: Tensor, states: Tensor) -> tuple[Tensor, list[Tensor]]:
        hidden = self.embed_tokens(tokens) + self.embed_positions.weight[: tokens.shape[1]]
        attention = []
        for layer in self.layers:
            hidden, probabilities = layer(hidden, states)
            attention.append(probabilities)
        return functional.linear(self.layer_norm(hidden), self.embed_tokens.weight), attention


class EncoderLayer(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.self_attn = Attention(size)
        self.self_attn_layer_norm = LayerNorm(size.width)
        self.fc1 = nn.Linear(size.width, 4 * size.width)
        self.fc2 = nn.Linear(4 * size.width, size.width)
        self.final_layer_norm = LayerNorm(size.width)

    def forward(self, hidden: Tensor) -> Tensor:
        normed = self.self_attn_layer_norm(hidden)
        hidden = hidden + self.self_attn(normed, normed)
        return hidden + self.fc2(functional.gelu(self.fc1(self.final_layer_norm(hidden))))


class DecoderLayer(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.self_attn = Attention(size)
        self.self_attn_layer_norm = LayerNorm(size.width)
        self.encoder_attn = Attention(size)
        self.encoder_attn_layer_norm = LayerNorm(size.width)
        self.fc1 = nn.Linear(size.width, 4 * size.width)
        self.fc2 = nn.Linear(4 * size.width, size.width)
        self.final_layer_norm = LayerNorm(size.width)

    def forward(self, hidden: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        normed = self.self_attn_layer_norm(hidden)
        hidden = hidden + self.self_attn(normed, normed, causal=True)
        attended, probabilities = self.encoder_attn.with_probabilities(self.encoder_attn_layer_norm(hidden), states)
        hidden = hidden + attended
        return hidden + self.fc2(functional.gelu(self.fc1(self.final_layer_norm(hidden)))), probabilities


class LayerNorm(nn.LayerNorm):
    """In the precision of the products that read it: left to autocast, each of them would convert it anew."""

    def forward(self, hidden: Tensor) -> Tensor:
        normed = super().forward(hidden)
        device = hidden.device.type
        return normed.to(torch.get_autocast_dtype(device)) if torch.is_autocast_enabled(device) else normed


class Attention(nn.Module):
    """Whisper's: no bias on the keys."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.heads = size.heads
        self.k_proj = nn.Linear(size.width, size.width, bias=False)
        self.v_proj = nn.Linear(size.width, size.width)
        self.q_proj = nn.Linear(size.width, size.width)
        self.out_proj = nn.Linear(size.width, size.width)

    def forward(self, queries: Tensor, states: Tensor, causal: bool = False) -> Tensor:
        q, k, v = self._split(self.q_proj(queries)), self._split(self.k_proj(states)), self._split(self.v_proj(states))
        attend = functional.scaled_dot_product_attention if queries.is_cuda else _attend
        return self._joined(attend(q, k, v, is_causal=causal))

    def with_probabilities(self, queries: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """The same, with the probabilities (batch, heads, queries, states) in float32."""
        q, k, v = self._split(self.q_proj(queries)), self._split(self.k_proj(states)), self._split(self.v_proj(states))
        probabilities = (q * q.shape[-1] ** -0.5 @ k.transpose(-1, -2)).float().softmax(-1)
        return self._joined(probabilities.to(v.dtype) @ v), probabilities

    def _split(self, projected: Tensor) -> Tensor:
        """(batch, heads, length, width of a head), in that order in memory too, which products on a CPU want."""
        batch, length, width = projected.shape
        return projected.view(batch, length, self.heads, width // self.heads).transpose(1, 2).contiguous()

    def _joined(self, attended: Tensor) -> Tensor:
        return self.out_proj(attended.transpose(1, 2).flatten(2))


def _attend(q: Tensor, k: Tensor, v: Tensor, is_causal: bool) -> Tensor:
    """torch's scaled_dot_product_attention, which on a CPU takes twice as long in bfloat16 at these lengths."""
    with torch.autocast(q.device.type, enabled=False):  # it would have the softmax in float32
        scores = q * q.shape[-1] ** -0.5 @ k.transpose(-1, -2)
        if is_causal:
            scores = scores.masked_fill(torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1), -math.inf)
        return scores.softmax(-1) @ v


def _sinusoids(length: int, width: int) -> Tensor:
    """Whisper's position encodings, scaled down: at full size they drown the features of so narrow a model."""
    rates = torch.exp(-math.log(10_000) / (width // 2 - 1) * torch.arange(width // 2))
    angles = torch.arange(length)[:, None] * rates[None]
    return 0.12 * torch.cat([angles.sin(), angles.cos()], dim=1)
