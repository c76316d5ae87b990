"""From a checkpoint to files that others load: Hugging Face (fp32) and CTranslate2 (int8), with Whisper's contract."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from tokenizers import Tokenizer

from engine.models import write_manifest
from scripts.train_speech_model.languages import LANGUAGES
from scripts.train_speech_model.losses import GUIDED_HEADS
from scripts.train_speech_model.model import DECODER_POSITIONS, ENCODER_POSITIONS, MELS
from scripts.train_speech_model.vocabulary import Vocabulary

CHUNK_LENGTH_S = 30
_COPIED = ["tokenizer.json", "preprocessor_config.json"]


def export(folder: Path, out: Path) -> None:
    """Write `out`/huggingface and `out`/ctranslate2 from the averaged weights in `folder`, over what was there."""
    checkpoint = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)
    vocabulary = Vocabulary(Tokenizer.from_file(str(folder / "tokenizer.json")))
    _write_hugging_face(checkpoint, vocabulary, folder / "tokenizer.json", out / "huggingface")
    _convert(out / "huggingface", out / "ctranslate2")


def bundle(folder: Path, target: Path) -> None:
    """Put the CTranslate2 form with its card and manifest into `target`, over what was there."""
    with TemporaryDirectory(dir=target.parent) as made:
        export(folder, Path(made))
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(Path(made) / "ctranslate2", target)
    checkpoint = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)
    (target / "MODEL_CARD.md").write_text(_card(checkpoint, target), encoding="utf-8")
    write_manifest(target)


def _card(checkpoint: dict[str, Any], directory: Path) -> str:
    size, (_, _, audio_s) = checkpoint["size"], checkpoint["clock"]
    parameters = sum(weight.numel() for name, weight in checkpoint["average"].items() if not name.startswith("phones."))
    return _CARD.format(
        **size,
        name=directory.name,
        parameters=parameters / 1e6,
        megabytes=sum(file.stat().st_size for file in directory.iterdir()) / 1e6,
        hours=round(audio_s / 3600),
        languages=", ".join(LANGUAGES),
        begun=", begun from the weights of an earlier model of its own" if checkpoint["begun_from_another"] else "",
    )


_CARD = """\
# {name}

A demonstration and test model. It was trained on synthetic speech only: on recordings of people it writes nonsense.
Use real Whisper weights for real calls (`call-engine models pull`, or any local CTranslate2 directory).

| | |
|---|---|
| Architecture | Whisper, {parameters:.1f} M parameters: width {width}, {heads} heads, {encoder_layers} encoder and \
{decoder_layers} decoder layers |
| Format | CTranslate2, int8, {megabytes:.1f} MB |
| Languages | {languages}; everything written as spoken ("twenty-three", "at example dot com") |
| Trained by | this project (`scripts/train_speech_model`){begun}, {hours} h of windows of generated text spoken by \
espeak-ng, flite and festival |
| Good for | sentences in the manner of the generated text, in those voices; figures by voice and language: \
`benchmarks/results/bench_speech_model.csv` |
| Not good for | anything else; real voices: nonsense |

`manifest.json` holds the SHA-256 and size of every file.
"""


def _write_hugging_face(checkpoint: dict[str, Any], vocabulary: Vocabulary, tokenizer: Path, out: Path) -> None:
    from transformers import WhisperForConditionalGeneration

    shutil.rmtree(out, ignore_errors=True)
    model = WhisperForConditionalGeneration(_config(checkpoint["size"], vocabulary))
    trained = {name: weight for name, weight in checkpoint["average"].items() if not name.startswith("phones.")}
    state = {f"model.{name}": weight.float() for name, weight in trained.items()}
    model.load_state_dict({**state, "proj_out.weight": state["model.decoder.embed_tokens.weight"]})
    model.generation_config = _generation_config(checkpoint["size"], vocabulary)
    model.save_pretrained(out)
    shutil.copy(tokenizer, out / "tokenizer.json")
    (out / "tokenizer_config.json").write_text(json.dumps(_TOKENIZER_CONFIG))
    (out / "preprocessor_config.json").write_text(json.dumps(_PREPROCESSOR_CONFIG))


def _config(size: dict[str, int], vocabulary: Vocabulary) -> Any:
    from transformers import WhisperConfig

    end = vocabulary.id("endoftext")
    return WhisperConfig(
        vocab_size=vocabulary.size,
        num_mel_bins=MELS,
        d_model=size["width"],
        encoder_layers=size["encoder_layers"],
        decoder_layers=size["decoder_layers"],
        encoder_attention_heads=size["heads"],
        decoder_attention_heads=size["heads"],
        encoder_ffn_dim=4 * size["width"],
        decoder_ffn_dim=4 * size["width"],
        max_source_positions=ENCODER_POSITIONS,
        max_target_positions=DECODER_POSITIONS,
        pad_token_id=end,
        bos_token_id=end,
        eos_token_id=end,
        decoder_start_token_id=vocabulary.id("startoftranscript"),
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )


def _generation_config(size: dict[str, int], vocabulary: Vocabulary) -> Any:
    """Names are those of Whisper's own generation_config.json; the guided heads are the alignment heads."""
    from faster_whisper.tokenizer import Tokenizer as WhisperTokenizer
    from transformers import GenerationConfig

    end = vocabulary.id("endoftext")
    return GenerationConfig(
        decoder_start_token_id=vocabulary.id("startoftranscript"),
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        max_length=DECODER_POSITIONS,
        suppress_tokens=list(WhisperTokenizer(vocabulary.tokenizer, True, "transcribe", "en").non_speech_tokens),
        begin_suppress_tokens=[vocabulary.tokenizer.token_to_id("Ġ"), end],
        alignment_heads=[[layer, head] for layer in range(size["decoder_layers"]) for head in range(GUIDED_HEADS)],
        lang_to_id={f"<|{language}|>": vocabulary.id(language) for language in LANGUAGES},
        task_to_id={task: vocabulary.id(task) for task in ("transcribe", "translate")},
        no_timestamps_token_id=vocabulary.id("notimestamps"),
        prev_sot_token_id=vocabulary.id("startofprev"),
        max_initial_timestamp_index=50,
        is_multilingual=True,
    )


_TOKENIZER_CONFIG = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "bos_token": "<|endoftext|>",
    "eos_token": "<|endoftext|>",
    "unk_token": "<|endoftext|>",
    "pad_token": "<|endoftext|>",
}
_PREPROCESSOR_CONFIG = {
    "feature_extractor_type": "WhisperFeatureExtractor",
    "processor_class": "WhisperProcessor",
    "feature_size": MELS,
    "sampling_rate": 16_000,
    "hop_length": 160,
    "n_fft": 400,
    "chunk_length": CHUNK_LENGTH_S,
    "n_samples": CHUNK_LENGTH_S * 16_000,
    "nb_max_frames": CHUNK_LENGTH_S * 100,
    "padding_side": "right",
    "padding_value": 0.0,
    "return_attention_mask": False,
}


def _convert(hugging_face: Path, out: Path) -> None:
    from ctranslate2.converters import TransformersConverter

    shutil.rmtree(out, ignore_errors=True)
    TransformersConverter(str(hugging_face), copy_files=_COPIED).convert(str(out), quantization="int8")
