"""What a Whisper must compute and read at least, by its shape: the work behind shares and estimates."""

from __future__ import annotations

import random_whisper

FRAMES = 1500  # encoder states of 30 s


def encoder_operations(shape: str) -> float:
    """Floating-point operations of one window until it can be decoded: convolutions, layers, cross-attention keys."""
    width, encoder_layers, decoder_layers, _, mels = random_whisper.SHAPES[shape]
    convolutions = 2 * 3 * width * (2 * FRAMES * mels + FRAMES * width)
    layers = encoder_layers * FRAMES * (24 * width**2 + 4 * FRAMES * width)
    return float(convolutions + layers + decoder_layers * FRAMES * 4 * width**2)


def decoder_operations(shape: str, tokens: int) -> float:
    """Those of `tokens` tokens of one window."""
    width, _, layers, vocabulary, _ = random_whisper.SHAPES[shape]
    return float(tokens * (layers * (28 * width**2 + 4 * width * (FRAMES + tokens)) + 2 * width * vocabulary))


def step_bytes(shape: str, slots: int, tokens: float, number_bytes: int) -> float:
    """What one token of `slots` windows with `tokens` tokens each reads: the weights once, the caches of every slot."""
    width, _, layers, vocabulary, _ = random_whisper.SHAPES[shape]
    weights = layers * 14 * width**2 + width * vocabulary
    caches = layers * 2 * width * (FRAMES + tokens)
    return number_bytes * (weights + slots * caches)
