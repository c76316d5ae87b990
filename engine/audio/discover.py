"""Which files of the given paths are recordings."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.errors import InputError, NotAudioError

log = logging.getLogger(__name__)

SUFFIXES = frozenset(
    ".wav .wave .w64 .mp3 .mp2 .m4a .m4b .aac .mp4 .m4v .mov .3gp .3g2 .ogg .oga .opus .spx .ogv .flac .amr .awb .webm "
    ".mkv .mka .wma .wmv .asf .avi .flv .aif .aiff .aifc .au .snd .caf .gsm .ac3 .wv .tta .voc .sph .qcp .dss .ra .rm "
    ".mpg .mpeg .vob".split()
)
"""Usual suffixes of audio and video. Not .ts, which is more often TypeScript; its content is not looked at either."""
UNFINISHED = frozenset([".part", ".partial", ".crdownload", ".tmp"])
"""What downloads and recorders call a file that they still write."""

_MAGIC = (
    *(b"fLaC", b"OggS", b"#!AMR", b"ID3", b".snd", b"caff", b"wvpk", b"FLV\x01"),
    *(b"\x1aE\xdf\xa3", b"0&\xb2u\x8ef\xcf\x11"),  # Matroska and WebM, ASF
)
_RIFF_KINDS = (b"WAVE", b"AVI ")
_IMAGE_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"crx ")
"""ISO media files that hold pictures."""


def find_calls(paths: Sequence[Path]) -> list[Path]:
    """The recordings in `paths`, each once: files as given, directories recursively in the order of their names.

    In a directory hidden and unfinished files are left out, and a file counts as a recording by its suffix or by
    its first bytes. Raises InputError on a path that does not exist or cannot be read and NotAudioError on a
    directory without any recording.
    """
    calls: dict[Path, Path] = {}
    for path in paths:
        for call in _in_directory(path) if _is_directory(path) else [path]:
            calls.setdefault(call.resolve(), call)
    return list(calls.values())


def _is_directory(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _in_directory(directory: Path) -> list[Path]:
    try:
        calls = [path for path in _walk(directory) if _is_recording(path)]
    except OSError as error:
        raise _unreadable(directory, error) from error
    if not calls:
        raise NotAudioError(
            "no recordings in the directory",
            received=str(directory),
            expected="audio or video files, in it or below",
            remedy="pass a recording by its name if it lies there under another suffix",
        )
    return calls


def _walk(directory: Path) -> Iterator[Path]:
    """Visible files below, by name; a link to a directory is not followed, so that no loop can trap it."""
    for entry in sorted(directory.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_file():
            yield entry
        elif entry.is_dir() and not entry.is_symlink():
            try:
                yield from _walk(entry)
            except PermissionError:
                log.warning("a directory below may not be read and is left out")


def _unreadable(path: Path, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or str(error)
    return InputError("the path cannot be read", received=f"{path} ({reason})", remedy="check it and its permissions")


def _is_recording(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix in SUFFIXES or suffix in UNFINISHED:
        return suffix in SUFFIXES
    try:
        with path.open("rb") as file:
            return looks_like_audio(file.read(16))
    except OSError as error:
        log.warning("a file without an audio suffix cannot be read and is left out: %s", error.strerror)
        return False


def looks_like_audio(head: bytes) -> bool:
    """Whether a file's first 16 bytes are those of an audio or video format."""
    if head[:4] in (b"RIFF", b"RF64"):
        return head[8:12] in _RIFF_KINDS
    if head[:4] == b"FORM":
        return head[8:12] in (b"AIFF", b"AIFC")
    if head[4:8] == b"ftyp":
        return head[8:12] not in _IMAGE_BRANDS
    return head.startswith(_MAGIC) or _is_mpeg_frame(head)


def _is_mpeg_frame(head: bytes) -> bool:
    """A frame header of MP3 (layer III, with a bit rate and a sample rate) or of AAC in ADTS; never a UTF-16 mark."""
    if len(head) < 4 or head[0] != 0xFF:
        return False
    layer_3 = head[1] & 0xE6 == 0xE2 and head[2] >> 4 not in (0, 15) and head[2] & 0x0C != 0x0C
    return layer_3 or head[1] & 0xF6 == 0xF0
