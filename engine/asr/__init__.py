"""Hop 3: windows of many calls -> words. A backend is a Recognizer: capacity, submit, step."""

from engine.asr.recognizer import Recognition, Recognizer, WindowTask, load_recognizer
from engine.asr.segments import segment

__all__ = ["Recognition", "Recognizer", "WindowTask", "load_recognizer", "segment"]
