"""What the decoder keeps of every slot: keys and values of its tokens and of its window, queries for word times.

All of it is allocated once. A slot is a row of every tensor; a sequence takes a free slot and sees only what was
written for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from engine_kernels.float8 import FLOAT8, narrowed, widened
from torch import Tensor

from engine.asr.whisper.operations import Attend, attended

if TYPE_CHECKING:
    from engine.asr.whisper.model import Dimensions

LENGTH_STEP = 64
"""Steps attend to so many tokens more at a time: few shapes, and short texts do not pay for long ones."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Slots that are decoded together: `index` (m,) of them and the number of tokens, `longest`, they may look back on.

    `first`: whether they are the slots 0 to m - 1, whose caches are then used in place.
    """

    index: Tensor
    longest: int
    first: bool

    def of(self, cached: Tensor) -> Tensor:
        """The rows of a tensor whose first dimension is the slots."""
        return cached[: len(self.index)] if self.first else cached[self.index]


class Cache:
    """`keys`, `values` (layers, slots, heads, tokens, head width); `cross_keys`, `cross_values` (layers, slots, heads,
    positions, head width), with `cross_scales` (2, layers, slots, heads, 1, 1) where they are float8; `queries`
    (alignment heads, slots, tokens, head width); `states` (slots,): how many encoder states of each slot are valid."""

    def __init__(
        self,
        dimensions: Dimensions,
        slots: int,
        positions: int,
        alignment_heads: Sequence[tuple[int, int]],
        like: Tensor,
        attend: Attend = attended,
        float8: bool = False,
    ) -> None:
        """`attend`: what a single token of each row attends with, a kernel where there is one; `float8`: the windows'
        keys and values are kept in 8 bits."""
        d = dimensions
        self._attend = attend
        head_width = d.width // d.decoder_heads

        def empty(*shape: int, dtype: torch.dtype = like.dtype) -> Tensor:
            return torch.zeros(*shape, head_width, dtype=dtype, device=like.device)

        self.keys = empty(d.decoder_layers, slots, d.decoder_heads, d.tokens)
        self.values = torch.zeros_like(self.keys)
        cross_type = FLOAT8 if float8 else like.dtype
        self.cross_keys = empty(d.decoder_layers, slots, d.decoder_heads, positions, dtype=cross_type)
        self.cross_values = torch.zeros_like(self.cross_keys)
        scales = (2, d.decoder_layers, slots, d.decoder_heads, 1, 1)
        self.cross_scales = like.new_ones(scales) if float8 else None
        self.alignment_heads = tuple(alignment_heads)
        self.queries = empty(len(self.alignment_heads), slots, d.tokens)
        self.states = torch.ones(slots, dtype=torch.long, device=like.device)
        self._recorded = {
            layer: [(place, head) for place, (of, head) in enumerate(self.alignment_heads) if of == layer]
            for layer in range(d.decoder_layers)
        }

    @staticmethod
    def bytes_a_slot(
        dimensions: Dimensions, positions: int, alignment_heads: int, dtype: torch.dtype, float8: bool
    ) -> int:
        """Memory of one slot, but for scales."""
        d, number_bytes = dimensions, int(dtype.itemsize)
        heard = 2 * d.decoder_layers * d.width * positions * (1 if float8 else number_bytes)
        said = d.tokens * d.width * (2 * d.decoder_layers * d.decoder_heads + alignment_heads) // d.decoder_heads
        return heard + number_bytes * said

    def hear(self, layer: int, index: Tensor, keys: Tensor, values: Tensor) -> None:
        """Put the window's keys and values (m, heads, positions, head width) into the slots `index` (m,)."""
        heard = keys.shape[2]
        if self.cross_scales is not None:
            keys, self.cross_scales[0, layer, index] = narrowed(keys)
            values, self.cross_scales[1, layer, index] = narrowed(values)
        self.cross_keys[layer, index, :, :heard] = keys
        self.cross_values[layer, index, :, :heard] = values
        self.cross_values[layer, index, :, heard:] = 0  # a masked NaN would still spread, since 0 x NaN is NaN

    def open(self, index: Tensor, states: int) -> None:
        """Let the slots `index` (m,) be read from, `states` encoder states each; what was said in them is forgotten."""
        self.values[:, index] = 0  # as above
        self.states[index] = states

    def over_tokens(
        self, layer: int, rows: Rows, positions: Tensor, queries: Tensor, keys: Tensor, values: Tensor
    ) -> Tensor:
        """What tokens at `positions` (m, T) get from attending to those of their row up to their own; queries, keys and
        values are theirs, (m, heads, T, head width) each, and the latter are kept."""
        place = (rows.index[:, None], slice(None), positions)
        self.keys[layer][place] = keys.transpose(1, 2)
        self.values[layer][place] = values.transpose(1, 2)
        keys, values = (rows.of(kept[layer])[:, :, : rows.longest] for kept in (self.keys, self.values))
        return self._attended(queries, keys, values, positions + 1)

    def over_window(self, layer: int, rows: Rows, positions: Tensor, queries: Tensor) -> Tensor:
        """What the tokens get from attending to the valid encoder states of their row; the alignment heads' queries are
        kept: word times need no second pass."""
        for place, head in self._recorded[layer]:
            self.queries[place][rows.index[:, None], positions] = queries[:, head]
        keys, values = rows.of(self.cross_keys[layer]), rows.of(self.cross_values[layer])
        counts = rows.of(self.states)[:, None].expand(positions.shape)
        if self.cross_scales is None:
            return self._attended(queries, keys, values, counts)
        of_keys, of_values = (rows.of(scales[layer]) for scales in self.cross_scales)
        return self._attended(queries * of_keys, keys, values, counts) * of_values

    def _attended(self, queries: Tensor, keys: Tensor, values: Tensor, counts: Tensor) -> Tensor:
        return (self._attend if queries.shape[2] == 1 else attended)(queries, keys, values, counts)

    def recorded(self, index: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Queries (m, heads, T, head width) of the tokens at `places` (m, T) of the slots `index` (m,), and the keys
        (m, heads, positions, head width) that they were held against."""
        queries = torch.stack([kept[index[:, None], places] for kept in self.queries], dim=1)
        keys = torch.stack([self._heard(layer, index, head) for layer, head in self.alignment_heads], dim=1)
        return queries, keys

    def _heard(self, layer: int, index: Tensor, head: int) -> Tensor:
        """One head's keys of the windows in the slots `index` (m,)."""
        keys = self.cross_keys[layer][index, head]
        return keys if self.cross_scales is None else widened(keys, self.cross_scales[0, layer][index, head])


def stepped(length: int, limit: int) -> int:
    """`length` rounded up to a LENGTH_STEP, at most `limit`."""
    return min(-(-length // LENGTH_STEP) * LENGTH_STEP, limit)
