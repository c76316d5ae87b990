"""The tagger's network in PyTorch, for training; engine/privacy/tagger.py computes the same in NumPy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from engine.privacy.word_features import LIST_BITS, SHAPES, affix_rows, affixes, list_bits, norm, shape

GAPS = (1, 2, 4, 1)


def vocabulary(tokens: Iterable[str], least: int) -> list[str]:
    """The normalised words that occur at least so often, most frequent first."""
    counts = Counter(map(norm, tokens))
    return [word for word, count in counts.most_common() if count >= least]


@dataclass(frozen=True, slots=True)
class Features:
    """Features of distinct tokens: rows of words `(n,)`, affixes `(n, 4)`, shapes `(n,)`, lists `(n, LIST_BITS)`."""

    words: torch.Tensor
    affixes: torch.Tensor
    shapes: torch.Tensor
    lists: torch.Tensor

    @classmethod
    def of(cls, tokens: Sequence[str], words: Sequence[str]) -> Features:
        rows = {word: number + 1 for number, word in enumerate(words)}
        norms = [norm(token) for token in tokens]
        lists = np.zeros((len(tokens), LIST_BITS), np.float32)
        for number, word in enumerate(norms):
            lists[number, list(list_bits(word))] = 1.0
        return cls(
            torch.tensor([rows.get(word, 0) for word in norms]),
            torch.tensor([affixes(word) for word in norms]),
            torch.tensor([shape(token) for token in tokens]),
            torch.from_numpy(lists),
        )


class Network(nn.Module):
    """Word vectors, a mixing layer, residual maxout convolutions with gaps, one output a label."""

    def __init__(self, words: int, languages: int, labels: int, width: int, dropout: float) -> None:
        super().__init__()
        self.width = width
        self.words = nn.Embedding(words + 1, width)
        self.affixes = nn.EmbeddingBag(affix_rows(), width, mode="sum")
        self.shapes = nn.Embedding(SHAPES, width)
        self.languages = nn.Embedding(languages, width)
        self.lists = nn.Linear(LIST_BITS, width, bias=False)
        self.mix_in = nn.Linear(width, 2 * width)
        self.mix_out = nn.Linear(2 * width, width)
        self.layers = nn.ModuleList(nn.Linear(3 * width, 2 * width) for _ in GAPS)
        self.output = nn.Linear(width, labels)
        self.dropout = nn.Dropout(dropout)
        for table in (self.words, self.affixes, self.shapes, self.languages):
            nn.init.normal_(table.weight, std=0.1)

    def forward(
        self,
        words: torch.Tensor,
        affix: torch.Tensor,
        shapes: torch.Tensor,
        lists: torch.Tensor,
        languages: torch.Tensor,
    ) -> torch.Tensor:
        """Logits `(tokens, labels)` for the features of one row of tokens."""
        summed = (
            self.words(words)
            + self.affixes(affix)
            + self.shapes(shapes)
            + self.lists(lists)
            + self.languages(languages)
        )
        hidden = summed + self.mix_out(torch.relu(self.mix_in(summed)))
        hidden = self.dropout(hidden)
        for gap, layer in zip(GAPS, self.layers, strict=True):
            padding = hidden.new_zeros(gap, self.width)
            before = torch.cat([padding, hidden[:-gap]])
            after = torch.cat([hidden[gap:], padding])
            one, other = layer(torch.cat([before, hidden, after], dim=1)).chunk(2, dim=1)
            hidden = hidden + self.dropout(torch.maximum(one, other))
        logits: torch.Tensor = self.output(hidden)
        return logits

    def arrays(self) -> dict[str, np.ndarray]:
        """The weights under the tagger's names, as half floats."""
        tensors = {
            "words": self.words.weight,
            "affixes": self.affixes.weight,
            "shapes": self.shapes.weight,
            "languages": self.languages.weight,
            "lists": self.lists.weight.T,
            "mix_in": self.mix_in.weight.T,
            "mix_in_bias": self.mix_in.bias,
            "mix_out": self.mix_out.weight.T,
            "mix_out_bias": self.mix_out.bias,
            "output": self.output.weight.T,
            "output_bias": self.output.bias,
        }
        for number, layer in enumerate(self.layers):
            tensors |= {f"kernel{number}": layer.weight.T, f"bias{number}": layer.bias}
        return {name: tensor.detach().numpy().astype(np.float16) for name, tensor in tensors.items()}
