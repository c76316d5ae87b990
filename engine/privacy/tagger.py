"""The tagger: a small convolutional network over words that says which of them name people, places, illnesses ...

Every distinct word becomes one vector (word_features.py), which is kept, so that a word costs a look-up and a few
small matrix products. The network reads a call as one row of words with its turns set apart, eight words to each side.
Residual convolutions with growing gaps after van den Oord et al. 2016 (WaveNet), maxout units after Goodfellow et al.
2013; the layout of hashed affixes, a mixing layer and window convolutions after spaCy's tok2vec.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from engine.errors import ModelError
from engine.privacy.word_features import TOKEN, TURN_BREAK, affixes, list_bits, norm, shape

WEIGHTS, VOCABULARY, CONFIG = "weights.npz", "vocabulary.txt", "config.json"
_BLOCK = 1024
"""Words that the network reads at once; their vectors stay in the processor's cache."""

_JOINTS = frozenset("-–'’")
"""What holds the parts of one word together ("Bar-le-Duc", "O'Brien"), which get one label."""

_FIRST_ROWS, _MOST_KEPT = 1024, 50_000
"""Room for vectors at first, and how many are kept before all are dropped and made anew."""

Floats = npt.NDArray[np.float32]


class Tagged(NamedTuple):
    """Characters `start`..`end` of turn `turn` are an `entity` with this probability."""

    turn: int
    entity: str
    start: int
    end: int
    probability: float


class Tagger:
    """Reads the files of a model directory; raises ModelError where one is missing, damaged or does not fit the rest.

    Threads may share it.
    """

    def __init__(self, directory: Path) -> None:
        try:
            config = json.loads((directory / CONFIG).read_text(encoding="utf-8"))
            words = (directory / VOCABULARY).read_text(encoding="utf-8").split("\n")
            with np.load(directory / WEIGHTS, allow_pickle=False) as file:
                self._weights = {name: file[name].astype(np.float32) for name in file.files}
            self.labels: tuple[str, ...] = tuple(config["labels"])
            self.languages: tuple[str, ...] = tuple(config["languages"])
            self._gaps: tuple[int, ...] = tuple(config["gaps"])
            self._check(len(words))
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
            raise ModelError(
                f"privacy model {directory} cannot be read: {type(error).__name__}",
                expected=f"{CONFIG}, {VOCABULARY} and {WEIGHTS} of one trained model",
                remedy='copy it again, or set [privacy] model = "none" to search with patterns alone',
            ) from error
        self._rows = {word: number + 1 for number, word in enumerate(words)}
        self._vectors = {
            language: _Vectors(self._weights, self._rows, index) for index, language in enumerate(self.languages)
        }
        self._entities = tuple(label.partition("-")[2] for label in self.labels)

    def tag(self, turns: Sequence[str], language: str, least: float) -> Iterator[Tagged]:
        """What the turns of a call hold with at least probability `least`; `language` is one of `languages`."""
        spans, tokens = _tokens(turns)
        vectors = self._vectors[language]
        reach = sum(self._gaps)
        for begin in range(0, len(tokens), _BLOCK):
            first, last = max(begin - reach, 0), begin + _BLOCK + reach
            scores = self._scores(vectors.of(tokens[first:last]))
            _unite(scores, tokens[first:last], spans[first:last])
            block = scores[begin - first : begin - first + _BLOCK]
            yield from self._entities_in(block, spans[begin : begin + _BLOCK], least)

    def _scores(self, vectors: Floats) -> Floats:
        """Probabilities `(words, labels)` for word vectors `(words, width)`."""
        hidden = vectors
        for number, gap in enumerate(self._gaps):
            hidden = hidden + _convolved(hidden, gap, self._weights[f"kernel{number}"], self._weights[f"bias{number}"])
        logits: Floats = hidden @ self._weights["output"] + self._weights["output_bias"]
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        return logits

    def _entities_in(self, scores: Floats, spans: Sequence[tuple[int, int, int]], least: float) -> Iterator[Tagged]:
        """Runs of words of one entity: their sureness is the mean over the words of "not outside"."""
        inside = np.flatnonzero(scores[:, 0] <= 1.0 - least)
        best = scores[inside, 1:].argmax(axis=1) + 1
        run: list[tuple[int, int]] = []
        for position, label in zip(inside.tolist(), best.tolist(), strict=True):
            if run and self._ends(run[-1], position, label, spans):
                yield self._tagged(run, scores, spans)
                run = []
            if spans[position][0] >= 0:
                run.append((position, label))
        if run:
            yield self._tagged(run, scores, spans)

    def _ends(self, before: tuple[int, int], position: int, label: int, spans: Sequence[tuple[int, int, int]]) -> bool:
        (turn, start, _), (turn_before, _, end) = spans[position], spans[before[0]]
        begins = self.labels[label][0] == "B" and start > end
        other = begins or self._entities[label] != self._entities[before[1]]
        return other or position != before[0] + 1 or turn != turn_before

    def _tagged(self, run: Sequence[tuple[int, int]], scores: Floats, spans: Sequence[tuple[int, int, int]]) -> Tagged:
        turn, start, _ = spans[run[0][0]]
        sure = sum(1.0 - float(scores[position, 0]) for position, _ in run) / len(run)
        return Tagged(turn, self._entities[run[0][1]], start, spans[run[-1][0]][2], sure)

    def _check(self, words: int) -> None:
        """Raises ValueError or KeyError where the weights do not fit the configuration or the vocabulary."""
        width = self._weights["words"].shape[1]
        shapes: Mapping[str, tuple[int, ...]] = {
            "words": (words + 1, width),
            "output": (width, len(self.labels)),
            "output_bias": (len(self.labels),),
            "languages": (len(self.languages), width),
            **{f"kernel{number}": (3 * width, 2 * width) for number in range(len(self._gaps))},
        }
        wrong = [name for name, wanted in shapes.items() if self._weights[name].shape != wanted]
        if wrong:
            raise ValueError(f"shapes of {', '.join(wrong)}")


class _Vectors:
    """The vectors of the words met so far in one language, row by row in a table that doubles as it fills."""

    def __init__(self, weights: Mapping[str, Floats], rows: Mapping[str, int], language: int) -> None:
        self._weights = weights
        self._rows = rows
        self._base = weights["languages"][language]
        self._lock = Lock()
        self._places: dict[str, int] = {}
        self._table: Floats = np.zeros((_FIRST_ROWS, len(self._base)), np.float32)

    def of(self, tokens: Sequence[str]) -> Floats:
        """`(words, width)`"""
        with self._lock:
            self._learn(tokens)
            places, table = self._places, self._table
        return table[[places[token] for token in tokens]]

    def _learn(self, tokens: Sequence[str]) -> None:
        """Keep the vectors of all tokens. Others may be reading: rows in use are never changed, only left behind."""
        if len(self._places) > _MOST_KEPT:
            self._places, self._table = {}, np.zeros((_FIRST_ROWS, len(self._base)), np.float32)
        new = list(dict.fromkeys(token for token in tokens if token not in self._places))
        if not new:
            return
        count = len(self._places)
        if count + len(new) > len(self._table):
            self._table = np.concatenate(
                [self._table, np.zeros_like(self._table, shape=(count + len(new), len(self._base)))]
            )
        self._table[count : count + len(new)] = self._made(new)
        self._places.update((token, count + number) for number, token in enumerate(new))

    def _made(self, tokens: Sequence[str]) -> Floats:
        weights = self._weights
        summed: Floats = np.stack([self._sum(token) for token in tokens])
        hidden = np.maximum(summed @ weights["mix_in"] + weights["mix_in_bias"], 0.0)
        mixed: Floats = summed + hidden @ weights["mix_out"] + weights["mix_out_bias"]
        return mixed

    def _sum(self, token: str) -> Floats:
        word, weights = norm(token), self._weights
        vector: Floats = self._base + weights["words"][self._rows.get(word, 0)] + weights["shapes"][shape(token)]
        vector += weights["affixes"][list(affixes(word))].sum(axis=0)
        bits = list_bits(word)
        if bits:
            vector += weights["lists"][list(bits)].sum(axis=0)
        return vector


def _tokens(turns: Iterable[str]) -> tuple[list[tuple[int, int, int]], list[str]]:
    """Every token as (turn, start, end) and as text; a break, whose turn is -1, ends each turn."""
    spans: list[tuple[int, int, int]] = []
    tokens: list[str] = []
    for turn, text in enumerate(turns):
        for match in TOKEN.finditer(text):
            token = match[0]
            spans.append((turn if token != TURN_BREAK else -1, *match.span()))
            tokens.append(token)
        spans.append((-1, 0, 0))
        tokens.append(TURN_BREAK)
    return spans, tokens


def _unite(scores: Floats, tokens: Sequence[str], spans: Sequence[tuple[int, int, int]]) -> None:
    """Give the parts of a word with a hyphen or an apostrophe inside the mean of their probabilities, in place."""
    for joint in [position for position, token in enumerate(tokens) if token in _JOINTS]:
        parts = spans[max(joint - 1, 0) : joint + 2]
        if len(parts) == 3 and parts[0][2] == parts[1][1] and parts[1][2] == parts[2][1]:
            scores[joint - 1 : joint + 2] = scores[joint - 1 : joint + 2].mean(axis=0)


def _convolved(hidden: Floats, gap: int, kernel: Floats, bias: Floats) -> Floats:
    """Each word with the ones `gap` before and after it, through a maxout layer of two pieces."""
    count, width = hidden.shape
    window = np.zeros((count, 3 * width), np.float32)
    window[gap:, :width] = hidden[: max(count - gap, 0)]
    window[:, width : 2 * width] = hidden
    window[: max(count - gap, 0), 2 * width :] = hidden[gap:]
    pieces = window @ kernel
    pieces += bias
    return np.maximum(pieces[:, :width], pieces[:, width:])
