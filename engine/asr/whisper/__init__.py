"""The torch backend. Importing it imports torch."""

from __future__ import annotations

from pathlib import Path

from engine.asr.recognizer import Recognizer
from engine.asr.self_test import check_hears
from engine.asr.whisper.scheduler import WhisperRecognizer
from engine.config_types import AsrConfig


def load_torch_recognizer(config: AsrConfig, model: Path) -> Recognizer:
    """The recognizer; on a card only after it was heard to hear."""
    recognizer = WhisperRecognizer(config, model)
    if recognizer.device == "cuda":
        check_hears(recognizer)
    return recognizer
