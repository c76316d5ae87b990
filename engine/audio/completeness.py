"""Is a recording whole? Only its own claims can tell: a length in its header, a size that runs past its end."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_TRUSTED = {"flac", "aiff", "au", "wv", "tta", "asf", "flv", "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2"}
"""Formats whose header holds the length; for others FFmpeg estimates it from bit rate or file size."""
_XING_OFFSETS = (13, 21, 36)
"""Where an MP3's frame count may stand: after 4 bytes of frame header and 9, 17 or 32 of side information."""
_STREAMED_BYTES = 0x7FFF_0000
"""A recorder that cannot go back to a WAV's header leaves 0 or a size from here on (0x7FFFF000, 0xFFFFFFFF) in it."""
_SLACK_BYTES = 4096
"""Some recorders count the header into the size of the samples."""
_MAX_RIFF_CHUNKS = 64
_MAX_OGG_PAGE_BYTES = 65_307


def declared_duration_s(container: InputContainer, stream: AudioStream, file: BinaryIO) -> float | None:
    """The length that the header declares, in seconds; None where it does not. The file's position is kept."""
    if container.format.name == "mp3":
        with _kept_position(file):
            return _mp3_duration_s(file, stream.sample_rate)
    return _stream_duration_s(container, stream) if container.format.name in _TRUSTED else None


def is_cut(container: InputContainer, file: BinaryIO) -> bool:
    """Whether a WAV's samples or an Ogg's last page run past the end of the file. The file's position is kept."""
    check = {"wav": _wav_is_cut, "ogg": _ogg_is_cut}.get(container.format.name)
    if check is None:
        return False
    with _kept_position(file):
        return check(file)


@contextmanager
def _kept_position(file: BinaryIO) -> Iterator[None]:
    position = file.tell()
    try:
        yield
    finally:
        file.seek(position)


def _stream_duration_s(container: InputContainer, stream: AudioStream) -> float | None:
    """The audio's own length; a container's only where no picture may outlast the sound."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if "DURATION" in stream.metadata:
        return _clock_time_s(stream.metadata["DURATION"])
    if container.duration is not None and not container.streams.video:
        return container.duration / 1e6
    return None


def _clock_time_s(text: str) -> float | None:
    """Matroska's "00:01:00.008000000" in seconds."""
    try:
        hours, minutes, seconds = text.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        return None


def _mp3_duration_s(file: BinaryIO, sample_rate: int) -> float | None:
    """The frame count in a Xing or Info frame; FFmpeg falls back on an estimate where the file was cut."""
    file.seek(0)
    head = file.read(10)
    start = 0
    if head[:3] == b"ID3" and len(head) == 10:
        start = 10 + sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
    file.seek(start)
    frame = file.read(64)
    for tag in (frame[offset : offset + 12] for offset in _XING_OFFSETS):
        if tag[:4] in (b"Xing", b"Info") and len(tag) == 12 and tag[7] & 1:
            samples_per_frame = 1152 if sample_rate >= 32_000 else 576
            return int.from_bytes(tag[8:]) * samples_per_frame / sample_rate
    return None


def _wav_is_cut(file: BinaryIO) -> bool:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if file.read(12)[:4] != b"RIFF":
        return False
    for _ in range(_MAX_RIFF_CHUNKS):
        header = file.read(8)
        if len(header) < 8:
            return False
        chunk: bytes
        length: int
        chunk, length = struct.unpack("<4sI", header)
        if chunk == b"data":
            return length < _STREAMED_BYTES and file.tell() + length > size + _SLACK_BYTES
        file.seek(length + length % 2, io.SEEK_CUR)
    return False


def _ogg_is_cut(file: BinaryIO) -> bool:
    """The last page's header counts its segments, and they its bytes."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(size - _MAX_OGG_PAGE_BYTES, 0))
    tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    segments = page[27 : 27 + page[26]] if len(page) > 26 else b""
    return len(page) < 27 or len(page) < 27 + page[26] + sum(segments)
