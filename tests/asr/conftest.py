"""Whisper directories of random weights, in Hugging Face form, with the bundled model's tokenizer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LANGUAGES = ("en", "fr", "de", "zh")


@pytest.fixture(scope="session")
def hugging_face(tmp_path_factory: pytest.TempPathFactory, bundled_model: Path) -> Callable[..., Path]:
    """`hugging_face(width=…, layers=…)` writes a directory and returns it."""

    def build(seed: int = 0, multilingual: bool = True, chunk_length: int = 30, **shape: Any) -> Path:
        import tokenizers
        import torch
        from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

        directory = tmp_path_factory.mktemp("whisper")
        shutil.copy(bundled_model / "tokenizer.json", directory / "tokenizer.json")
        vocabulary = tokenizers.Tokenizer.from_file(str(directory / "tokenizer.json"))
        named = {code: vocabulary.token_to_id(f"<|{code}|>") for code in LANGUAGES}
        stated = {
            "vocab_size": vocabulary.get_vocab_size(),
            "d_model": 48,
            "encoder_layers": 2,
            "decoder_layers": 2,
            "encoder_attention_heads": 3,
            "decoder_attention_heads": 3,
            "encoder_ffn_dim": 96,
            "decoder_ffn_dim": 96,
            "max_source_positions": chunk_length * 50,
            "init_std": 0.2,
            **shape,
        }
        torch.manual_seed(seed)
        end = vocabulary.token_to_id("<|endoftext|>")
        ids = dict.fromkeys(("pad_token_id", "bos_token_id", "eos_token_id"), end)
        model = WhisperForConditionalGeneration(
            WhisperConfig(**stated, **ids, suppress_tokens=None, begin_suppress_tokens=None)
        )
        model.generation_config = GenerationConfig(
            alignment_heads=[[0, 1], [1, 0]],
            lang_to_id={f"<|{code}|>": i for code, i in named.items()},
            is_multilingual=multilingual,
            begin_suppress_tokens=[vocabulary.token_to_id("Ġ"), end],
        )
        model.save_pretrained(directory)
        extractor = {"chunk_length": chunk_length, "feature_size": stated.get("num_mel_bins", 80)}
        (directory / "preprocessor_config.json").write_text(json.dumps(extractor))
        return directory

    return build
