"""Is a recording whole? What WAV, Ogg and MP3 say of themselves."""

import struct

import numpy as np
import pytest

from engine.audio import decode
from engine.config_types import AudioConfig

CONFIG = AudioConfig()


def damage(data: bytes) -> str | None:
    return decode(data, CONFIG).damage


@pytest.fixture
def signal() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((10 * 16_000, 1)).astype(np.float32) * 0.1


def resized(data: bytes, size: int) -> bytes:
    at = data.index(b"data") + 4
    return data[:at] + size.to_bytes(4, "little") + data[at + 4 :]


@pytest.mark.parametrize(("extra", "cut"), [(0, False), (44, False), (4000, False), (100_000, True), (10**9, True)])
def test_a_wav_that_declares_more_than_it_has(signal, wav, extra, cut):
    data = wav(signal, 16_000)
    assert (damage(resized(data, 320_000 + extra)) is not None) == cut


@pytest.mark.parametrize("chunk", [b"bext", b"JUNK"])
@pytest.mark.parametrize("length", [0, 3, 600])
def test_chunks_before_the_samples_are_passed(signal, wav, chunk, length):
    data = wav(signal, 16_000)
    extra = chunk + struct.pack("<I", length) + bytes(length + length % 2)
    whole = data[:12] + extra + data[12:]
    assert damage(whole) is None
    assert "truncated" in (damage(whole[: len(whole) // 2]) or "")


def test_chunks_without_end_do_not_keep_the_reader(signal, wav):
    data = wav(signal, 16_000)
    many = b"".join(b"JUNK" + struct.pack("<I", 0) for _ in range(1000))
    assert damage(data[:12] + many + data[12:]) is None


@pytest.mark.parametrize("missing", [1, 100, 3000])
def test_an_ogg_cut_within_its_last_page(signal, recording, missing):
    data = recording(signal, 16_000, "libopus", "ogg")
    assert damage(data) is None
    assert "truncated" in (damage(data[:-missing]) or "")


def test_an_ogg_that_ends_with_a_page_is_whole(signal, recording):
    """A live recorder stops between two pages and never marks the last one."""
    data = recording(signal, 16_000, "libopus", "ogg")
    assert damage(data[: data.rindex(b"OggS")]) is None


@pytest.mark.parametrize("tag", [b"", b"ID3\x03\0\0\0\0\x0f\x76" + bytes(2038)])
def test_an_mp3_declares_its_frames(signal, recording, tag):
    data = recording(signal, 16_000, "libmp3lame", "mp3", options={"id3v2_version": "0"})
    assert damage(tag + data) is None
    assert "of 10.1 s" in (damage(tag + data[: len(data) // 2]) or "")


def test_an_mp3_of_varying_bit_rate_without_a_count_is_whole(recording):
    """FFmpeg's estimate from the first frames would be minutes off."""
    loud = np.random.default_rng(0).standard_normal((10 * 16_000, 1)).astype(np.float32) * 0.3
    signal = np.concatenate([np.zeros_like(loud), loud])
    data = recording(signal, 16_000, "libmp3lame", "mp3", options={"write_xing": "0", "id3v2_version": "0"})
    assert damage(data) is None


def test_a_picture_that_outlasts_the_sound_is_no_damage(tones, video):
    assert damage(video(tones(0.8, 16_000, [440]))) is None
