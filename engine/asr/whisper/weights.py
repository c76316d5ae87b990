"""Weights on disk -> Whisper: Hugging Face directories (safetensors) and CTranslate2 directories (model.bin).

Both are read into the names of `model.py`; every tensor must be there, be known, and have the shape that the
directory's configuration states.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.asr.whisper import ctranslate2_format
from engine.asr.whisper.model import Dimensions, Whisper
from engine.errors import ModelError

_REMEDY = "run `call-engine models verify` and pull it again"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded directory. `alignment_heads`: (layer, head); `language_ids`: the languages it was trained for."""

    model: Whisper
    alignment_heads: tuple[tuple[int, int], ...]
    suppressed: tuple[int, ...]
    not_first: tuple[int, ...]
    language_ids: tuple[int, ...]
    multilingual: bool


def load(directory: Path, device: torch.device, dtype: torch.dtype) -> Checkpoint:
    """The model in `directory`; raises ModelError that names the file and the tensor at fault."""
    if (directory / "model.bin").is_file():
        return _from_ctranslate2(directory, device, dtype)
    if (directory / "config.json").is_file() and any(directory.glob("*.safetensors")):
        return _from_hugging_face(directory, device, dtype)
    raise ModelError(
        f"model directory {directory} cannot be loaded",
        received="neither model.bin nor config.json with *.safetensors",
        expected="a Whisper directory of Hugging Face or CTranslate2",
        remedy="run `call-engine models list` and `call-engine models pull NAME`",
    )


def _filled(dimensions: Dimensions, state: Mapping[str, Tensor], file: Path, to: Callable[[Tensor], Tensor]) -> Whisper:
    """A model with `state`, after its names and shapes were checked."""
    with torch.device("meta"):
        model = Whisper(dimensions)
    expected = {name: tuple(weight.shape) for name, weight in model.state_dict().items()}
    faults = [f"no {name}" for name in expected.keys() - state.keys()]
    faults += [f"unknown {name}" for name in state.keys() - expected.keys()]
    faults += [
        f"{name} of shape {tuple(state[name].shape)} instead of {shape}"
        for name, shape in expected.items()
        if name in state and tuple(state[name].shape) != shape
    ]
    if faults:
        raise ModelError(
            f"{file} does not fit its configuration", received="; ".join(sorted(faults)[:5]), remedy=_REMEDY
        )
    model.load_state_dict({name: to(weight) for name, weight in state.items()}, assign=True)
    model.eval().requires_grad_(False)
    return model


# --- Hugging Face -----------------------------------------------------------------------------------------------------

_HF_LAYER = {
    "self_attn_layer_norm": "attention_norm",
    "self_attn.out_proj": "out",
    "encoder_attn_layer_norm": "cross_norm",
    "encoder_attn.q_proj": "cross_query",
    "encoder_attn.out_proj": "cross_out",
    "final_layer_norm": "mlp.norm",
    "fc1": "mlp.up",
    "fc2": "mlp.down",
}
_HF_TOP = {
    "embed_positions.weight": "positions",
    "embed_tokens.weight": "embedding",
    "layer_norm.": "norm.",
}


def _from_hugging_face(directory: Path, device: torch.device, dtype: torch.dtype) -> Checkpoint:
    config = _read_json(directory / "config.json")
    generation = _read_json(directory / "generation_config.json")
    dimensions = _hugging_face_dimensions(config, directory)
    state = _from_hugging_face_names(dict(_safetensors(directory)))
    languages = generation.get("lang_to_id") or {}
    return Checkpoint(
        model=_filled(dimensions, state, directory, lambda weight: weight.to(device, dtype)),
        alignment_heads=_pairs(generation.get("alignment_heads")) or _default_heads(dimensions),
        suppressed=tuple(generation.get("suppress_tokens") or ()),
        not_first=tuple(generation.get("begin_suppress_tokens") or ()),
        language_ids=tuple(sorted(languages.values())),
        multilingual=bool(generation.get("is_multilingual", len(languages) > 1)),
    )


def _hugging_face_dimensions(config: Mapping[str, Any], directory: Path) -> Dimensions:
    try:
        return Dimensions(
            mels=config["num_mel_bins"],
            width=config["d_model"],
            encoder_heads=config["encoder_attention_heads"],
            decoder_heads=config["decoder_attention_heads"],
            encoder_layers=config["encoder_layers"],
            decoder_layers=config["decoder_layers"],
            encoder_hidden=config["encoder_ffn_dim"],
            decoder_hidden=config["decoder_ffn_dim"],
            positions=config["max_source_positions"],
            tokens=config["max_target_positions"],
            vocabulary=config["vocab_size"],
        )
    except KeyError as error:
        raise ModelError(
            f"{directory / 'config.json'} is not a Whisper configuration",
            received=f"no {error.args[0]}",
            remedy=_REMEDY,
        ) from None


def _safetensors(directory: Path) -> Iterator[tuple[str, Tensor]]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    for file in sorted(directory.glob("*.safetensors")):
        try:
            yield from load_file(file).items()
        except (SafetensorError, OSError) as error:
            raise ModelError(f"{file} cannot be read", received=type(error).__name__, remedy=_REMEDY) from error


def _from_hugging_face_names(found: dict[str, Tensor]) -> dict[str, Tensor]:
    """Names of `model.py`; queries, keys (which have no bias) and values of a layer become one tensor."""
    state: dict[str, Tensor] = {}
    parts: dict[str, dict[str, Tensor]] = {}
    for name, weight in found.items():
        name = name.removeprefix("model.")
        if name == "proj_out.weight":  # tied to the embedding
            continue
        if projection := re.fullmatch(r"(.*)\.(self|encoder)_attn\.([qkv])_proj\.(\w+)", name):
            layer, attention, part, kind = projection.groups()
            if attention == "self" or part != "q":
                joined = "qkv" if attention == "self" else "cross_key_value"
                parts.setdefault(f"{layer}.{joined}.{kind}", {})[part] = weight
                continue
        state[_renamed(name)] = weight
    for name, weights in parts.items():
        if name.endswith("bias") and "v" in weights:
            weights["k"] = torch.zeros_like(weights["v"])
        state[name] = torch.cat([weights[part] for part in "qkv" if part in weights])
    return state


def _renamed(name: str) -> str:
    inner = re.fullmatch(r"((?:en|de)coder\.layers\.\d+)\.(.*)\.(weight|bias)", name)
    if inner and inner[2] in _HF_LAYER:
        return f"{inner[1]}.{_HF_LAYER[inner[2]]}.{inner[3]}"
    side, _, rest = name.partition(".")
    top = next((_HF_TOP[old] + rest.removeprefix(old) for old in _HF_TOP if rest.startswith(old)), rest)
    return f"{side}.{top}"


def hugging_face_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The other way: a `Whisper.state_dict()` under Hugging Face's names, each projection by itself; what training
    begins with may so be any directory that can be read here."""
    layers, tops = ({ours: theirs for theirs, ours in names.items()} for names in (_HF_LAYER, _HF_TOP))
    found: dict[str, Tensor] = {}
    for name, weight in state.items():
        inner = re.fullmatch(r"((?:en|de)coder\.layers\.\d+)\.(.*)\.(weight|bias)", name)
        if inner is None:
            side, _, rest = name.partition(".")
            top = next((tops[ours] + rest.removeprefix(ours) for ours in tops if rest.startswith(ours)), rest)
            found[f"{side}.{top}"] = weight
        elif inner[2] in layers:
            found[f"{inner[1]}.{layers[inner[2]]}.{inner[3]}"] = weight
        else:
            attention, parts = ("self_attn", "qkv") if inner[2] == "qkv" else ("encoder_attn", "kv")
            for part, projection in zip(parts, weight.chunk(len(parts)), strict=True):
                if part != "k" or inner[3] != "bias":
                    found[f"{inner[1]}.{attention}.{part}_proj.{inner[3]}"] = projection
    return found


# --- CTranslate2 ------------------------------------------------------------------------------------------------------

_CT2_PARTS = {
    "self_attention/layer_norm": "attention_norm",
    "self_attention/linear_0": "qkv",
    "self_attention/linear_1": "out",
    "attention/layer_norm": "cross_norm",
    "attention/linear_0": "cross_query",
    "attention/linear_1": "cross_key_value",
    "attention/linear_2": "cross_out",
    "ffn/layer_norm": "mlp.norm",
    "ffn/linear_0": "mlp.up",
    "ffn/linear_1": "mlp.down",
}
_CT2_LEAVES = {"gamma": "weight", "beta": "bias"}


def _from_ctranslate2(directory: Path, device: torch.device, dtype: torch.dtype) -> Checkpoint:
    file = directory / "model.bin"
    found = ctranslate2_format.read(file)
    config = _read_json(directory / "config.json")
    state = {name: weight for name, weight in map(_from_ctranslate2_name, *zip(*found.items(), strict=True)) if name}
    heads = int(found["encoder/num_heads"]), int(found["decoder/num_heads"])
    dimensions = _dimensions_of(state, heads, file)
    vocabulary = json.loads((directory / "vocabulary.json").read_text(encoding="utf-8"))
    return Checkpoint(
        model=_filled(dimensions, state, file, lambda weight: weight.to(device, dtype)),
        alignment_heads=_pairs(config.get("alignment_heads")) or _default_heads(dimensions),
        suppressed=tuple(config.get("suppress_ids") or ()),
        not_first=tuple(config.get("suppress_ids_begin") or ()),
        language_ids=tuple(config.get("lang_ids") or ()),
        multilingual="" in vocabulary,  # ctranslate2's own rule
    )


def _from_ctranslate2_name(name: str, weight: Tensor) -> tuple[str, Tensor]:
    """The name of `model.py`, "" for what is no weight."""
    side, _, rest = name.partition("/")
    if rest in ("embeddings/weight", "position_encodings/encodings"):
        return f"{side}.{'embedding' if rest.startswith('embeddings') else 'positions'}", weight
    path, _, leaf = rest.rpartition("/")
    leaf = _CT2_LEAVES.get(leaf, leaf)
    if leaf not in ("weight", "bias") or path == "projection":  # the projection is tied to the embedding
        return "", weight
    if path in ("conv1", "conv2", "layer_norm"):
        return f"{side}.{'norm' if path == 'layer_norm' else path}.{leaf}", weight
    layer = re.fullmatch(r"layer_(\d+)/(.*)", path)
    if layer and layer[2] in _CT2_PARTS:
        return f"{side}.layers.{layer[1]}.{_CT2_PARTS[layer[2]]}.{leaf}", weight
    return name, weight


def _dimensions_of(state: Mapping[str, Tensor], heads: tuple[int, int], file: Path) -> Dimensions:
    """A CTranslate2 directory states no dimensions: they are those of its tensors."""
    try:
        return Dimensions(
            mels=state["encoder.conv1.weight"].shape[1],
            width=state["encoder.conv1.weight"].shape[0],
            encoder_heads=heads[0],
            decoder_heads=heads[1],
            encoder_layers=_count(state, "encoder"),
            decoder_layers=_count(state, "decoder"),
            encoder_hidden=state["encoder.layers.0.mlp.up.bias"].shape[0],
            decoder_hidden=state["decoder.layers.0.mlp.up.bias"].shape[0],
            positions=state["encoder.positions"].shape[0],
            tokens=state["decoder.positions"].shape[0],
            vocabulary=state["decoder.embedding"].shape[0],
        )
    except KeyError as error:
        raise ModelError(f"{file} is not a Whisper", received=f"no {error.args[0]}", remedy=_REMEDY) from None


def _count(state: Mapping[str, Tensor], side: str) -> int:
    return 1 + max(int(name.split(".")[2]) for name in state if name.startswith(f"{side}.layers."))


# --- both -------------------------------------------------------------------------------------------------------------


def _pairs(listed: object) -> tuple[tuple[int, int], ...]:
    return tuple((int(layer), int(head)) for layer, head in listed) if isinstance(listed, list) else ()


def _default_heads(dimensions: Dimensions) -> tuple[tuple[int, int], ...]:
    """All heads of the upper half of the layers, as openai/whisper does where a model names none."""
    layers = range(dimensions.decoder_layers // 2, dimensions.decoder_layers)
    return tuple((layer, head) for layer in layers for head in range(dimensions.decoder_heads))


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ModelError(f"{path} cannot be read", expected="JSON", remedy=_REMEDY) from error
