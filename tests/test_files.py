"""Whole or absent, whatever happens: full disks, limits, permissions, kills."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import StorageError
from engine.files import remove_unfinished, storage_errors, write_atomic

OLD, NEW = "old content\n", "n" * 200_000

WRITE_OVER_THE_LIMIT = """
import resource, signal, sys
from pathlib import Path
from engine.files import write_atomic
signal.signal(signal.SIGXFSZ, getattr(signal, sys.argv[2]))
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
write_atomic(Path(sys.argv[1]), "n" * 200_000)
"""

WRITE_FOREVER = """
import itertools, sys
from pathlib import Path
from engine.files import write_atomic
for turn in itertools.count():
    write_atomic(Path(sys.argv[1]), "ab"[turn % 2] * 1_000_000)
    print(turn, flush=True)
"""


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write everywhere: be nobody for a while."""
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if was_root:
            os.seteuid(0)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("plain", b"plain"),
        ("naïve – 返金 \U0001f600", "naïve – 返金 \U0001f600".encode()),
        (b"\x00\xff\r\n", b"\x00\xff\r\n"),
        ("line\nline\r\n", b"line\nline\r\n"),
        ("", b""),
        ("from a Latin-1 name: \udce9", b"from a Latin-1 name: ?"),
    ],
)
def test_writes_exactly_the_data_and_nothing_else(tmp_path: Path, data: bytes | str, expected: bytes) -> None:
    target = tmp_path / "call.json"
    write_atomic(target, data)
    assert target.read_bytes() == expected
    assert list(tmp_path.iterdir()) == [target]


def test_replaces_what_is_there_with_the_usual_permissions(tmp_path: Path) -> None:
    target, plain = tmp_path / "call.json", tmp_path / "plain"
    target.write_text(OLD)
    plain.write_text("")
    write_atomic(target, NEW)
    assert target.read_text() == NEW
    assert target.stat().st_mode == plain.stat().st_mode


def test_replaces_a_link_without_touching_what_it_points_to(tmp_path: Path) -> None:
    elsewhere, target = tmp_path / "elsewhere", tmp_path / "call.json"
    elsewhere.write_text(OLD)
    target.symlink_to(elsewhere)
    write_atomic(target, NEW)
    assert elsewhere.read_text() == OLD
    assert target.read_text() == NEW and not target.is_symlink()


def test_takes_the_longest_name_that_the_file_system_allows(tmp_path: Path) -> None:
    target = tmp_path / ("x" * os.pathconf(tmp_path, "PC_NAME_MAX"))
    write_atomic(target, NEW)
    assert target.read_text() == NEW


def _missing_directory(path: Path) -> Path:
    return path / "missing" / "call.json"


def _name_too_long(path: Path) -> Path:
    return path / ("x" * 300)


def _directory_in_the_way(path: Path) -> Path:
    (path / "call.json").mkdir()
    return path / "call.json"


def _file_as_directory(path: Path) -> Path:
    (path / "file").write_text(OLD)
    return path / "file" / "call.json"


@pytest.mark.parametrize(
    ("prepare", "remedy"),
    [
        (_missing_directory, "make the output directory"),
        (_name_too_long, "shorten the name"),
        (_directory_in_the_way, "a directory stands where the file is expected"),
        (_file_as_directory, "a file stands where a directory is expected"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_impossible_paths_are_told_with_a_remedy(tmp_path: Path, prepare, remedy: str) -> None:
    target = prepare(tmp_path)
    with pytest.raises(StorageError, match=remedy) as caught:
        write_atomic(target, NEW)
    assert str(target) in str(caught.value)
    assert not list(tmp_path.rglob(".call-engine-*"))


def test_a_directory_without_write_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # nobody may not walk down to it, but may stand in it
    tmp_path.chmod(0o555)
    try:
        with unprivileged(), pytest.raises(StorageError, match=r"Permission denied; give this user write permission"):
            write_atomic(Path("call.json"), NEW)
    finally:
        tmp_path.chmod(0o755)
    assert not list(tmp_path.iterdir())


def test_the_meaning_of_a_full_disk(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match="No space left on device; free some space"),
        storage_errors(tmp_path),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")


def test_a_file_system_that_fills_up_keeps_the_old_file(tmp_path: Path) -> None:
    """A real tmpfs of 64 KiB, mounted in a user namespace of its own."""
    mount = f"mount -t tmpfs -o size=64k full {tmp_path}"
    if not shutil.which("unshare") or subprocess.run(["unshare", "-Urm", "sh", "-c", mount], check=False).returncode:
        pytest.skip("this kernel does not let users mount file systems")
    code = """
import os, sys
from pathlib import Path
from engine.errors import StorageError
from engine.files import write_atomic
target = Path(sys.argv[1], "call.json")
write_atomic(target, "old")
try:
    write_atomic(target, "n" * 200_000)
except StorageError as error:
    print(error, os.listdir(sys.argv[1]), target.read_text(), sep="\\n")
"""
    script = f'{mount} && exec "$@"'
    command = ["unshare", "-Urm", "sh", "-c", script, "sh", *python(code, tmp_path)]
    message, names, content = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert "No space left on device; free some space" in message
    assert (names, content) == ("['call.json']", "old")


def test_a_write_that_fails_half_way_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "call.json"
    target.write_text(OLD)
    run = subprocess.run(python(WRITE_OVER_THE_LIMIT, target, "SIG_IGN"), capture_output=True, text=True, check=False)
    assert run.returncode == 1 and "StorageError" in run.stderr and "ulimit -f" in run.stderr
    assert target.read_text() == OLD
    assert list(tmp_path.iterdir()) == [target]


def test_a_writer_killed_half_way_leaves_the_old_file_and_a_leftover_that_is_swept(tmp_path: Path) -> None:
    """The kernel kills the writer at byte 65,536, in the middle of the file, every time."""
    target = tmp_path / "call.json"
    target.write_text(OLD)
    run = subprocess.run(python(WRITE_OVER_THE_LIMIT, target, "SIG_DFL"), check=False)
    assert run.returncode == -signal.SIGXFSZ
    assert target.read_text() == OLD
    (leftover,) = tmp_path.glob(".call-engine-*")
    assert 0 < leftover.stat().st_size < len(NEW)
    assert remove_unfinished(tmp_path) == 1
    assert list(tmp_path.iterdir()) == [target]


def test_kill_9_leaves_one_of_the_two_versions_and_the_file_in_writing_is_not_swept(tmp_path: Path) -> None:
    target = tmp_path / "call.json"
    for writes in (1, 2, 5):
        with subprocess.Popen(python(WRITE_FOREVER, target), stdout=subprocess.PIPE, text=True) as writer:
            for _ in range(writes):
                assert writer.stdout is not None and writer.stdout.readline()
            remove_unfinished(tmp_path)
            assert writer.stdout.readline(), "the sweep must not hurt a live writer"
            writer.kill()
        assert target.read_text() in ("a" * 1_000_000, "b" * 1_000_000)
        assert remove_unfinished(tmp_path) <= 1
        assert list(tmp_path.iterdir()) == [target]


def test_the_sweep_leaves_other_files_alone(tmp_path: Path) -> None:
    for name in ("call.json", ".hidden", "call-engine-1.tmp", ".call-engine-store"):
        (tmp_path / name).write_text("")
    assert remove_unfinished(tmp_path) == 0
    assert remove_unfinished(tmp_path / "missing") == 0
    assert len(list(tmp_path.iterdir())) == 4
