"""From samples to a model directory: rows of features, the training loop, the files."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

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


class _Stateful(Protocol):
    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> object: ...


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
    samples: Sequence[Sample],
    languages: Sequence[str],
    *,
    width: int,
    epochs: int,
    batch: int,
    rate: float,
    seed: int,
    checkpoint: Path | None = None,
) -> tuple[Network, list[str]]:
    """The trained network and its vocabulary. Samples stay whole and are shuffled every epoch.

    `checkpoint`: file in which every epoch leaves its state, and with which a run that was broken off goes on.
    """
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
    parts = {"network": network, "optimizer": optimizer, "schedule": schedule}
    for epoch in range(_epochs_done(checkpoint, parts), epochs):
        started, total, count = time.perf_counter(), 0.0, 0
        torch.manual_seed(seed + epoch)
        mixed = np.random.default_rng((seed, epoch)).permutation(len(samples))
        order = np.concatenate([np.arange(bounds[i], bounds[i + 1]) for i in mixed])
        for start in range(0, len(order), batch):
            loss = _loss(network, features, made, torch.from_numpy(order[start : start + batch]))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total, count = total + float(loss.detach()), count + 1
        print(f"epoch {epoch + 1}: loss {total / count:.4f}, {time.perf_counter() - started:.0f} s", flush=True)
        if checkpoint:
            torch.save({"epochs": epoch + 1, **{name: part.state_dict() for name, part in parts.items()}}, checkpoint)
    return network.eval(), words


def _epochs_done(checkpoint: Path | None, parts: Mapping[str, _Stateful]) -> int:
    """How many epochs a checkpoint has behind it; its state goes into the parts."""
    if checkpoint is None or not checkpoint.is_file():
        return 0
    saved = torch.load(checkpoint, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    return int(saved["epochs"])


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
