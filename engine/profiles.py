"""Which profile fits this machine: the best one whose device and models are here."""

from __future__ import annotations

import platform
from dataclasses import dataclass

from engine.config import load_profile
from engine.config_types import EngineConfig
from engine.devices import ctranslate2_has_cuda, torch_has_cuda
from engine.models import BUNDLED_NOTE, models_dir


@dataclass(frozen=True, slots=True)
class Fit:
    name: str
    reason: str


def fitting_profile() -> Fit:
    """ "dgx-spark" (CPU and GPU share the memory of an aarch64 machine), "gpu", "cpu" or "demo", and why."""
    for name in ("dgx-spark" if platform.machine() == "aarch64" else "gpu", "cpu"):
        config = load_profile(name)
        if _has_device(config) and _has_models(config):
            return Fit(name, f"{config.asr.model} is in {models_dir()}")
    return Fit("demo", f"no speech model in {models_dir()}; the bundled one is {BUNDLED_NOTE}")


def _has_device(config: EngineConfig) -> bool:
    return config.asr.device != "cuda" or torch_has_cuda() or ctranslate2_has_cuda()


def _has_models(config: EngineConfig) -> bool:
    names = [config.asr.model, *([config.diarization.model] if config.diarization.backend == "pyannote" else [])]
    return all((models_dir() / name).is_dir() for name in names)
