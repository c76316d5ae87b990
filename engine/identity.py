"""What makes two runs the same: the name of a call's files and the fingerprint of the settings."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.analysis_types import Checklist, Script
from engine.call import NO_HINTS, Hints
from engine.config_types import EngineConfig
from engine.files import printable
from engine.result_types import SCHEMA_VERSION

# Settings that change how fast a result comes, never what is in it.
_WITHOUT_EFFECT = ("profile", "calls_in_flight", "queue_audio_s")


def fingerprint(config: EngineConfig, model: Path, grids: Sequence[Checklist | Script], privacy: str = "") -> str:
    """Hash of every setting that shapes a result, and of what settings only name: the model's files, the checklists
    and scripts, and what `privacy` says of word lists and keys."""
    settings: dict[str, Any] = dataclasses.asdict(config)
    for key in _WITHOUT_EFFECT:
        del settings[key]
    del settings["analysis"]["llm"]["server"]
    files = sorted((file.name, file.stat().st_size) for file in model.iterdir() if file.is_file())
    questions = [dataclasses.asdict(grid) for grid in grids]
    document = json.dumps([SCHEMA_VERSION, settings, files, questions, privacy], sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()[:32]


def hinted(fingerprint: str, hints: Hints) -> str:
    """The fingerprint of a call that has hints of its own; without any it is that of the settings.

    Who answered it, and when, shapes no result.
    """
    shaping = dataclasses.replace(hints, operator=None, started=None)
    if shaping == NO_HINTS:
        return fingerprint
    document = json.dumps([fingerprint, dataclasses.asdict(shaping)], sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()[:32]


class Names:
    """Stems of output files: the source's own, with a suffix where two sources share one; shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[str, str] = {}

    def stem(self, path: Path | None, sha256: str, shown: str | None = None) -> str:
        """The same path gets the same stem again; `shown`: the path as it may be written down."""
        owner = str(path.resolve()) if path else sha256
        wanted = printable(Path(shown or path).stem) if path else f"call-{sha256[:12]}"
        with self._lock:
            if self._taken.setdefault(wanted, owner) == owner:
                return wanted
            return f"{wanted}-{hashlib.sha256(owner.encode(errors='surrogateescape')).hexdigest()[:8]}"
