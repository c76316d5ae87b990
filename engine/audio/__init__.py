"""Hop 1: a recording in any container becomes 16 kHz samples, and goes back out as MP3 with spans silenced,
or in full quality with what was redacted covered."""

from engine.audio.date import recorded_at
from engine.audio.decode import decode
from engine.audio.discover import find_calls
from engine.audio.encode import encode_mp3
from engine.audio.redaction import Cover, covers, redact_audio
from engine.audio.source import Source, content_hash

__all__ = [
    "Cover",
    "Source",
    "content_hash",
    "covers",
    "decode",
    "encode_mp3",
    "find_calls",
    "recorded_at",
    "redact_audio",
]
