"""What callers hand in: hashed by content, refused by name, watched while it is read."""

import hashlib
import io
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.audio import content_hash, decode
from engine.audio.source import opened
from engine.config_types import AudioConfig
from engine.errors import AudioLimitError, InputError, InvalidSamplesError, NotAudioError, SourceChangedError

CONFIG = AudioConfig()


@pytest.fixture
def call(tones, wav, tmp_path) -> Path:
    path = tmp_path / "call.wav"
    path.write_bytes(wav(tones(2.0, 16_000, [440]), 16_000))
    return path


# --- content hash -----------------------------------------------------------------------------------------------------


def test_a_file_has_the_hash_of_its_bytes_however_it_comes(call):
    data = call.read_bytes()
    expected = hashlib.sha256(data).hexdigest()
    with call.open("rb") as file:
        for source in (call, str(call), data, io.BytesIO(data), file):
            assert content_hash(source) == expected
            assert decode(source, CONFIG).source.sha256 == expected


def test_hashing_rewinds_an_open_file(call):
    file = io.BytesIO(call.read_bytes())
    file.seek(77)
    first = content_hash(file)
    assert file.tell() == 0
    assert content_hash(file) == first


def test_arrays_differ_by_samples_shape_rate_and_type():
    samples = np.arange(12, dtype=np.int16)
    variants = [
        samples,
        (samples, 8000),
        samples[::-1],
        samples.reshape(6, 2),
        samples.reshape(4, 3),
        samples.astype(np.int32),
        samples.astype(np.float32),
        samples.astype(np.uint8),
    ]
    assert len({content_hash(variant) for variant in variants}) == len(variants)
    assert content_hash(samples) == content_hash((samples, 16_000)) == content_hash(samples.copy())


@pytest.mark.parametrize("samples", [np.array([None, 1.0]), np.array(0.5), np.zeros((2, 2, 2)), np.zeros(5, complex)])
def test_what_is_no_audio_has_no_hash(samples):
    with pytest.raises(InvalidSamplesError):
        content_hash(samples)


def test_a_view_has_the_hash_of_its_copy():
    samples = np.random.default_rng(0).standard_normal((2, 1000))
    assert content_hash(samples.T) == content_hash(np.ascontiguousarray(samples.T))


def test_a_soundfile_has_the_hash_of_its_samples(call):
    with soundfile.SoundFile(call) as first, soundfile.SoundFile(call) as second:
        second.read(1000)
        assert content_hash(first) == content_hash(second) == decode(second, CONFIG).source.sha256


# --- what cannot be read ----------------------------------------------------------------------------------------------


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"absent\.wav.*No such file"):
        decode(tmp_path / "absent.wav", CONFIG)


def test_a_directory(tmp_path):
    with pytest.raises(InputError, match="a directory"):
        decode(tmp_path, CONFIG)


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: socket.socket(socket.AF_UNIX).bind(str(path))])
def test_a_pipe_or_socket_is_refused_and_not_waited_for(tmp_path, make, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's name must be short
    make("pipe")
    with pytest.raises(InputError, match="not a file"):
        decode("pipe", CONFIG)


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


@pytest.mark.parametrize("use", [content_hash, lambda path: decode(path, CONFIG)])
def test_a_file_without_permission(call, use):
    call.chmod(0)
    with unprivileged(), pytest.raises(InputError, match=r"call\.wav.*Permission denied.*permissions"):
        use(call)


@pytest.mark.parametrize("name", ["bad\0name.wav", "x" * 5000])
def test_impossible_names(name):
    with pytest.raises(InputError, match="cannot be read"):
        decode(name, CONFIG)


class Stream(io.RawIOBase):
    """Readable, not seekable: standard input, a socket."""

    def readable(self) -> bool:
        return True


def closed() -> io.BytesIO:
    file = io.BytesIO(b"RIFF")
    file.close()
    return file


@pytest.mark.parametrize("source", [42, None, io.StringIO("RIFF"), Stream(), closed(), bytearray(b"RIFF"), ["a.wav"]])
@pytest.mark.parametrize("use", [content_hash, lambda source: decode(source, CONFIG)])
def test_unusable_sources(source, use):
    with pytest.raises(InputError, match=r"unusable source.*expected a path, bytes"):
        use(source)


@pytest.mark.parametrize("source", [(np.zeros(10),), (np.zeros(10), 8000, 1), ([0.0], 8000), ()])
def test_unusable_tuples(source):
    with pytest.raises(InvalidSamplesError, match=r"\(samples, sample_rate\)"):
        decode(source, CONFIG)


class Failing(io.BytesIO):
    """A disk that gives up after the first 20,000 bytes."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 20_000:
            raise OSError(5, "Input/output error")
        return super().read(5000 if size is None or size < 0 else min(size, 5000))


def test_a_failing_disk(call):
    with pytest.raises(InputError, match=r"reading failed.*Input/output error"):
        decode(Failing(call.read_bytes()), CONFIG)


# --- a file that changes ----------------------------------------------------------------------------------------------


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(1000))


def rewrite(path: Path) -> None:
    status = path.stat()
    path.write_bytes(bytes(status.st_size))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def replace(path: Path) -> None:
    status, other = path.stat(), path.with_suffix(".new")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)


CHANGES: list[Callable[[Path], None]] = [grow, rewrite, replace, Path.unlink, lambda path: os.truncate(path, 100)]


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_while_it_is_read(call, change):
    with pytest.raises(SourceChangedError, match=r"call\.wav.*finished recording"), opened(call) as ready:
        frames = ready.track.frames()
        next(frames)
        change(call)
        list(frames)


def test_the_change_is_the_cause_of_what_went_wrong(call):
    with pytest.raises(SourceChangedError), opened(call):
        os.truncate(call, 100)
        raise NotAudioError("nothing decoded")


def test_an_unchanged_file_keeps_its_own_error(call):
    with pytest.raises(AudioLimitError):
        decode(call, AudioConfig(max_duration_s=1.0))
