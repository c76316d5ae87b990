"""Starting from another model's weights instead of from nothing: what it hears already need not be learned again."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from scripts.train_speech_model.model import SpeechModel

_TOKENS = "decoder.embed_tokens.weight"


def start_from(model: SpeechModel, directory: Path, tokenizer: Tokenizer) -> None:
    """Copy the weights of a Hugging Face Whisper of the same width into `model`, tokens by what they spell.

    Layers that only `model` has add nothing until they have learned something.
    Raises SystemExit where the widths differ.
    """
    found = {name.removeprefix("model."): weight for name, weight in load_file(directory / "model.safetensors").items()}
    if found[_TOKENS].shape[1] != model.size.width:
        raise SystemExit(f"{directory} is {found[_TOKENS].shape[1]} wide; expected {model.size.width}")
    state = model.state_dict()
    embedding = _respelled(state[_TOKENS], found.pop(_TOKENS), tokenizer, directory)
    common = {name: weight for name, weight in found.items() if name in state}
    model.load_state_dict({**state, **common, _TOKENS: embedding})
    for side, layers in (("encoder", model.encoder.layers), ("decoder", model.decoder.layers)):
        for index, layer in enumerate(layers):
            if f"{side}.layers.{index}.fc1.weight" not in found:
                _silence(layer)


def _respelled(rows: Tensor, found: Tensor, tokenizer: Tokenizer, directory: Path) -> Tensor:
    """`rows` (vocabulary, width) with those of `found` whose token has the same spelling there."""
    theirs = Tokenizer.from_file(str(directory / "tokenizer.json")).get_vocab()
    rows = rows.clone()
    for token, index in tokenizer.get_vocab().items():
        if token in theirs:
            rows[index] = found[theirs[token]]
    return rows


def _silence(layer: nn.Module) -> None:
    """Zero what the layer adds to its input."""
    for name, parameter in layer.named_parameters():
        if "out_proj" in name or "fc2" in name:
            nn.init.zeros_(parameter)
