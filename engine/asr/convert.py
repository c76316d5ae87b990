"""A Hugging Face Whisper directory as a CTranslate2 one, for machines without a GPU."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.errors import InputError, ModelError
from engine.models import write_manifest

QUANTIZATIONS = ("int8", "int8_float32", "float16", "bfloat16", "float32")
_COPIED = ["tokenizer.json", "preprocessor_config.json"]


def convert(source: Path, target: Path, quantization: str = "int8") -> Path:
    """Write `target` with a manifest; nothing is there until all of it is.

    Needs transformers (the extra `train`). Raises InputError where `target` exists, ModelError where `source` cannot be
    converted.
    """
    if target.exists():
        raise InputError(f"{target} exists", remedy="remove it, or name another directory with --out")
    partial = target.with_name(f".{target.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        _converted(source, partial, quantization)
        write_manifest(partial, name=target.name)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _converted(source: Path, target: Path, quantization: str) -> None:
    from ctranslate2.converters import TransformersConverter

    missing = [name for name in ("config.json", *_COPIED) if not (source / name).is_file()]
    if missing:
        raise ModelError(
            f"{source} cannot be converted",
            received=f"no {', '.join(missing)}",
            expected="a Whisper directory of Hugging Face",
        )
    try:
        converter = TransformersConverter(str(source), copy_files=_COPIED)
        converter.convert(str(target), quantization=None if quantization == "float32" else quantization)
    except ImportError as error:
        raise ModelError(
            "converting needs transformers", remedy="pip install 'call-engine[gpu,train]', here or on another machine"
        ) from error
    except Exception as error:  # whatever transformers and the converter find wrong with a directory
        raise ModelError(f"{source} cannot be converted: {type(error).__name__}: {error}") from error
