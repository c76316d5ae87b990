"""Whisper directories of random weights and true shapes, in both formats: for speed, not for words."""

from __future__ import annotations

import json
from pathlib import Path

SHAPES = {
    # name: width, encoder layers, decoder layers, vocabulary, mels
    "tiny": (384, 4, 4, 51865, 80),
    "base": (512, 6, 6, 51865, 80),
    "small": (768, 12, 12, 51865, 80),
    "large-v3": (1280, 32, 32, 51866, 128),
    "large-v3-turbo": (1280, 32, 4, 51866, 128),
}
_LANGUAGES = ("en", "de", "fr", "es")
_TASKS = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
_TIMESTAMPS = 1501


def build(shape: str, folder: Path, ctranslate2: bool) -> Path:
    """Write `folder`/huggingface and, if asked for, `folder`/ctranslate2; returns the one asked for."""
    hugging_face = folder / "huggingface"
    if not (hugging_face / "config.json").exists():
        _write(shape, hugging_face)
    if ctranslate2 and not (folder / "ctranslate2" / "model.bin").exists():
        from ctranslate2.converters import TransformersConverter

        copied = ["tokenizer.json", "preprocessor_config.json"]
        TransformersConverter(str(hugging_face), copy_files=copied).convert(str(folder / "ctranslate2"))
    return folder / ("ctranslate2" if ctranslate2 else "huggingface")


def _write(shape: str, out: Path) -> None:
    import torch
    from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

    width, encoder_layers, decoder_layers, vocabulary, mels = SHAPES[shape]
    out.mkdir(parents=True, exist_ok=True)
    ids = _write_tokenizer(vocabulary, out)
    end = ids["<|endoftext|>"]
    torch.manual_seed(0)
    config = WhisperConfig(
        vocab_size=vocabulary,
        num_mel_bins=mels,
        d_model=width,
        encoder_layers=encoder_layers,
        decoder_layers=decoder_layers,
        encoder_attention_heads=width // 64,
        decoder_attention_heads=width // 64,
        encoder_ffn_dim=4 * width,
        decoder_ffn_dim=4 * width,
        pad_token_id=end,
        bos_token_id=end,
        eos_token_id=end,
        decoder_start_token_id=ids["<|startoftranscript|>"],
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )
    model = WhisperForConditionalGeneration(config)
    heads = [[layer, head] for layer in range(decoder_layers // 2, decoder_layers) for head in (0, 1)][:6]
    model.generation_config = GenerationConfig(
        decoder_start_token_id=ids["<|startoftranscript|>"],
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        alignment_heads=heads,
        lang_to_id={f"<|{code}|>": ids[f"<|{code}|>"] for code in _LANGUAGES},
        task_to_id={"transcribe": ids["<|transcribe|>"]},
        no_timestamps_token_id=ids["<|notimestamps|>"],
        suppress_tokens=[end],  # every window writes as many tokens as it is asked to
        is_multilingual=True,
    )
    model.half().save_pretrained(out) if shape.startswith("large") else model.save_pretrained(out)
    (out / "preprocessor_config.json").write_text(json.dumps({"chunk_length": 30, "feature_size": mels}))


def _write_tokenizer(vocabulary: int, out: Path) -> dict[str, int]:
    """Bytes, fillers, the empty token that marks a multilingual model, then Whisper's special tokens and timestamps."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in _LANGUAGES)]
    special += [f"<|{task}|>" for task in _TASKS]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    texts = vocabulary - len(special) - _TIMESTAMPS
    pieces = [*alphabet, *(f"Ġ{number}" for number in range(texts - len(alphabet) - 1)), ""]
    tokenizer = Tokenizer(models.BPE({piece: index for index, piece in enumerate(pieces)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    stamps = [f"<|{index * 0.02:.2f}|>" for index in range(_TIMESTAMPS)]
    tokenizer.add_tokens([AddedToken(stamp, special=False, normalized=False) for stamp in stamps])
    tokenizer.save(str(out / "tokenizer.json"))
    (out / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}))
    return dict(tokenizer.get_vocab())
