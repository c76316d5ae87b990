"""Directories on disk: both formats give the same model, and a broken one names its file and its fault."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.asr.whisper.weights import load
from engine.errors import ModelError

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def directory(hugging_face):
    return hugging_face()


@pytest.fixture
def broken(directory, tmp_path):
    """A copy to break, and a function that rewrites its tensors."""
    copy = tmp_path / "model"
    shutil.copytree(directory, copy)

    def rewrite(change):
        tensors = load_file(copy / "model.safetensors")
        change(tensors)
        save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})

    return copy, rewrite


def test_both_formats_give_the_same_model(directory, tmp_path):
    from ctranslate2.converters import TransformersConverter

    TransformersConverter(str(directory)).convert(str(tmp_path / "ct2"))
    ours, theirs = (load(path, CPU, torch.float32) for path in (directory, tmp_path / "ct2"))
    assert ours.model.dimensions == theirs.model.dimensions
    assert ours.alignment_heads == theirs.alignment_heads and ours.language_ids == theirs.language_ids
    for (name, weight), other in zip(ours.model.state_dict().items(), theirs.model.state_dict().values(), strict=True):
        torch.testing.assert_close(weight, other, msg=name)


@pytest.mark.parametrize("quantization", ["int8", "float16", "bfloat16", "int8_float16"])
def test_quantised_weights_are_multiplied_out(directory, tmp_path, quantization):
    from ctranslate2.converters import TransformersConverter

    TransformersConverter(str(directory)).convert(str(tmp_path / "ct2"), quantization=quantization)
    ours, theirs = (load(path, CPU, torch.float32).model for path in (directory, tmp_path / "ct2"))
    for (name, weight), other in zip(ours.state_dict().items(), theirs.state_dict().values(), strict=True):
        assert (weight - other).abs().max() <= 0.02 * weight.abs().max().clamp(min=1e-3), name


def test_the_bundled_model_loads(bundled_model):
    checkpoint = load(bundled_model, CPU, torch.float32)
    assert checkpoint.model.dimensions.mels == 80
    assert len(checkpoint.alignment_heads) >= 2


def test_a_missing_tensor_is_named(broken):
    copy, rewrite = broken
    rewrite(lambda tensors: tensors.pop("model.decoder.layers.1.fc1.bias"))
    with pytest.raises(ModelError, match=r"no decoder\.layers\.1\.mlp\.up\.bias"):
        load(copy, CPU, torch.float32)


def test_an_extra_tensor_is_named(broken):
    copy, rewrite = broken
    rewrite(lambda tensors: tensors.update({"model.decoder.adapter.weight": torch.zeros(2)}))
    with pytest.raises(ModelError, match=r"unknown decoder\.adapter\.weight"):
        load(copy, CPU, torch.float32)


def test_a_misshapen_tensor_is_named_with_both_shapes(broken):
    copy, rewrite = broken
    rewrite(lambda tensors: tensors.update({"model.encoder.conv1.weight": torch.zeros(48, 40, 3)}))
    with pytest.raises(ModelError, match=r"encoder\.conv1\.weight of shape \(48, 40, 3\) instead of \(48, 80, 3\)"):
        load(copy, CPU, torch.float32)


def test_a_configuration_without_a_dimension_is_named(broken):
    copy, _ = broken
    config = json.loads((copy / "config.json").read_text())
    del config["d_model"]
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=r"config\.json.*\n?.*no d_model"):
        load(copy, CPU, torch.float32)


def test_a_safetensors_file_that_breaks_off(broken):
    copy, _ = broken
    file = copy / "model.safetensors"
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read"):
        load(copy, CPU, torch.float32)


@pytest.mark.parametrize("kept", [0, 3, 40, 5000])
def test_a_model_bin_that_breaks_off(bundled_model, tmp_path, kept):
    shutil.copytree(bundled_model, tmp_path / "model")
    file = tmp_path / "model" / "model.bin"
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(ModelError, match=r"model\.bin cannot be read"):
        load(tmp_path / "model", CPU, torch.float32)


def test_a_directory_without_a_model(tmp_path):
    with pytest.raises(ModelError, match=r"neither model\.bin nor config\.json"):
        load(tmp_path, CPU, torch.float32)
