"""Which form of an operation runs: the kernel where Triton compiles it for this card, plain torch elsewhere.

A kernel is tried once, on a small case of the types and widths to come, before anything depends on it. Drivers and
cards newer than the compiler are a fact of the field; one that fails costs speed, is said once, and costs no text.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from engine_kernels.float8 import FLOAT8, float8_linear_reference, narrowed_rows
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from engine.asr.whisper.alignment import Warped
    from engine.asr.whisper.device import Placement
    from engine.asr.whisper.model import Dimensions
    from engine.asr.whisper.rules import Fused

logger = logging.getLogger(__name__)

Attend = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
Product = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def attended(queries: Tensor, keys: Tensor, values: Tensor, counts: Tensor) -> Tensor:
    """Attention of queries (m, heads, T, width) to keys and values (m, heads, places, width); each query sees the first
    `counts` (m, T) places of its row. Keys and values may be float8, of which a copy is made."""
    seen = torch.arange(keys.shape[2], device=keys.device) < counts[:, None, :, None]
    keys, values = (kept.to(queries.dtype) for kept in (keys, values))
    result: Tensor = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=seen)
    return result


@dataclass(frozen=True, slots=True)
class Operations:
    """`attend`: of one token a row. `greedy`, `warped_attention`: None where the rules and the alignment do it.
    `float8_linear`: the encoder's products in 8 bits, None where they are in the model's type."""

    attend: Attend = attended
    greedy: Fused | None = None
    warped_attention: Warped | None = None
    float8_linear: Product | None = None

    @property
    def reads_what_counts(self) -> bool:
        """Whether a row costs what it holds: then one shape serves texts of all lengths."""
        return self.attend is not attended


def operations(dimensions: Dimensions, placement: Placement) -> Operations:
    """Kernels on a card, for a model of these dimensions; plain torch elsewhere."""
    device, dtype = placement.device, placement.dtype
    if device.type != "cuda":
        return Operations(float8_linear=float8_linear_reference if placement.float8_encoder else None)
    types = (FLOAT8 if placement.float8 else dtype, dtype)
    return Operations(
        attend=kernel("attention", "attention", lambda run: _try_attention(run, dimensions, device, types)) or attended,
        greedy=kernel("sampling", "greedy", lambda run: _try_greedy(run, dimensions.vocabulary, device, dtype)),
        warped_attention=kernel("alignment", "warped_attention", lambda run: _try_alignment(run, device)),
        float8_linear=_narrow_product(dimensions, device, dtype) if placement.float8_encoder else None,
    )


def _narrow_product(d: Dimensions, device: torch.device, dtype: torch.dtype) -> Product | None:
    """None where it does not run: the encoder is faster in `dtype` than with the plain reference."""
    found: Product | None = kernel(
        "float8_linear", "float8_linear", lambda run: _try_linear(run, d, device, dtype), instead=str(dtype)
    )
    return found


def kernel(module: str, name: str, trial: Callable[[Any], Tensor], instead: str = "plain torch") -> Any:
    """The function `name` of `engine_kernels.module` if `trial` of it runs and gives finite numbers, else None, and it
    is said what runs `instead`."""
    try:
        found = getattr(importlib.import_module(f"engine_kernels.{module}"), name)
        if not bool(trial(found).isfinite().all()):
            raise ArithmeticError("it gives numbers that are not finite")
    except Exception as error:  # whatever a compiler, an assembler or a driver raises
        first_line = str(error).strip().partition("\n")[0]
        logger.warning("%s runs in %s, slower: %s: %s", module, instead, type(error).__name__, first_line)
        return None
    return found


def _try_attention(run: Attend, d: Dimensions, device: torch.device, types: tuple[torch.dtype, torch.dtype]) -> Tensor:
    """Over a window and over tokens, of these types and split into different numbers of parts."""
    count = torch.ones(1, 1, dtype=torch.long, device=device)
    shape = (1, d.decoder_heads, max(d.positions, d.tokens), d.width // d.decoder_heads)
    cache = torch.ones(shape, device=device, dtype=types[1])
    kept = [cache[:, :, :places].to(kind) for places, kind in zip((d.positions, d.tokens), types, strict=True)]
    return torch.cat([run(cache[:, :, :1], part, part, count) for part in kept])


def _try_greedy(run: Fused, vocabulary: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    logits = torch.zeros(1, vocabulary, device=device, dtype=dtype)
    bans = torch.zeros(vocabulary, dtype=torch.uint8, device=device)
    past = (torch.zeros(1, dtype=torch.long, device=device),) * 4
    ids = vocabulary - 1, vocabulary - 2, vocabulary
    return torch.cat([run(logits, bans, past, *ids, timestamps)[1] for timestamps in (False, True)])


def _try_alignment(run: Warped, device: torch.device) -> Tensor:
    one = torch.ones(1, dtype=torch.long, device=device)
    return run(torch.ones(1, 1, 2, 8, device=device), one, one, one, 1)


def _try_linear(run: Product, d: Dimensions, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Of a window, in all shapes of an encoder's layer."""
    shapes = (d.width, 3 * d.width), (d.width, d.width), (d.width, d.encoder_hidden), (d.encoder_hidden, d.width)
    found = []
    for width, out in shapes:
        weight, bias = (torch.ones(*size, device=device, dtype=dtype) for size in ((out, width), (out,)))
        found.append(run(torch.ones(d.positions, width, device=device, dtype=dtype), *narrowed_rows(weight), bias))
    return torch.cat(found, dim=1)
