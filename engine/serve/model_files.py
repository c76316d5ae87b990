"""`call-engine models list|pull|verify|convert`."""

from __future__ import annotations

from pathlib import Path

from engine.asr.convert import convert
from engine.models import KNOWN_MODELS, find_model, local_models, models_dir, pull, verify


def list_models() -> int:
    """What is on this machine, and what can be pulled by name."""
    local = local_models()
    for model in local:
        print(f"{model.name:28} {model.bytes / 1e6:9.1f} MB  {model.note or model.path}")
    for name, repository in KNOWN_MODELS.items():
        if name not in {model.name for model in local}:
            print(f"{name:28} {'not here':>12}  call-engine models pull {name}   ({repository})")
    print(f"model directory: {models_dir()}  (set CALL_ENGINE_MODELS to change it)")
    return 0


def pull_model(name: str) -> int:
    print(f"{name} is now in {pull(name)}")
    return 0


def convert_model(name: str, out: Path | None, quantization: str) -> int:
    """A model in Hugging Face form to the CTranslate2 form, beside it in the model directory unless told otherwise."""
    source = find_model(name)
    target = convert(source, out or models_dir() / f"{source.name}-{quantization}", quantization)
    print(f"{name} is now in {target}")
    return 0


def verify_models(name: str | None) -> int:
    """Compare one model, or all, with their manifests."""
    faulty = 0
    for model in [name] if name else [model.name for model in local_models()]:
        faults = verify(find_model(model))
        faulty += bool(faults)
        print(f"{model}: {'; '.join(faults) if faults else 'every file is as its manifest says'}")
    return int(faulty > 0)
