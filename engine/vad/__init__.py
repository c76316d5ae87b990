"""Hop 2: where somebody speaks, and the windows that go to the recognizer."""

from engine.vad.detector import Detector, Speech, load_detector
from engine.vad.windows import pack

__all__ = ["Detector", "Speech", "load_detector", "pack"]
