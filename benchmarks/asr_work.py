"""What a Whisper must compute and read at least, by its shape: the work behind shares and estimates."""

from __future__ import annotations

import argparse

import random_whisper
import torch

FRAMES = 1500  # encoder states of 30 s


def kept_in(options: argparse.Namespace) -> str:
    """What is computed in, what is read of a window where that is another, and what the encoder multiplies in."""
    encoder = "" if options.encoder_type == "auto" else f", encoder {options.encoder_type}"
    return str(options.compute_type) + ("" if options.cross_cache == "auto" else f"/{options.cross_cache}") + encoder


def number_bytes(options: argparse.Namespace) -> tuple[int, int]:
    """Of a number of the model, and of one that is kept of a window."""
    wide: int = getattr(torch, options.compute_type).itemsize
    return wide, 1 if options.cross_cache == "float8" else wide


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


def step_bytes(shape: str, slots: int, tokens: float, number_bytes: int, cross_bytes: int | None = None) -> float:
    """What one token of `slots` windows with `tokens` tokens each reads: the weights once, the caches of every slot, of
    which a window's has `cross_bytes` a number."""
    width, _, layers, vocabulary, _ = random_whisper.SHAPES[shape]
    weights = layers * 14 * width**2 + width * vocabulary
    heard = FRAMES * (cross_bytes or number_bytes) / number_bytes
    caches = layers * 2 * width * (heard + tokens)
    return number_bytes * (weights + slots * caches)
