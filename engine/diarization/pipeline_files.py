"""A pyannote pipeline's config.yaml with every model as a path on this machine: nothing is left for a hub to fill."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import ModelError

PARTS = ("segmentation", "embedding", "plda")
WEIGHTS = "pytorch_model.bin"


def local_config(directory: Path) -> dict[str, Any]:
    """A pipeline's config.yaml with every model as a local path; raises ModelError where one is not on this machine."""
    config = _read_config(directory / "config.yaml")
    params = config["pipeline"].setdefault("params", {})
    for part in PARTS:
        if part in params:
            params[part] = _local(directory, part, params[part])
    if config["pipeline"]["name"].endswith("SpeakerDiarization"):
        _without_hub_defaults(directory, params)
    return config


def _read_config(path: Path) -> dict[str, Any]:
    import yaml  # type: ignore[import-untyped]

    try:
        config = yaml.safe_load(path.read_text("utf-8"))
        name = config["pipeline"]["name"]
        params = config["pipeline"].get("params", {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(
            f"{path} is no pyannote pipeline",
            received=f"{type(error).__name__} on reading it",
            expected="config.yaml with pipeline.name and pipeline.params",
            remedy="give the directory of a pyannote speaker diarization pipeline",
        ) from None
    if not isinstance(name, str) or not isinstance(params, dict):
        raise ModelError(
            f"{path} is no pyannote pipeline", expected="pipeline.name as text, pipeline.params as a table"
        )
    return dict(config)


def _local(directory: Path, part: str, value: object) -> dict[str, str]:
    """A model that lies here, as pyannote takes it, from "$model/embedding", a path, or a hub name pulled beside."""
    if isinstance(value, Mapping):
        value = "/".join(str(value[key]) for key in ("checkpoint", "subfolder") if value.get(key))
    name = str(value)
    tail = Path(name).name
    if name.startswith("$model"):
        candidates = [directory / name.removeprefix("$model").strip("/")]
    else:
        candidates = [directory / name, directory / part / tail, directory / tail, directory.parent / tail]
    for path in candidates:
        if path.is_file() or (path / (WEIGHTS if part != "plda" else "plda.npz")).is_file():
            return {"checkpoint": str(path)}
    raise ModelError(
        f"pyannote pipeline {directory} needs its {part} model {name}",
        received="no such file or directory on this machine",
        remedy=_how_to_get(directory, name, tail),
    )


def _how_to_get(directory: Path, name: str, tail: str) -> str:
    """A part of the directory comes with it; another repository is pulled beside it, by somebody who may."""
    if name.startswith("$model"):
        return "pull or copy the pipeline again, whole: its parts are subdirectories"
    return (
        f"accept its conditions on the hub where it is gated, run `call-engine models pull {name}` where there is a"
        f" network, and copy it into {directory.parent / tail}, or name a local path in config.yaml"
    )


def _without_hub_defaults(directory: Path, params: dict[str, Any]) -> None:
    """pyannote fills what the configuration leaves out from the hub: refuse that, or do without."""
    for part in ("segmentation", "embedding"):
        if part not in params:
            raise ModelError(f"config.yaml of {directory} names no {part} model", expected=f"pipeline.params.{part}")
    if "plda" in params:
        return
    if params.get("clustering", "VBxClustering") == "VBxClustering":
        raise ModelError(f"config.yaml of {directory} names no plda", expected="pipeline.params.plda for VBxClustering")
    from pyannote.audio.core.plda import PLDA

    # The clusterings of 3.1 have no use for one, and yet 4.x wants to load it.
    params["plda"] = PLDA.__new__(PLDA)
