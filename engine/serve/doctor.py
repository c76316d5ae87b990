"""`call-engine doctor`: what this machine is, which profile fits, and whether the recognizer really hears."""

from __future__ import annotations

import difflib
import importlib.metadata
import json
import os
import platform
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.config import replace
from engine.config_types import EngineConfig
from engine.devices import ctranslate2_has_cuda, torch_has_cuda
from engine.engine import Engine
from engine.models import models_dir
from engine.profiles import fitting_profile

_LIBRARIES = (
    "call-engine",
    "faster-whisper",
    "ctranslate2",
    "onnxruntime",
    "av",
    "presidio-analyzer",
    "torch",
    "pyannote.audio",
)
_CLIP = "telecom-billing"
_MOST_WRONG = 0.5  # a weak model mishears some words; a broken driver writes nothing, or anything


def examine(config: EngineConfig) -> int:
    """Print the findings; 1 where the transcript of the known clip is empty or wrong, since drivers fail silently."""
    for line in (*_hardware(), *_versions(), *_profile(config)):
        print(line)
    wrong = _heard_wrongly(config)
    if wrong > _MOST_WRONG:
        print(
            f"BROKEN: {wrong:.0%} of the words of a known clip are wrong or missing (expected under {_MOST_WRONG:.0%})."
        )
        print('Try asr.device = "cpu"; on a GPU, check that the driver supports the CUDA version of ctranslate2.')
        return 1
    print(f"speech recognition works: {wrong:.0%} of the words of a known clip differ")
    return 0


def _hardware() -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    yield f"machine: {platform.machine()}, {cores} cores, {memory:.0f} GiB, {platform.platform()}"
    yield f"CUDA: torch {_can(torch_has_cuda())}, ctranslate2 {_can(ctranslate2_has_cuda())}"


def _can(has_cuda: bool) -> str:
    return "can use a device" if has_cuda else "has no device"


def _versions() -> Iterator[str]:
    yield f"python {platform.python_version()}"
    for name in _LIBRARIES:
        try:
            yield f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            yield f"{name} not installed"


def _profile(config: EngineConfig) -> Iterator[str]:
    fit = fitting_profile()
    yield f"model directory: {models_dir()}"
    yield f"fitting profile: {fit.name} ({fit.reason}); examined now: {config.profile}"


def _heard_wrongly(config: EngineConfig) -> float:
    """Share of the words of the bundled clip that are not heard, with nothing redacted and nothing analyzed."""
    calls = Path(__file__).parent.parent / "bundled" / "calls"
    reference = json.loads((calls / f"{_CLIP}.reference.json").read_text(encoding="utf-8"))
    plain = replace(config, {"privacy": {"entities": ("none",)}, "analysis": {"backend": "none"}})
    with Engine(plain) as engine:
        result = engine.process(calls / reference["audio"])
    return _share_missing(
        _words(entry["text"] for entry in reference["utterances"]), _words(entry.text for entry in result.utterances)
    )


def _share_missing(expected: list[str], heard: list[str]) -> float:
    """Share of the expected words that are not heard in their order."""
    matcher = difflib.SequenceMatcher(None, expected, heard, autojunk=False)
    return 1 - sum(block.size for block in matcher.get_matching_blocks()) / len(expected)


def _words(texts: Iterable[str]) -> list[str]:
    return re.findall(r"[\w']+", " ".join(texts).casefold())
