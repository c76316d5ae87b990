"""Imports point down only, heavy libraries are imported where they are used, and `import engine` is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import engine

ROOT = Path(engine.__file__).parent
STAGES = {"audio", "vad", "asr", "diarization", "merge", "roles", "chat", "privacy", "analysis", "reports", "store"}
LAYERS = {
    **dict.fromkeys(("types", "analysis_types", "config_types", "result_types", "errors", "telephone"), 0),
    **dict.fromkeys(
        ("config", "models", "telemetry", "files", "free_text", "keys", "result_json", "profiles", "devices"), 1
    ),
    **dict.fromkeys(STAGES, 2),
    **dict.fromkeys(("engine", "batching", "transcription", "call", "identity", "results", "periods"), 3),
    **dict.fromkeys(("serve", "__main__", "__init__"), 4),
}
SAME_ROOM = {("merge", "roles"), ("chat", "roles")}  # roles.py is the part of hop 5 that decides who is who
HEAVY = {
    "torch", "triton", "ctranslate2", "faster_whisper", "pyannote", "presidio_analyzer", "spacy", "grpc", "onnxruntime",
    "onnx", "av", "sklearn", "scipy", "tokenizers", "huggingface_hub", "httpx",
}  # fmt: skip
TORCH_ADAPTER = ROOT / "asr" / "whisper"  # loaded by `load_recognizer` only, and made of torch modules
FILES = sorted(path for path in ROOT.rglob("*.py") if not path.name.endswith(("_pb2.py", "_pb2_grpc.py")))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    room = path.relative_to(ROOT).parts[0].removesuffix(".py")
    for name in imported(ast.parse(path.read_text("utf-8"))):
        if not name.startswith("engine."):
            continue
        other = name.split(".")[1]
        if other == room or (room, other) in SAME_ROOM:
            continue
        assert LAYERS[other] <= LAYERS[room], f"{room} must not import {name}"
        assert not (room in STAGES and other in STAGES), f"{room} must not import its sibling {other}"


@pytest.mark.parametrize("path", sorted((ROOT.parent / "kernels").rglob("*.py")), ids=lambda path: path.name)
def test_kernels_import_torch_and_triton_only(path):
    modules = {name.split(".")[0] for name in imported(ast.parse(path.read_text("utf-8")))}
    assert modules <= {"torch", "triton", "engine_kernels"} | set(sys.stdlib_module_names)


def test_only_the_speech_stages_use_the_kernels():
    users = {path.relative_to(ROOT).parts[0] for path in FILES if "engine_kernels" in path.read_text("utf-8")}
    assert users <= {"asr", "vad", "diarization"}


# Reached lazily only: through load_privacy_filter, and through a command that runs.
LAZY = (ROOT / "privacy" / "recognizers", ROOT / "serve")
EAGER = [path for path in FILES if not any(path.is_relative_to(room) for room in LAZY)]


@pytest.mark.parametrize("path", EAGER, ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_libraries_are_not_imported_at_module_level(path):
    top = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.Import | ast.ImportFrom)]
    found = {name.split(".")[0] for node in top for name in imported(node)}
    assert not found & (HEAVY - {"torch"} if path.is_relative_to(TORCH_ADAPTER) else HEAVY)


def test_only_its_loader_imports_the_torch_adapter():
    users = [path for path in FILES if "asr.whisper" in path.read_text("utf-8") and TORCH_ADAPTER not in path.parents]
    assert users == [ROOT / "asr" / "recognizer.py"]


def test_importing_the_package_loads_nothing_heavy():
    script = "import sys, engine; print([name for name in sys.modules if name.split('.')[0] in sys.argv[1].split()])"
    done = subprocess.run([sys.executable, "-c", script, " ".join(HEAVY)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
