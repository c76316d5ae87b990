"""CTranslate2's model.bin, read without CTranslate2, which has no CUDA build for every machine.

Layout (ctranslate2/specs/model_spec.py, binary version 6): version, name and revision of the spec, then the variables
as name, dimensions, type and bytes, then aliases: of equal variables one is written. Strings carry their length with a
closing zero. int8 weights come with a `<name>_scale` by row, by which they were multiplied.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from engine.errors import ModelError

_TYPES = (torch.float32, torch.int8, torch.int16, torch.int32, torch.float16, torch.bfloat16)
_VERSION = 6


def read(path: Path) -> dict[str, Tensor]:
    """Variables by name, int8 weights multiplied out to float32; raises ModelError for a file that is cut off or not of
    this format."""
    try:
        with path.open("rb") as file:
            variables = _variables(file, path)
    except (struct.error, EOFError, UnicodeDecodeError, RuntimeError, LookupError) as error:
        raise ModelError(
            f"{path} cannot be read",
            received=f"a file that breaks off or is of another format ({type(error).__name__})",
        ) from error
    return {name: _multiplied_out(name, value, variables) for name, value in variables.items() if _is_value(name)}


def _variables(file: BinaryIO, path: Path) -> dict[str, Tensor]:
    (version,) = _unpacked(file, "I")
    if version != _VERSION:
        raise ModelError(f"{path} cannot be read", received=f"binary version {version}", expected=str(_VERSION))
    name = _string(file)
    if name != "WhisperSpec":
        raise ModelError(f"{path} is no Whisper", received=name, expected="WhisperSpec")
    _, count = _unpacked(file, "II")
    variables = dict(_variable(file) for _ in range(count))
    (aliases,) = _unpacked(file, "I")
    for _ in range(aliases):
        alias, of = _string(file), _string(file)
        variables[alias] = variables[of]
    return variables


def _variable(file: BinaryIO) -> tuple[str, Tensor]:
    name = _string(file)
    (rank,) = _unpacked(file, "B")
    shape = _unpacked(file, f"{rank}I")
    kind, size = _unpacked(file, "BI")
    content = bytearray(file.read(size))
    if len(content) < size:
        raise EOFError
    return name, torch.frombuffer(content, dtype=_TYPES[kind]).reshape(shape)


def _string(file: BinaryIO) -> str:
    (length,) = _unpacked(file, "H")
    return file.read(length)[:-1].decode()


def _unpacked(file: BinaryIO, form: str) -> tuple[int, ...]:
    packed = struct.Struct(f"<{form}")
    return packed.unpack(file.read(packed.size))


def _is_value(name: str) -> bool:
    return not name.endswith("_scale")


def _multiplied_out(name: str, value: Tensor, variables: dict[str, Tensor]) -> Tensor:
    scale = variables.get(f"{name}_scale")
    if scale is None or value.dtype is not torch.int8:
        return value
    return value.float() / scale.reshape(-1, *(1 for _ in range(value.ndim - 1)))
