"""Finding, verifying and pulling model files. The hub is a border that we do not own: a local server stands for it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.errors import ModelError, UnknownNameError
from engine.models import (
    MANIFEST,
    bundled_model,
    find_model,
    local_models,
    verify,
    write_manifest,
)
from engine.profiles import fitting_profile


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("CALL_ENGINE_MODELS", str(tmp_path))
    return tmp_path


def test_the_bundled_model_is_whole_and_says_what_it_is(models):
    assert verify(bundled_model()) == []
    assert find_model("bundled") == bundled_model()
    for bundled in local_models():
        assert find_model(bundled.name) == bundled.path and verify(bundled.path) == []
        assert "demonstration" in bundled.note or bundled.name == "privacy-nano"


def test_a_model_is_found_by_name_and_by_path(models):
    copy = shutil.copytree(bundled_model(), models / "mine")
    assert find_model("mine") == copy
    assert find_model(str(copy)) == copy
    assert [model.name for model in local_models()] == ["bundled", "bundled-multilingual", "privacy-nano", "mine"]


def test_unknown_known_and_missing(models):
    with pytest.raises(UnknownNameError, match="did you mean 'whisper-large-v3-turbo'"):
        find_model("whisper-large-v3-turb")
    with pytest.raises(ModelError, match="models pull whisper-small"):
        find_model("whisper-small")
    with pytest.raises(ModelError, match="does not exist"):
        find_model("/nowhere/whisper")


def test_damage_is_found(models):
    copy = Path(shutil.copytree(bundled_model(), models / "mine"))
    write_manifest(copy)
    content = bytearray((copy / "model.bin").read_bytes())
    content[1000] ^= 1
    (copy / "model.bin").write_bytes(content)
    assert find_model("mine") == copy  # same size: only the checksum tells
    assert verify(copy) == ["model.bin: SHA-256 differs"]
    (copy / "model.bin").write_bytes(content[:-1])
    with pytest.raises(ModelError, match=r"model\.bin has"):
        find_model("mine")
    (copy / "model.bin").unlink()
    assert verify(copy) == ["model.bin is missing"]


def test_a_broken_or_absent_manifest(models):
    copy = Path(shutil.copytree(bundled_model(), models / "mine"))
    (copy / MANIFEST).write_text("{")
    with pytest.raises(ModelError, match=MANIFEST):
        find_model("mine")
    (copy / MANIFEST).unlink()
    assert "nothing to verify against" in verify(copy)[0]


def test_pull_needs_a_known_name(models):
    from engine.models import pull

    with pytest.raises(UnknownNameError):
        pull("wisper")


_PULL = "import sys; from engine.models import pull; print(pull(sys.argv[1]))"


def test_pull_without_a_network_says_what_to_do(models):
    environment = {"CALL_ENGINE_MODELS": str(models), "HF_ENDPOINT": "http://127.0.0.1:9", "PATH": ""}
    command = [sys.executable, "-c", _PULL, "whisper-tiny"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert "ModelError" in done.stderr
    assert "copy the directory" in done.stderr


def test_profile_auto_goes_by_what_is_here(models):
    assert fitting_profile().name == "demo"
    shutil.copytree(bundled_model(), models / "whisper-small")
    assert fitting_profile().name == "cpu"


def test_manifest_lists_every_file(tmp_path):
    copy = Path(shutil.copytree(bundled_model(), tmp_path / "m"))
    write_manifest(copy)
    listed = json.loads((copy / MANIFEST).read_text())["files"]
    assert set(listed) == {path.name for path in copy.iterdir()} - {MANIFEST}


def test_pull_pins_the_commit_it_fetched(models, monkeypatch):
    """The hub is not ours: what it is asked for is recorded, what it gives is a file."""
    import huggingface_hub

    from engine.models import pull

    asked = []

    def model_info(repository, revision):
        asked.append((repository, revision))
        return SimpleNamespace(sha="4f2c" * 10)

    def snapshot_download(repository, revision, local_dir):
        asked.append((repository, revision))
        local_dir.mkdir(parents=True)
        (local_dir / "model.bin").write_bytes(b"weights")

    monkeypatch.setattr(huggingface_hub, "model_info", model_info)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    path = pull("owner/whisper@v2")
    assert asked == [("owner/whisper", "v2"), ("owner/whisper", "4f2c" * 10)]
    assert json.loads((path / "manifest.json").read_text())["revision"] == "4f2c" * 10
    assert verify(path) == []
