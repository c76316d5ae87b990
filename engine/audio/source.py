"""Whatever a caller hands in: a path, bytes, an open file, samples. Opened as one audio track, hashed by content."""

from __future__ import annotations

import hashlib
import io
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import NDArray

from engine.audio.arrays import ArrayTrack, SoundFileTrack, checked_rate, checked_samples, sound_blocks
from engine.audio.container import opened_container
from engine.audio.track import Track
from engine.errors import InputError, InvalidSamplesError, NotAudioError, SourceChangedError
from engine.types import SAMPLE_RATE

if TYPE_CHECKING:
    import soundfile

Source: TypeAlias = "str | Path | bytes | BinaryIO | NDArray[Any] | tuple[NDArray[Any], int] | soundfile.SoundFile"
"""A path, the bytes of a file, an open seekable binary file, samples at 16 kHz, (samples, sample_rate) as
`soundfile.read` returns them, or an open soundfile object. Arrays have shape (samples,) or (samples, channels)."""

_HASH_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A source ready to decode; `path` is None where it has none."""

    track: Track
    path: str | None
    sha256: str


@contextmanager
def opened(source: Source) -> Iterator[OpenSource]:
    """Open any source, always from its start.

    Raises InputError where it cannot be read, NotAudioError where it holds no audio, SourceChangedError where a
    file changed before the end of the block.
    """
    if isinstance(source, (str, Path)):
        with _opened_path(Path(source)) as file, _container(file, str(source), str(source)) as ready:
            yield ready
    elif isinstance(source, (np.ndarray, tuple)):
        yield OpenSource(ArrayTrack(*_samples_and_rate(source)), None, content_hash(source))
    elif _is_soundfile(source):
        yield OpenSource(SoundFileTrack(source), None, content_hash(source))
    else:
        with _rewound(source) as file, _container(file, "an open file", None) as ready:
            yield ready


def content_hash(source: Source) -> str:
    """SHA-256 of the content in hex: a file's bytes; an array's rate, type, shape and bytes. A file is rewound."""
    if isinstance(source, (str, Path)):
        with _opened_path(Path(source)) as file:
            return _file_hash(file)
    if isinstance(source, (np.ndarray, tuple)):
        return _array_hash(*_samples_and_rate(source))
    if _is_soundfile(source):
        return _sound_hash(source)
    with _rewound(source) as file:
        return _file_hash(file)


# --- files ------------------------------------------------------------------------------------------------------------


@contextmanager
def _container(file: BinaryIO, name: str, path: str | None) -> Iterator[OpenSource]:
    if not file.read(1):
        raise NotAudioError("the recording is empty", received=f"{name} with 0 bytes", remedy="record or copy it again")
    sha256 = _file_hash(file)
    with opened_container(file, name) as track:
        yield OpenSource(track, path, sha256)


def _file_hash(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(_HASH_BYTES):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


@contextmanager
def _opened_path(path: Path) -> Iterator[BinaryIO]:
    """A regular file; what goes wrong while it changes is blamed on the change."""
    try:
        before = _stamp(path)
        file = path.open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            "the file cannot be read", received=f"{path} ({reason})", remedy="check the path and its permissions"
        ) from error
    with file:
        try:
            with _read_errors(str(path)):
                yield file
        except InputError:
            _check_unchanged(path, before)
            raise
        _check_unchanged(path, before)


@contextmanager
def _read_errors(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            "reading failed", received=f"{name} ({reason})", remedy="check the disk and the file"
        ) from error


def _stamp(path: Path) -> tuple[int, int, int]:
    """What tells one state of a file from another: size in bytes, time of change, inode."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        kind = "a directory" if stat.S_ISDIR(status.st_mode) else "a pipe or device"
        raise InputError(
            "not a file", received=f"{path}, {kind}", expected="one recording", remedy="pass the files one by one"
        )
    return status.st_size, status.st_mtime_ns, status.st_ino


def _check_unchanged(path: Path, before: tuple[int, int, int]) -> None:
    try:
        unchanged = _stamp(path) == before
    except (OSError, InputError):
        unchanged = False
    if not unchanged:
        raise SourceChangedError(
            "the file changed while it was read",
            received=str(path),
            expected="a finished recording",
            remedy="process it again once the recorder or the copy is done",
        )


@contextmanager
def _rewound(source: object) -> Iterator[BinaryIO]:
    """Bytes or a caller's open file as a binary file at its start; the caller's is at its start again afterwards."""
    file: Any = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        file.seek(0)
        binary = isinstance(file.read(0), bytes)
    except (AttributeError, OSError, ValueError) as error:
        raise _unusable(source) from error
    if not binary:
        raise _unusable(source)
    with _read_errors("an open file"):
        try:
            yield file
        finally:
            file.seek(0)


def _unusable(source: object) -> InputError:
    return InputError(
        "unusable source",
        received=f"an object of type {type(source).__name__}",
        expected="a path, bytes, an open seekable binary file, an array, (array, sample_rate) or a soundfile object",
        remedy="read a stream into bytes first; open files with mode 'rb'",
    )


# --- samples ----------------------------------------------------------------------------------------------------------


def _is_soundfile(source: object) -> TypeGuard[soundfile.SoundFile]:
    """Without importing soundfile: whoever hands one in has."""
    module = sys.modules.get("soundfile")
    return module is not None and isinstance(source, module.SoundFile)


def _samples_and_rate(source: object) -> tuple[NDArray[Any], object]:
    match source:
        case np.ndarray():
            return source, SAMPLE_RATE
        case (np.ndarray() as samples, rate):
            return samples, rate
        case _:
            raise InvalidSamplesError(
                "unusable tuple", expected="(samples, sample_rate) as soundfile.read returns them"
            )


def _array_hash(samples: NDArray[Any], sample_rate: object) -> str:
    columns = checked_samples(samples)
    digest = hashlib.sha256(f"{checked_rate(sample_rate)} {columns.dtype.str} {columns.shape} ".encode())
    digest.update(np.ascontiguousarray(columns).data)
    return digest.hexdigest()


def _sound_hash(file: soundfile.SoundFile) -> str:
    digest = hashlib.sha256(f"{file.samplerate} {file.channels} ".encode())
    for block in sound_blocks(file):
        digest.update(block.data)
    return digest.hexdigest()
