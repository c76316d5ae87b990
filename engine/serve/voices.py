"""`call-engine voices enrol|list|forget`: whose voice is known, where `[diarization.voices] file` says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.audio import decode
from engine.config_types import EngineConfig
from engine.diarization.counts import SpeakerCounts
from engine.diarization.known_voices import VoiceFile
from engine.diarization.pyannote import load_pyannote, pipeline_name
from engine.errors import ConfigurationError


def voices(action: str, given: Sequence[str], config: EngineConfig) -> int:
    """enrol: directories whose recordings are named after who speaks in them. forget: names."""
    diarization = config.diarization
    if diarization.backend != "pyannote" or not diarization.voices.file:
        raise ConfigurationError(
            "known voices need diarization.backend and diarization.voices.file",
            received=f"{diarization.backend!r} and {diarization.voices.file!r}",
            expected="'pyannote' and the path of a file",
        )
    file = VoiceFile(diarization.voices, pipeline_name(diarization.model))
    if action == "enrol":
        pipeline = load_pyannote(diarization.model, diarization.device, SpeakerCounts(1, 1))
        samples = _samples(given)
        file.add({name: pipeline.voice_print(decode(path, config.audio), name) for name, path in samples.items()})
    elif action == "forget":
        file.forget(given)
    for name in sorted(file.read()):
        print(name)
    return 0


def _samples(directories: Sequence[str]) -> dict[str, Path]:
    found = {file.stem: file for name in directories for file in sorted(Path(name).iterdir()) if file.is_file()}
    if not found:
        raise ConfigurationError(
            "nothing to enrol", received=", ".join(directories) or "no directory", expected="a directory of recordings"
        )
    return found
