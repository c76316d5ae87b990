"""Samples in memory and in temporary files: the same to every reader, and no more memory than allowed."""

import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.pcm import DoubledPcm, MemoryPcm, PcmWriter, SpooledPcm
from engine.telephone import doubled
from engine.types import Pcm


def noise(channels: int, samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-20_000, 20_000, (channels, samples)).astype(np.int16)


def written(samples: np.ndarray, spool_bytes: int, cuts: list[int] | None = None) -> Pcm:
    writer = PcmWriter(spool_bytes)
    for block in np.split(samples, sorted(cuts or []), axis=1):
        writer.write(block)
    return writer.finish()


@given(
    channels=st.integers(1, 4),
    samples=st.integers(1, 400),
    spool_bytes=st.integers(0, 3500),
    cuts=st.lists(st.integers(0, 400), max_size=5),
    start=st.integers(-50, 450),
    stop=st.integers(-50, 450),
)
@settings(max_examples=150, deadline=None)
def test_any_cut_and_any_place_read_the_same(channels, samples, spool_bytes, cuts, start, stop):
    whole = noise(channels, samples)
    pcm = written(whole, spool_bytes, [min(cut, samples) for cut in cuts])
    assert (pcm.n_channels, pcm.n_samples) == (channels, samples)
    assert isinstance(pcm, SpooledPcm if whole.nbytes > spool_bytes else MemoryPcm)
    piece = pcm.read(start, stop)
    np.testing.assert_array_equal(piece, whole[:, max(start, 0) : max(stop, start, 0)])
    assert piece.dtype == np.int16


@given(
    channels=st.integers(1, 3),
    samples=st.integers(0, 200),
    spool_bytes=st.sampled_from([0, 10**9]),
    start=st.integers(-50, 450),
    stop=st.integers(-50, 450),
)
@settings(max_examples=150, deadline=None)
def test_a_piece_of_a_telephone_call_is_that_of_the_whole(channels, samples, spool_bytes, start, stop):
    """Within one step, which a rounding may take the other way."""
    kept = noise(channels, samples)
    pcm = DoubledPcm(written(kept, spool_bytes) if samples else MemoryPcm(kept))
    assert (pcm.n_channels, pcm.n_samples) == (channels, 2 * samples)
    piece = pcm.read(start, stop)
    assert piece.dtype == np.int16
    whole = doubled(kept)[:, max(start, 0) : max(stop, start, 0)]
    np.testing.assert_allclose(piece.astype(int), whole, atol=1)


def test_no_samples():
    pcm = PcmWriter(100).finish()
    assert (pcm.n_channels, pcm.n_samples) == (1, 0)


def test_memory_is_handed_out_read_only():
    with pytest.raises(ValueError, match="read-only"):
        written(noise(1, 10), 1000).read(0, 10)[0, 0] = 1


@pytest.mark.parametrize("spool_bytes", [0, 10**9])
def test_equal_channels_become_the_first(spool_bytes):
    voice = noise(1, 5000)
    pcm = written(np.repeat(voice, 2, axis=0), spool_bytes, [100, 3000])
    assert pcm.n_channels == 1
    np.testing.assert_array_equal(pcm.read(0, 5000), voice)


@pytest.mark.parametrize("spool_bytes", [0, 10**9])
def test_alike_channels_become_their_mean(spool_bytes):
    voice = noise(1, 5000)
    coded = np.concatenate([voice, voice + 4])
    np.testing.assert_array_equal(written(coded, spool_bytes).read(0, 5000), voice + 2)


def test_the_temporary_file_has_no_name(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pcm = written(noise(2, 5000), 0)
    assert list(tmp_path.iterdir()) == []
    assert pcm.read(4999, 5000).shape == (2, 1)


def test_the_temporary_file_is_closed_with_its_last_reader():
    before = len(list(Path("/proc/self/fd").iterdir()))
    pcm = written(noise(3, 5000), 0)
    assert len(list(Path("/proc/self/fd").iterdir())) == before + 3
    del pcm
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_threads_read_the_file_at_once():
    whole = noise(2, 100_000)
    pcm, wrong = written(whole, 0), []

    def read(seed: int) -> None:
        for start in np.random.default_rng(seed).integers(0, 90_000, 200):
            if not np.array_equal(pcm.read(start, start + 5000), whole[:, start : start + 5000]):
                wrong.append(start)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def run(code: str, *arguments: str) -> str:
    """What a Python program of its own prints."""
    command = [sys.executable, "-c", textwrap.dedent(code), *arguments]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    assert finished.stderr == ""
    return finished.stdout.strip()


def test_a_full_disk_is_a_storage_error():
    """A limit on the size of files stands for the full disk."""
    code = """
        import resource, numpy as np
        from engine.audio.pcm import PcmWriter
        from engine.errors import StorageError
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            PcmWriter(0).write(np.ones((1, 100_000), np.int16))
        except StorageError as error:
            print(error)
    """
    assert "TMPDIR" in run(code)


def test_a_missing_temporary_directory_is_a_storage_error():
    code = """
        import tempfile, numpy as np
        from engine.audio.pcm import PcmWriter
        from engine.errors import StorageError
        tempfile.tempdir = "/nonexistent"
        try:
            PcmWriter(0).write(np.ones((1, 100_000), np.int16))
        except StorageError as error:
            print(error)
    """
    assert "TMPDIR" in run(code)


def test_a_long_call_costs_little_memory(wav, tmp_path):
    """A quarter of an hour in stereo is 58 MB of samples; 4 MB of them may stay in memory."""
    path = tmp_path / "long.wav"
    path.write_bytes(wav(noise(2, 900 * 8000).T, 8000, "ULAW"))
    code = """
        import resource, sys
        from engine.audio import decode
        from engine.config_types import AudioConfig
        peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        decode(open(sys.argv[1], "rb").read(80_000), AudioConfig())  # loads the libraries
        before = peak()
        audio = decode(sys.argv[1], AudioConfig(spool_bytes=4 * 1024**2))
        first, last = audio.read(0, 0.0, 10.0), audio.read(1, 890.0, 900.0)
        print(audio.n_channels, audio.duration_s, len(first), len(last), (peak() - before) // 1024)
    """
    channels, duration, first, last, growth_mib = run(code, str(path)).split()
    assert (channels, duration, first, last) == ("2", "900.0", "160000", "160000")
    assert int(growth_mib) < 32
