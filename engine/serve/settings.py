"""From the command line's profile and options to a configuration."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from engine.config import load_config, load_profile, replace
from engine.config_types import EngineConfig
from engine.models import BUNDLED, BUNDLED_MULTILINGUAL, BUNDLED_NOTE
from engine.profiles import fitting_profile


def configuration(profile: str, file: Path | None, changes: Mapping[str, Mapping[str, object]]) -> EngineConfig:
    """The profile (or file) with the options on top; says so where the bundled model is going to be used."""
    if file:
        base = load_config(file)
    else:
        fit = fitting_profile() if profile == "auto" else None
        base = load_profile(fit.name if fit else profile)
        if fit:
            print(f"profile {fit.name}: {fit.reason}", file=sys.stderr)
    if base.asr.model in (BUNDLED, BUNDLED_MULTILINGUAL) and (file or profile != "auto"):
        print(f"speech model: {base.asr.model}, {BUNDLED_NOTE}", file=sys.stderr)
    return replace(base, changes)


def changes(options: argparse.Namespace) -> dict[str, dict[str, object]]:
    """What the options change in the configuration."""
    changed: dict[str, dict[str, object]] = {}
    if privacy := _privacy_changes(options):
        changed["privacy"] = privacy
    if getattr(options, "language", None):
        changed["asr"] = {"language": options.language}
    if analysis := _analysis_changes(options):
        changed["analysis"] = analysis
    if getattr(options, "formats", None):
        changed["output"] = {"formats": _names(options.formats)}
    return changed


def _privacy_changes(options: argparse.Namespace) -> dict[str, object]:
    changes: dict[str, object] = {}
    if getattr(options, "anonymize", None):
        changes["entities"] = _names(options.anonymize)
    if getattr(options, "explain", False):
        changes["explain"] = True
    if audio := _audio_changes(options):
        changes["audio"] = audio
    return changes


def _analysis_changes(options: argparse.Namespace) -> dict[str, object]:
    asked = {"checklists": getattr(options, "checklist", None), "scripts": getattr(options, "script", None)}
    changes: dict[str, object] = {name: tuple(files) for name, files in asked.items() if files}
    if getattr(options, "weights", None):
        changes["llm"] = {"server": {"weights": options.weights}}
    return changes


def _audio_changes(options: argparse.Namespace) -> dict[str, str]:
    asked = {"sound": getattr(options, "redact_audio", None), "format": getattr(options, "audio_format", None)}
    return {key: value for key, value in asked.items() if value}


def _names(value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())
