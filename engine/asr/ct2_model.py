"""Loading a CTranslate2 Whisper directory: device, compute type, worker threads."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from engine.config_types import AsrConfig
from engine.errors import ConfigurationError, ModelError

_MAX_WORKERS = 4  # a second batch beside the first scales better than more threads in one (CTranslate2 #1588, #1648)


def load_model(config: AsrConfig, model: Path) -> Any:
    """A `ctranslate2.models.Whisper`; raises ModelError where the directory is missing, incomplete or corrupt."""
    import ctranslate2

    _check_files(model)
    _check_types(config)
    device = _device(config.device, ctranslate2.get_cuda_device_count())
    workers = workers_for(config, device)
    try:
        return ctranslate2.models.Whisper(
            str(model),
            device=device,
            compute_type=_compute_type(config.compute_type, device),
            inter_threads=workers,
            intra_threads=max(1, _threads(config) // workers),
        )
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"model directory {model} cannot be loaded: {error}",
            expected="a CTranslate2 Whisper directory",
            remedy="run `call-engine models verify` and pull it again",
        ) from error


def language_ids(model: Path) -> tuple[int, ...]:
    """Tokens of the languages that the model was trained for; none where its config.json does not say."""
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    return tuple(config.get("lang_ids") or ())


def workers_for(config: AsrConfig, device: str) -> int:
    """How many batches run side by side: one on a GPU, up to four on a CPU."""
    return 1 if device == "cuda" else min(_threads(config), _MAX_WORKERS)


def _threads(config: AsrConfig) -> int:
    return config.threads or len(os.sched_getaffinity(0))


def _device(wanted: str, cuda_devices: int) -> str:
    if wanted == "cuda" and not cuda_devices:
        raise ConfigurationError(
            "configuration key asr.device",
            received="'cuda'",
            expected="a CUDA device that ctranslate2 can use",
            remedy='set asr.device = "cpu" or "auto"',
        )
    return ("cuda" if cuda_devices else "cpu") if wanted == "auto" else wanted


def _compute_type(wanted: str, device: str) -> str:
    return ("float16" if device == "cuda" else "int8") if wanted == "auto" else wanted


def _check_types(config: AsrConfig) -> None:
    for key in ("cross_cache", "encoder_type"):
        if (wanted := getattr(config, key)) != "auto":
            raise ConfigurationError(
                f"configuration key asr.{key}",
                received=repr(wanted),
                expected="auto with the ctranslate2 backend",
                remedy='set asr.backend = "torch"',
            )


def _check_files(model: Path) -> None:
    missing = [name for name in ("model.bin", "config.json", "tokenizer.json") if not (model / name).is_file()]
    if missing:
        raise ModelError(
            f"model directory {model} is incomplete",
            received=f"no {', '.join(missing)}",
            expected="model.bin, config.json and tokenizer.json",
            remedy="run `call-engine models list` and `call-engine models pull NAME`",
        )
