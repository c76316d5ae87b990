"""A multilingual Whisper of random weights in CTranslate2 form: for languages, windows and mel bins, not for words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import tokenizers
from ctranslate2.specs import WhisperSpec

WIDTH = 32
MULTILINGUAL_MARK = ""  # ctranslate2 4.8 takes a model for multilingual when its vocabulary has the empty token


def build(directory: Path, tokenizer: Path, *, chunk_length: int = 30, mels: int = 80, seed: int = 0) -> Path:
    """Write a two-layer model with the vocabulary of `tokenizer` and the mark of a multilingual one."""
    directory.mkdir(parents=True)
    vocabulary = tokenizers.Tokenizer.from_file(str(tokenizer))
    known = vocabulary.get_vocab_size()
    spec = WhisperSpec(2, 2, 2, 2)
    _fill(spec, mels, chunk_length, known + 1, np.random.default_rng(seed))
    tokens = [vocabulary.id_to_token(i) for i in range(known)]
    spec.register_vocabulary([*tokens, MULTILINGUAL_MARK])
    languages = [i for i, token in enumerate(tokens) if token[:2] == "<|" and len(token.strip("<|>")) in (2, 3)]
    spec.config.lang_ids = languages
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.alignment_heads = [[0, 0], [1, 1]]
    spec.validate()
    spec.save(str(directory))
    shutil.copy(tokenizer, directory / "tokenizer.json")
    (directory / "preprocessor_config.json").write_text(
        json.dumps({"chunk_length": chunk_length, "feature_size": mels})
    )
    return directory


def _fill(spec: WhisperSpec, mels: int, chunk_length: int, vocabulary: int, rng: np.random.Generator) -> None:
    def random(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) * 0.2).astype(np.float32)

    for name, value in spec.variables().items():
        if value is None:
            _set(spec, name, _norm(name) if "layer_norm" in name else random(*_shape(name, mels, vocabulary)))
    spec.encoder.conv1.bias = spec.encoder.conv2.bias = np.zeros(WIDTH, np.float32)
    spec.encoder.position_encodings.encodings = random(chunk_length * 50, WIDTH)
    spec.decoder.position_encodings.encodings = random(448, WIDTH)
    bias = np.zeros(vocabulary, np.float32)
    bias[-1] = -1e4  # the mark is never written
    spec.decoder.projection.bias = bias


def _norm(name: str) -> np.ndarray:
    return np.full(WIDTH, float(name.endswith("gamma")), np.float32)


def _shape(name: str, mels: int, vocabulary: int) -> tuple[int, ...]:
    layer = name.split("/")[-2]
    if "conv" in layer:
        return WIDTH, mels if layer == "conv1" else WIDTH, 3
    if "ffn" in name:
        return (2 * WIDTH, WIDTH) if layer == "linear_0" else (WIDTH, 2 * WIDTH)
    if "self_attention" in name:
        return (3 * WIDTH, WIDTH) if layer == "linear_0" else (WIDTH, WIDTH)
    if "/attention/" in name:
        return (2 * WIDTH, WIDTH) if layer == "linear_1" else (WIDTH, WIDTH)
    return vocabulary, WIDTH


def _set(spec: WhisperSpec, name: str, tensor: np.ndarray) -> None:
    """Assign by variable name; `layer_0` and `linear_2` stand for list items."""
    *path, leaf = name.split("/")
    target = spec
    for part in path:
        stem, _, number = part.rpartition("_")
        items = getattr(target, stem, None) if number.isdigit() else None
        target = items[int(number)] if isinstance(items, list) else getattr(target, part)
    setattr(target, leaf, tensor)
