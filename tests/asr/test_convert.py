"""`models convert`: a Hugging Face directory becomes one that ctranslate2 and the torch backend both read."""

from __future__ import annotations

import json
import shutil

import pytest
import torch

from engine.asr.convert import convert
from engine.asr.ct2 import Ct2Recognizer
from engine.asr.whisper.weights import load
from engine.config_types import AsrConfig
from engine.errors import InputError, ModelError
from engine.models import verify
from engine.serve.cli import main


@pytest.fixture(scope="module")
def source(hugging_face):
    return hugging_face()


def test_the_converted_model_is_the_same(source, tmp_path):
    target = convert(source, tmp_path / "converted", "float32")
    assert verify(target) == []
    assert json.loads((target / "manifest.json").read_text())["name"] == "converted"
    ours, theirs = (load(path, torch.device("cpu"), torch.float32).model.state_dict() for path in (source, target))
    for name, weight in ours.items():
        torch.testing.assert_close(weight, theirs[name], msg=name)


def test_ctranslate2_reads_it(source, tmp_path):
    recognizer = Ct2Recognizer(AsrConfig(compute_type="int8"), convert(source, tmp_path / "converted"))
    assert recognizer.window_s == 30.0
    recognizer.close()


def test_the_command_line_converts_into_the_model_directory(source, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CALL_ENGINE_MODELS", str(tmp_path))
    assert main(["models", "convert", str(source)]) == 0
    assert (tmp_path / f"{source.name}-int8" / "model.bin").is_file()
    assert f"{source.name}-int8" in capsys.readouterr().out


def test_what_is_there_is_not_written_over(source, tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match="exists"):
        convert(source, tmp_path / "mine")


def test_a_directory_that_cannot_be_converted_leaves_nothing_behind(source, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(source, broken)
    (broken / "model.safetensors").write_bytes(b"no tensors")
    with pytest.raises(ModelError, match="cannot be converted"):
        convert(broken, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken"]


def test_a_directory_without_a_tokenizer_is_named(source, tmp_path):
    bare = tmp_path / "bare"
    shutil.copytree(source, bare)
    (bare / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"no tokenizer\.json"):
        convert(bare, tmp_path / "out")
