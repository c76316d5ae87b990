"""Files that are whole or absent: written under a hidden name in the same directory, flushed, then renamed."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from engine.errors import StorageError

_PREFIX, _SUFFIX = ".call-engine-", ".tmp"

_REMEDIES = {
    errno.ENOSPC: "free some space, or choose another output directory, and run again",
    errno.EDQUOT: "the disk quota is used up: free some space, or choose another output directory, and run again",
    errno.EFBIG: "the file size limit of the process or of the file system is too small (see `ulimit -f`)",
    errno.EACCES: "give this user write permission on the directory, or choose another one",
    errno.EPERM: "give this user write permission on the directory, or choose another one",
    errno.EROFS: "the file system is mounted read-only: choose another output directory",
    errno.ENAMETOOLONG: "shorten the name of the recording or of the output directory",
    errno.ENOENT: "make the output directory first",
    errno.ENOTDIR: "a file stands where a directory is expected: choose another output directory",
    errno.EISDIR: "a directory stands where the file is expected: move it away",
    errno.EIO: "the disk reports an input/output error: check it",
}


def write_atomic(path: Path, data: bytes | str) -> None:
    """Put `data` (text as UTF-8) at `path`, replacing what is there. A reader, or a power cut, sees the old or the new.

    A link at `path` is replaced, not followed. Text that UTF-8 cannot hold (half of a surrogate pair, from a file name
    in another encoding) becomes `?`. Raises StorageError, with the remedy, and leaves no temporary file behind.
    """
    with replacing(path) as file:
        file.write(data.encode("utf-8", errors="replace") if isinstance(data, str) else data)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write into, which takes the place of `path` where the block ends well; else as `write_atomic`."""
    with storage_errors(path):
        temporary, descriptor = _create_beside(path)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
                temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_directory(path.parent)


def remove_unfinished(directory: Path) -> int:
    """Remove the temporary files that killed runs left in `directory`, and say how many.

    A writer holds a lock on its file, and the kernel lifts it when the writer dies, however it dies: a file under lock
    belongs to a run that is alive.
    """
    return sum(_remove_if_abandoned(leftover) for leftover in directory.glob(f"{_PREFIX}*{_SUFFIX}"))


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn an OSError about `path` into a StorageError that says what it means and what to do."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        remedy = _REMEDIES.get(error.errno or 0, "check the output directory, and run again")
        raise StorageError(f"{path} cannot be written: {reason}", remedy=remedy) from error


def _create_beside(path: Path) -> tuple[Path, int]:
    """A new locked file in the directory of `path`; its name is short, since `path.name` may be as long as allowed."""
    while True:
        temporary = path.with_name(f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}")
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666)
        with contextlib.suppress(OSError):  # some network file systems have no locks: then nothing is ever swept there
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return temporary, descriptor
        os.close(descriptor)  # swept between the two calls above


def _remove_if_abandoned(leftover: Path) -> bool:
    try:
        with leftover.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            leftover.unlink()
    except OSError:
        return False
    return True


def _sync_directory(directory: Path) -> None:
    """Make the rename itself survive a power cut; file systems that cannot are left to their own ways."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def printable(path: Path | str) -> str:
    """The path as text that any file can hold: bytes of a name that are no UTF-8 become `?`."""
    return str(path).encode("utf-8", "replace").decode("utf-8")
