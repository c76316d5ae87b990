"""Which files of a folder are recordings."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.audio import find_calls
from engine.audio.discover import looks_like_audio
from engine.errors import InputError, NotAudioError


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in [
        "b.wav",
        "a.MP3",
        "notes.txt",
        "result.json",
        "2024/c.flac",
        "2024/10/d.m4a",
        "2024/9/e.ogg",
        ".hidden.wav",
        ".trash/f.wav",
        "half.wav.part",
        "code.ts",
    ]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "nosuffix").write_bytes(b"OggS" + bytes(100))
    (tmp_path / "call.2024-01-02").write_bytes(b"RIFF\0\0\0\0WAVEfmt ")
    (tmp_path / "half.tmp").write_bytes(b"RIFF\0\0\0\0WAVEfmt ")
    return tmp_path


def test_a_folder_is_searched_in_order_of_names(folder):
    names = [str(path.relative_to(folder)) for path in find_calls([folder])]
    assert names == ["2024/10/d.m4a", "2024/9/e.ogg", "2024/c.flac", "a.MP3", "b.wav", "call.2024-01-02", "nosuffix"]


def test_files_are_taken_as_given(folder):
    given = [folder / "notes.txt", folder / ".hidden.wav", folder / "half.wav.part"]
    assert find_calls(given) == given


def test_each_recording_once(folder):
    calls = find_calls([folder / "b.wav", folder, folder / "2024", folder / "2024" / ".." / "b.wav"])
    assert calls[0] == folder / "b.wav"
    assert len(calls) == len({call.resolve() for call in calls}) == 7


def test_links(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "far.wav").write_bytes(b"x")
    (folder / "2024" / "loop").symlink_to(folder)
    (folder / "linked.wav").symlink_to(elsewhere / "far.wav")
    (folder / "broken.wav").symlink_to(elsewhere / "gone.wav")
    calls = find_calls([folder])
    assert folder / "linked.wav" in calls
    assert folder / "broken.wav" not in calls
    assert len(calls) == 8


def test_pipes_in_a_folder_are_passed(folder):
    os.mkfifo(folder / "pipe.wav")
    assert folder / "pipe.wav" not in find_calls([folder])


@contextmanager
def unprivileged() -> Iterator[None]:
    """Permissions mean nothing to root."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_directory_below_that_may_not_be_read_is_left_out(caplog):
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        folder.chmod(0o755)
        (folder / "locked").mkdir()
        (folder / "a.wav").write_bytes(b"x")
        (folder / "locked").chmod(0)
        with unprivileged():
            assert find_calls([folder]) == [folder / "a.wav"]
    assert "left out" in caplog.text


def test_a_directory_that_may_not_be_read_is_an_error(folder):
    folder.chmod(0)
    with unprivileged(), pytest.raises(InputError, match="Permission denied"):
        find_calls([folder])
    folder.chmod(0o755)


def test_a_missing_path(tmp_path):
    with pytest.raises(InputError, match=r"absent.*No such file"):
        find_calls([tmp_path / "absent"])


def test_a_folder_without_recordings_is_named(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing here")
    with pytest.raises(NotAudioError, match=str(tmp_path)):
        find_calls([tmp_path])


def test_nothing_asked_nothing_found():
    assert find_calls([]) == []


@pytest.mark.parametrize(
    ("muxer", "codec", "rate"),
    [
        ("wav", "pcm_s16le", 16_000),
        ("aiff", "pcm_s16be", 16_000),
        ("au", "pcm_mulaw", 8_000),
        ("caf", "pcm_s16be", 16_000),
        ("flac", "flac", 16_000),
        ("mp3", "libmp3lame", 16_000),
        ("adts", "aac", 16_000),
        ("ipod", "aac", 16_000),
        ("3gp", "libopencore_amrnb", 8_000),
        ("amr", "libopencore_amrnb", 8_000),
        ("ogg", "libopus", 48_000),
        ("webm", "libopus", 48_000),
        ("asf", "wmav2", 44_100),
        ("avi", "libmp3lame", 44_100),
        ("flv", "libmp3lame", 22_050),
        ("wv", "wavpack", 16_000),
    ],
)
def test_recordings_are_known_by_their_first_bytes(tones, recording, muxer, codec, rate):
    assert looks_like_audio(recording(tones(0.5, rate, [440]), rate, codec, muxer)[:16])


def test_mp3_without_tags(tones, recording):
    data = recording(tones(0.5, 16_000, [440]), 16_000, "libmp3lame", "mp3", options={"id3v2_version": "0"})
    assert data[0] == 0xFF
    assert looks_like_audio(data[:16])


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff",
        b'{"schema_version"',
        b"<!DOCTYPE html>",
        "\ufeffHello there".encode("utf-16-le"),
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"\0\0\0\x18ftypheic\0\0\0\0",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0",
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0",
        b"SQLite format 3\0",
        b"\xff\xff\xff\xff\xff\xff\xff\xff",
        bytes(16),
    ],
)
def test_other_files_are_not_taken_for_recordings(head):
    assert not looks_like_audio(head)
