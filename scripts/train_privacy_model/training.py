"""From samples to a model directory: rows of features, the training loop, the files."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from engine.privacy.tagger import CONFIG, VOCABULARY, WEIGHTS
from scripts.train_privacy_model.corpus import LABELS, Sample
from scripts.train_privacy_model.network import GAPS, Features, Network, vocabulary

_LEAST_COUNT = 3
"""Words seen less often have no row of their own and train the row of unknown words."""

_UNKNOWN_RATE, _UNKNOWN_VALUE_RATE, _UNLISTED_RATE = 0.2, 0.4, 0.2
"""How often a word, and a word of a value, is shown as an unknown one, and one on no list."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """All samples in one row: number of each distinct token, of its label and of its language, `(tokens,)`."""

    tokens: torch.Tensor
    labels: torch.Tensor
    languages: torch.Tensor
    distinct: list[str]


def corpus(samples: Sequence[Sample], languages: Sequence[str]) -> Corpus:
    numbers: dict[str, int] = {}
    tokens = [numbers.setdefault(token, len(numbers)) for sample in samples for token in sample.tokens]
    labels = [label for sample in samples for label in sample.labels]
    spoken = [languages.index(sample.language) for sample in samples for _ in sample.tokens]
    return Corpus(torch.tensor(tokens), torch.tensor(labels), torch.tensor(spoken), list(numbers))


def train(
    samples: Sequence[Sample], languages: Sequence[str], *, width: int, epochs: int, batch: int, rate: float, seed: int
) -> tuple[Network, list[str]]:
    """The trained network and its vocabulary. Samples stay whole and are shuffled every epoch."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)  # the matrices are small: a second thread costs more than it does
    made = corpus(samples, languages)
    words = vocabulary((token for sample in samples for token in sample.tokens), _LEAST_COUNT)
    features = Features.of(made.distinct, words)
    network = Network(len(words), len(languages), len(LABELS), width, dropout=0.1)
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    bounds = np.cumsum([0] + [len(sample.tokens) for sample in samples])
    steps = epochs * math.ceil(bounds[-1] / batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps + epochs, pct_start=0.1)
    generator = np.random.default_rng(seed)
    for epoch in range(epochs):
        started, total, count = time.perf_counter(), 0.0, 0
        order = np.concatenate([np.arange(bounds[i], bounds[i + 1]) for i in generator.permutation(len(samples))])
        for start in range(0, len(order), batch):
            row = torch.from_numpy(order[start : start + batch])
            loss = _loss(network, features, made, row)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total, count = total + float(loss.detach()), count + 1
        print(f"epoch {epoch + 1}: loss {total / count:.4f}, {time.perf_counter() - started:.0f} s", flush=True)
    return network.eval(), words


def _loss(network: Network, features: Features, made: Corpus, row: torch.Tensor) -> torch.Tensor:
    tokens, labels = made.tokens[row], made.labels[row]
    draw = torch.rand(len(row))
    unknown = draw < torch.where(labels > 0, _UNKNOWN_VALUE_RATE, _UNKNOWN_RATE)
    words = features.words[tokens].masked_fill(unknown, 0)
    listed = (torch.rand(len(row)) > _UNLISTED_RATE).unsqueeze(1)
    logits = network(
        words, features.affixes[tokens], features.shapes[tokens], features.lists[tokens] * listed, made.languages[row]
    )
    return functional.cross_entropy(logits, labels, label_smoothing=0.02)


def save(directory: Path, network: Network, words: Sequence[str], languages: Sequence[str]) -> None:
    """Write weights, vocabulary and configuration as the tagger reads them."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / VOCABULARY).write_text("\n".join(words), encoding="utf-8")
    config = {"labels": LABELS, "languages": list(languages), "gaps": GAPS}
    (directory / CONFIG).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    np.savez_compressed(directory / WEIGHTS, **network.arrays())
