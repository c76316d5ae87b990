"""When a recording was made, as its container tells."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from engine.audio.container import read_tags
from engine.audio.source import Source

_KEYS = ("creation_time", "date_recorded", "date", "icrd")
"""Of FFmpeg's metadata: MP4, Matroska, ID3 and Vorbis comments, the INFO chunk of WAV."""
_FIRST_YEAR = 1980  # an MP4 without a date says 1904, other recorders 1970


def recorded_at(source: Source) -> datetime | None:
    """The time in the recording's metadata, in UTC (also where it names no zone); None where there is none to trust.

    A date without the time of day is no answer: the file's own time is nearer.
    """
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as file:
            return _date_in(file)
    if isinstance(source, bytes):
        return _date_in(io.BytesIO(source))
    return None


def _date_in(file: BinaryIO) -> datetime | None:
    tags = read_tags(file)
    return next(filter(None, (_time(tags.get(key, "")) for key in _KEYS)), None)


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if len(text.strip()) <= len("2026-11-01") or time.year < _FIRST_YEAR:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
