"""Starting from another model's weights instead of from nothing: what it hears already need not be learned again.

A narrower model is laid into the first places of every axis, of every head where an axis holds heads; what is new reads
at random and writes nothing until it has learned something (Net2Net, Chen et al. 2016, but only nearly function-
preserving: the layer norms are right where the mean of the features is near zero).
"""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from engine.asr.whisper.weights import hugging_face_names, load
from scripts.train_speech_model.model import SpeechModel

_TOKENS = "decoder.embed_tokens.weight"
_WRITING = ("conv2", "out_proj", "fc2", "k_proj", "embed")
_ROWS_OF_HEADS, _COLUMNS_OF_HEADS = ("q_proj", "k_proj", "v_proj"), ("out_proj.weight",)


def start_from(model: SpeechModel, directory: Path, tokenizer: Tokenizer) -> None:
    """Copy the weights of a Whisper directory (Hugging Face, CTranslate2), as wide as `model` or narrower, tokens by
    what they spell.

    Layers that only `model` has add nothing until they have learned something.
    Raises SystemExit where the model found is wider.
    """
    found = hugging_face_names(load(directory, torch.device("cpu"), torch.float32).model.state_dict())
    width, found_width = model.size.width, found[_TOKENS].shape[1]
    if found_width > width:
        raise SystemExit(f"{directory} is {found_width} wide; expected {width} or less")
    state = model.state_dict()
    found[_TOKENS] = _respelled(state[_TOKENS][:, :found_width], found[_TOKENS], tokenizer, directory)
    common = {
        name: _widened(name, state[name], weight, found_width / width, model.size.heads)
        for name, weight in found.items()
        if name in state
    }
    model.load_state_dict({**state, **common})
    for side, layers in (("encoder", model.encoder.layers), ("decoder", model.decoder.layers)):
        for index, layer in enumerate(layers):
            if f"{side}.layers.{index}.fc1.weight" not in found:
                _silence(layer)


def _widened(name: str, new: Tensor, found: Tensor, ratio: float, heads: int) -> Tensor:
    """`found` in the first places of `new`; scaled where the width itself is a factor of what a layer computes."""
    rows = torch.arange(len(found))
    if any(part in name for part in _ROWS_OF_HEADS):
        rows = _places_of_heads(len(found), len(new), heads)
    wide = torch.zeros_like(new) if any(part in name for part in _WRITING) else new.clone()
    if found.ndim == 1:
        wide[rows] = found
    else:
        columns = torch.arange(found.shape[1])
        if name.endswith(_COLUMNS_OF_HEADS):
            columns = _places_of_heads(found.shape[1], new.shape[1], heads)
        wide[rows[:, None], columns] = found
    if "layer_norm.weight" in name:
        wide[rows] *= ratio**0.5  # the variance is taken over the zeros too
    if "q_proj" in name:
        wide[rows] /= ratio**0.5  # attention divides by the root of a head's width
    return wide


def _places_of_heads(found: int, new: int, heads: int) -> Tensor:
    """Where each of `found` features, a head after the other, lies among `new` ones."""
    features = torch.arange(found)
    a_head = found // heads
    return features // a_head * (new // heads) + features % a_head


def _respelled(rows: Tensor, found: Tensor, tokenizer: Tokenizer, directory: Path) -> Tensor:
    """`rows` (vocabulary, width) with those of `found` by spelling; a token in pieces there gets their mean."""
    theirs = Tokenizer.from_file(str(directory / "tokenizer.json"))
    rows = rows.clone()
    for token, index in tokenizer.get_vocab().items():
        pieces = [theirs.token_to_id(token)]
        if pieces == [None]:
            pieces = theirs.encode(tokenizer.decode([index])).ids
        if pieces:
            rows[index] = found[pieces].mean(dim=0)
    return rows


def _silence(layer: nn.Module) -> None:
    """Zero what the layer adds to its input."""
    for name, parameter in layer.named_parameters():
        if "out_proj" in name or "fc2" in name:
            nn.init.zeros_(parameter)
