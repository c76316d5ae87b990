"""Backend "pyannote": a pyannote.audio speaker diarization pipeline from a directory on this machine.

Nothing of it touches the network: its telemetry is off before it is imported, and a pipeline that names models of the
hub instead of local files is refused before anything is loaded.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.diarization.counts import SpeakerCounts
from engine.errors import ConfigurationError, DiarizationError, ModelError
from engine.models import find_model
from engine.types import SAMPLE_RATE, Audio, Span, Turn

logger = logging.getLogger(__name__)

PARTS = ("segmentation", "embedding", "plda")
WEIGHTS = "pytorch_model.bin"


class PyannoteDiarizer:
    """A loaded pipeline. It holds a call as float samples while it runs: 230 MB an hour."""

    name: str

    def __init__(self, pipeline: Any, name: str, counts: SpeakerCounts) -> None:
        self.name = name
        self._pipeline = pipeline
        self._counts = counts
        self._lock = threading.Lock()

    def turns(self, audio: Audio, channel: int, speech: Sequence[Span]) -> list[Turn]:
        """Turns of `channel`, which pyannote finds by its own segmentation; raises DiarizationError."""
        del speech
        import torch

        waveform = torch.from_numpy(audio.read(channel, 0.0, audio.duration_s))[None]
        call = {"waveform": waveform, "sample_rate": SAMPLE_RATE, "uri": "call"}
        given = self._counts.given
        bounds = {"min_speakers": self._counts.least, "max_speakers": self._counts.most}
        try:
            with self._lock:
                output = self._pipeline(call, **({"num_speakers": given} if given else bounds))
        except Exception as error:  # pyannote and torch raise whatever they meet
            raise DiarizationError(
                "pyannote failed on this call", received=f"{type(error).__name__}, {audio.duration_s:.1f} s of audio"
            ) from error
        # "Exclusive" has one speaker at a time, made for words; a legacy pipeline returns the bare annotation.
        annotation = getattr(output, "exclusive_speaker_diarization", None)
        annotation = getattr(output, "speaker_diarization", output) if annotation is None else annotation
        return [Turn(str(s), float(t.start), float(t.end)) for t, _, s in annotation.itertracks(yield_label=True)]


def load_pyannote(model: str, device: str, counts: SpeakerCounts) -> PyannoteDiarizer:
    """The pipeline `model`: a directory with config.yaml (3.1 or community-1 style), by path or by name.

    Raises ConfigurationError where pyannote.audio is not installed or the device not there, ModelError where the
    directory is missing, incomplete or broken.
    """
    if not model:
        raise ConfigurationError(
            "diarization.model is empty", expected="a pyannote pipeline directory, as backend is pyannote"
        )
    directory = find_model(model).resolve()
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        import torch
        from pyannote.audio import Pipeline
    except ImportError as error:
        raise ConfigurationError(
            "diarization backend pyannote needs PyTorch and pyannote.audio",
            received=f"{type(error).__name__} for {error.name}",
            remedy="run `pip install call-engine[gpu]`, or set diarization.backend to clustering",
        ) from error
    config = local_config(directory)
    on = _device(torch, device)
    try:
        pipeline = Pipeline.from_pretrained(config)
        pipeline.to(on)
    except Exception as error:  # torch, Lightning, pickle and pyannote: whatever a broken file makes of itself
        raise ModelError(
            f"pyannote pipeline {directory} cannot be loaded",
            received=type(error).__name__,
            expected="config.yaml and the weights that it names, of pyannote.audio 3.1 or later",
            remedy="pull or copy the directory again",
        ) from error
    logger.info("pyannote pipeline %s on %s", directory.name, on)
    return PyannoteDiarizer(pipeline, f"pyannote {directory.name}", counts)


def _device(torch: Any, device: str) -> Any:
    """ "auto" is the GPU if there is one."""
    try:
        chosen = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device)
        torch.empty(1, device=chosen)
    except (RuntimeError, AssertionError) as error:
        raise ConfigurationError(
            "diarization.device",
            received=device,
            expected="auto, cpu, cuda or cuda:0, and such a device in the machine",
        ) from error
    return chosen


# --- config.yaml ------------------------------------------------------------------------------------------------------


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
        remedy=f"pull it into {directory.parent / tail}, or name a local path in config.yaml",
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
