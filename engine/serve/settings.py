"""From the command line's profile and options to a configuration."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from engine.config import EngineConfig, load_config, load_profile, replace
from engine.models import BUNDLED, BUNDLED_NOTE
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
    if base.asr.model == BUNDLED and (file or profile != "auto"):
        print(f"speech model: bundled, {BUNDLED_NOTE}", file=sys.stderr)
    return replace(base, changes)
