"""Redacted recordings: nothing of the original under a cover, the rest as it was; by real encoding and decoding."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from engine.audio import Cover, covers, redact_audio
from engine.audio.redaction import BEEP_HZ
from engine.config_types import AudioConfig
from engine.errors import InputError, NotAudioError, SourceChangedError, StorageError
from engine.types import SAMPLE_RATE, Span
from tests.conftest import audio_of

MARGIN_S = 0.1
SPANS = [Span(0.0, 0.4), Span(3.0, 4.5), Span(9.9, 10.1), Span(12.8, 60.0)]


@pytest.fixture
def recording(tmp_path):
    """`recording(rate, channels)`: 13 s of noise as a WAV, and its samples, shape (samples, channels)."""

    def make(rate: int, channels: int) -> tuple[Path, np.ndarray]:
        noise = np.random.default_rng(rate + channels).standard_normal((rate * 13 + 37, channels))
        samples = (noise * 3000).astype(np.int16)
        path = tmp_path / "call.wav"
        soundfile.write(path, samples, rate)
        return path, samples

    return make


def covered(samples: np.ndarray, rate: int, spans: list[Span], margin_s: float = MARGIN_S) -> np.ndarray:
    """Which samples lie under a span or its margins, shape (samples,)."""
    times = np.arange(len(samples)) / rate
    return np.any([(times >= span.start_s - margin_s) & (times < span.end_s + margin_s) for span in spans], axis=0)


def decoded(path: Path) -> tuple[np.ndarray, int]:
    """By FFmpeg, as any player would: float samples of shape (samples, channels), and the rate."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp", layout=stream.layout, rate=stream.rate)
        blocks = [part.to_ndarray() for frame in container.decode(stream) for part in resampler.resample(frame)]
        return np.concatenate(blocks, axis=1).T, stream.rate


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    first, second = first.astype(float), second.astype(float)
    norm = np.sqrt((first**2).sum() * (second**2).sum())
    return abs(float((first * second).sum())) / norm if norm else 0.0


@pytest.mark.parametrize("format", ["flac", "wav"])
@pytest.mark.parametrize(
    ("rate", "channels"), [(8000, 1), (8000, 2), (16_000, 1), (22_050, 1), (44_100, 2), (48_000, 4)]
)
def test_lossless_copies_are_the_original_but_for_the_covers(recording, tmp_path, format, rate, channels):
    path, samples = recording(rate, channels)
    target = tmp_path / f"call.redacted.{format}"
    redact_audio(path, target, [Cover(span) for span in SPANS], sound="silence", format=format, margin_s=MARGIN_S)
    copy, copy_rate = soundfile.read(target, dtype="int16", always_2d=True)
    assert (copy_rate, copy.shape) == (rate, samples.shape)
    under, outside = covered(samples, rate, SPANS), ~covered(samples, rate, SPANS, MARGIN_S + 1.5 / rate)
    assert under.any()
    assert outside.sum() > 0.7 * len(samples)
    assert not copy[under].any()
    assert np.array_equal(copy[outside], samples[outside])


@pytest.mark.parametrize("format", ["flac", "wav", "mp3", "opus"])
@pytest.mark.parametrize("sound", ["beep", "silence"])
def test_nothing_of_the_original_is_left_under_a_cover(recording, tmp_path, format, sound):
    rate = 16_000
    path, samples = recording(rate, 2)
    target = tmp_path / f"call.redacted.{format}"
    redact_audio(path, target, [Cover(span) for span in SPANS], sound=sound, format=format, margin_s=MARGIN_S)
    copy, copy_rate = decoded(target)
    assert len(copy) / copy_rate == pytest.approx(len(samples) / rate, abs=1 / rate)
    if copy_rate != rate:
        copy = copy[:: copy_rate // rate][: len(samples)]
    inside = covered(samples, rate, SPANS, margin_s=0.05)  # away from the edges, over which a lossy codec smears
    outside = ~covered(samples, rate, SPANS, margin_s=0.2)
    for channel in range(2):
        for delay in (0, *range(-200, 201, 25)):
            shifted = np.roll(copy[:, channel], delay)
            assert correlation(shifted[inside], samples[inside, channel]) < 0.015
        assert correlation(copy[outside, channel], samples[outside, channel]) > (
            0.999 if format in ("flac", "wav") else 0.5
        )
    level = np.abs(copy[inside]).max()
    assert level < 0.005 if sound == "silence" else 0.08 < level < 0.15  # Opus rings for a few milliseconds


def test_a_beep_is_a_tone_of_one_kilohertz_without_clicks(recording, tmp_path):
    path, _ = recording(8000, 1)
    target = tmp_path / "call.redacted.wav"
    redact_audio(path, target, [Cover(Span(2.0, 7.0))], sound="beep", format="wav", margin_s=0.0)
    tone = soundfile.read(target)[0][2 * 8000 : 7 * 8000]
    spectrum = np.abs(np.fft.rfft(tone * np.hanning(len(tone))))
    assert np.argmax(spectrum) * 8000 / len(tone) == pytest.approx(BEEP_HZ, abs=0.5)
    assert abs(tone[0]) < 0.001  # fades in
    assert abs(tone[-1]) < 0.001
    assert np.abs(np.diff(tone)).max() < 0.1 * 2 * np.pi * BEEP_HZ / 8000 + 0.001  # no jump where blocks meet


def test_only_the_named_channels_are_covered(recording, tmp_path):
    path, samples = recording(8000, 2)
    target = tmp_path / "call.redacted.flac"
    redact_audio(path, target, [Cover(Span(3.0, 4.0), frozenset({1}))], sound="silence", margin_s=0.0)
    copy = soundfile.read(target, dtype="int16")[0]
    assert np.array_equal(copy[:, 0], samples[:, 0])
    assert not copy[3 * 8000 : 4 * 8000, 1].any()


@pytest.mark.parametrize(("echo", "delay_s", "expected"), [(0.0, 0.0, {0}), (0.05, 0.0, {0, 1}), (0.05, 0.3, {0, 1})])
def test_channels_that_carry_an_echo_are_covered_too(echo, delay_s, expected):
    random = np.random.default_rng(1)
    speech = random.standard_normal(10 * SAMPLE_RATE) * 0.1
    quiet = random.standard_normal(10 * SAMPLE_RATE) * 0.005
    audio = audio_of(speech, quiet + echo * np.roll(speech, round(delay_s * SAMPLE_RATE)))
    assert covers(audio, [(Span(2.0, 3.0), 0)]) == [Cover(Span(2.0, 3.0), frozenset(expected))]


def test_digital_silence_carries_nothing_and_mono_is_covered_whole():
    speech = np.random.default_rng(1).standard_normal(5 * SAMPLE_RATE) * 0.1
    stereo = audio_of(speech, np.zeros_like(speech))
    assert covers(stereo, [(Span(1.0, 2.0), 0), (Span(1.0, 2.0), None)]) == [
        Cover(Span(1.0, 2.0), frozenset({0})),
        Cover(Span(1.0, 2.0)),
    ]
    assert covers(audio_of(speech), [(Span(1.0, 2.0), 0)]) == [Cover(Span(1.0, 2.0))]
    assert covers(stereo, [(Span(4.9, 9.0), 0), (Span(0.0, 0.0), 0)])[0].channels == frozenset({0})


def test_bytes_arrays_and_an_empty_list_of_covers(recording, tmp_path):
    path, samples = recording(16_000, 1)
    for source in (path.read_bytes(), (samples, 16_000), path):
        redact_audio(source, tmp_path / "copy.flac", [])
        assert np.array_equal(soundfile.read(tmp_path / "copy.flac", dtype="int16")[0], samples[:, 0])


def test_another_content_than_the_one_transcribed_is_refused(recording, tmp_path):
    path, _ = recording(8000, 1)
    with pytest.raises(SourceChangedError):
        redact_audio(path, tmp_path / "copy.flac", [], sha256="0" * 64)
    assert not (tmp_path / "copy.flac").exists()


def test_what_cannot_be_written_leaves_nothing(recording, tmp_path):
    path, _ = recording(8000, 1)
    with pytest.raises(StorageError, match="make the output directory"):
        redact_audio(path, tmp_path / "absent" / "copy.flac", [])
    (tmp_path / "text.wav").write_text("no audio " * 100)
    with pytest.raises(NotAudioError):
        redact_audio(tmp_path / "text.wav", tmp_path / "copy.flac", [])
    many = tmp_path / "many.wav"
    soundfile.write(many, np.zeros((8000, 10), np.int16), 8000)
    with pytest.raises(InputError, match="choose wav"):
        redact_audio(many, tmp_path / "copy.flac", [])
    assert not [file for file in tmp_path.iterdir() if "copy" in file.name or file.name.startswith(".")]


def test_recordings_of_hours_need_the_memory_of_seconds(tmp_path):
    """Peak memory of a process that redacts a long recording against one that redacts a short one."""
    script = (
        "import resource, sys, numpy as np, soundfile\n"
        "from pathlib import Path\n"
        "from engine.audio import Cover, redact_audio\n"
        "from engine.types import Span\n"
        "source = Path(sys.argv[1]) / 'long.wav'\n"
        "minutes = int(sys.argv[2])\n"
        "with soundfile.SoundFile(source, 'w', 8000, 2, 'PCM_16') as file:\n"
        "    for _ in range(minutes):\n"
        "        file.write(np.random.default_rng(0).integers(-999, 999, (60 * 8000, 2)).astype(np.int16))\n"
        "covers = [Cover(Span(second, second + 0.5)) for second in range(0, minutes * 60, 10)]\n"
        "redact_audio(source, source.with_suffix('.flac'), covers)\n"
        "assert soundfile.info(source.with_suffix('.flac')).frames == minutes * 60 * 8000\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )

    def peak_mib(minutes: int) -> int:
        command = [sys.executable, "-c", script, str(tmp_path), str(minutes)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=250)
        return int(done.stdout)

    assert peak_mib(60) < peak_mib(1) + 40  # an hour's samples alone are 110 MiB


def test_the_caps_on_a_recording_hold(recording, tmp_path):
    from engine.errors import AudioLimitError

    path, _ = recording(8000, 1)
    with pytest.raises(AudioLimitError):
        redact_audio(path, tmp_path / "copy.flac", [], config=AudioConfig(max_duration_s=5.0))
