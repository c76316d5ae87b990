"""Any recording becomes 16 kHz samples: every container, every way in, every cap."""

import io
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.audio import Source, decode
from engine.audio.arrays import ArrayTrack
from engine.audio.resample import resampled
from engine.config_types import AudioConfig
from engine.errors import AudioLimitError, InputError, InvalidSamplesError, NotAudioError
from engine.types import SAMPLE_RATE, Audio

CONFIG = AudioConfig()


def pitch(samples: np.ndarray) -> float:
    """The strongest frequency of a channel in Hz."""
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64) * np.hanning(len(samples))))
    return float(spectrum.argmax() * SAMPLE_RATE / len(samples))


def level(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)) / 32768)


# container as PyAV names it, codec as PyAV names it, rate, channels, then what SourceInfo must say
FORMATS = [
    ("wav", "pcm_s16le", 16_000, 2, "wav", "pcm_s16le"),
    ("wav", "pcm_u8", 8_000, 1, "wav", "pcm_u8"),
    ("wav", "pcm_s24le", 44_100, 2, "wav", "pcm_s24le"),
    ("wav", "pcm_s32le", 48_000, 1, "wav", "pcm_s32le"),
    ("wav", "pcm_f32le", 22_050, 2, "wav", "pcm_f32le"),
    ("wav", "pcm_f64le", 16_000, 1, "wav", "pcm_f64le"),
    ("wav", "pcm_mulaw", 8_000, 2, "wav", "pcm_mulaw"),
    ("wav", "pcm_alaw", 8_000, 1, "wav", "pcm_alaw"),
    ("wav", "adpcm_ima_wav", 8_000, 2, "wav", "adpcm_ima_wav"),
    ("wav", "adpcm_ms", 8_000, 1, "wav", "adpcm_ms"),
    ("wav", "g726", 8_000, 1, "wav", "adpcm_g726"),
    ("wav", "g722", 16_000, 1, "wav", "adpcm_g722"),
    ("w64", "pcm_s16le", 16_000, 1, "w64", "pcm_s16le"),
    ("aiff", "pcm_s16be", 44_100, 2, "aiff", "pcm_s16be"),
    ("au", "pcm_mulaw", 8_000, 1, "au", "pcm_mulaw"),
    ("caf", "pcm_s16be", 16_000, 1, "caf", "pcm_s16be"),
    ("voc", "pcm_u8", 8_000, 1, "voc", "pcm_u8"),
    ("mp3", "libmp3lame", 16_000, 2, "mp3", "mp3"),
    ("mp3", "libmp3lame", 44_100, 1, "mp3", "mp3"),
    ("mp2", "mp2", 48_000, 2, "mp3", "mp2"),
    ("ipod", "aac", 44_100, 2, "mp4", "aac"),
    ("mp4", "aac", 8_000, 1, "mp4", "aac"),
    ("ipod", "alac", 44_100, 2, "mp4", "alac"),
    ("mov", "pcm_s16le", 48_000, 1, "mp4", "pcm_s16le"),
    ("adts", "aac", 16_000, 1, "aac", "aac"),
    ("mpegts", "aac", 48_000, 2, "mpegts", "aac"),
    ("ogg", "libopus", 48_000, 2, "ogg", "opus"),
    ("ogg", "flac", 16_000, 1, "ogg", "flac"),
    ("flac", "flac", 16_000, 2, "flac", "flac"),
    ("flac", "flac", 96_000, 1, "flac", "flac"),
    ("webm", "libopus", 48_000, 1, "matroska", "opus"),
    ("matroska", "flac", 44_100, 2, "matroska", "flac"),
    ("matroska", "pcm_s16le", 8_000, 1, "matroska", "pcm_s16le"),
    ("avi", "libmp3lame", 44_100, 2, "avi", "mp3"),
    ("flv", "libmp3lame", 22_050, 1, "flv", "mp3"),
    ("asf", "wmav2", 44_100, 2, "asf", "wmav2"),
    ("ac3", "ac3", 48_000, 2, "ac3", "ac3"),
    ("wv", "wavpack", 44_100, 2, "wv", "wavpack"),
    ("tta", "tta", 44_100, 1, "tta", "tta"),
    ("amr", "libopencore_amrnb", 8_000, 1, "amr", "amr_nb"),
    ("3gp", "libopencore_amrnb", 8_000, 1, "mp4", "amr_nb"),
]


@pytest.mark.parametrize(("muxer", "encoder", "rate", "channels", "container", "codec"), FORMATS)
def test_every_format_decodes_to_16_khz(tones, recording, muxer, encoder, rate, channels, container, codec):
    frequencies = (440.0, 1000.0)[:channels]
    audio = decode(recording(tones(2.0, rate, frequencies), rate, encoder, muxer), CONFIG)
    source = audio.source
    assert (source.container, source.codec, source.channels, source.sample_rate) == (container, codec, channels, rate)
    assert audio.damage is None
    assert audio.n_channels == channels
    assert audio.duration_s == pytest.approx(2.0, abs=0.15)
    assert source.duration_s == pytest.approx(audio.duration_s, abs=0.001)
    middle = audio.pcm.read(SAMPLE_RATE // 2, SAMPLE_RATE * 3 // 2)
    assert middle.dtype == np.int16
    for samples, frequency in zip(middle, frequencies, strict=True):
        assert pitch(samples) == pytest.approx(frequency, abs=3)
        assert level(samples) == pytest.approx(1 / 3 / np.sqrt(2), rel=0.25)


@pytest.mark.parametrize("subtype", ["GSM610", "ULAW", "ALAW"])
def test_telephone_codecs_in_wav(tones, wav, subtype):
    audio = decode(wav(tones(1.0, 8000, [440]), 8000, subtype), CONFIG)
    assert pitch(audio.pcm.read(0, SAMPLE_RATE)[0]) == pytest.approx(440, abs=3)


@pytest.mark.parametrize("channels", [3, 4, 6, 8, 9, 16])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_more_than_two_channels_are_kept_in_order(tones, wav, channels, rate):
    frequencies = [200.0 + 100 * channel for channel in range(channels)]
    audio = decode(wav(tones(1.0, rate, frequencies), rate), CONFIG)
    assert [pitch(channel) for channel in audio.pcm.read(0, SAMPLE_RATE)] == pytest.approx(frequencies, abs=3)


@pytest.mark.parametrize("layout_channels", [6, 8])
def test_surround_from_a_lossy_codec(tones, recording, layout_channels):
    data = recording(tones(1.0, 48_000, [300.0 + 100 * n for n in range(layout_channels)]), 48_000, "aac", "mp4")
    assert decode(data, CONFIG).n_channels == layout_channels


@pytest.mark.parametrize("rate", [4_000, 8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 384_000])
def test_times_survive_resampling(wav, rate):
    samples = np.zeros((2 * rate, 1), np.float32)
    samples[rate : rate + max(rate // 2000, 1)] = 0.9
    audio = decode(wav(samples, rate), CONFIG)
    assert audio.n_samples == 2 * SAMPLE_RATE
    assert np.abs(audio.pcm.read(0, audio.n_samples)[0].astype(int)).argmax() == pytest.approx(SAMPLE_RATE, abs=10)


@pytest.mark.parametrize("samples", [1, 10, 800])
def test_very_short_recordings(wav, samples):
    audio = decode(wav(np.full((samples, 1), 0.5), SAMPLE_RATE), CONFIG)
    assert audio.n_samples == samples


def test_16_khz_16_bit_comes_through_unchanged(wav):
    samples = np.random.default_rng(0).integers(-32768, 32767, (50_000, 2)).astype(np.int16)
    np.testing.assert_array_equal(decode(wav(samples, SAMPLE_RATE), CONFIG).pcm.read(0, 50_000), samples.T)


def test_the_content_decides_and_not_the_name(tones, wav, recording, tmp_path):
    tone = tones(1.0, 16_000, [440])
    for name, data, container in [
        ("call.mp3", wav(tone, 16_000), "wav"),
        ("call.wav", recording(tone, 16_000, "libmp3lame", "mp3"), "mp3"),
        ("call.m3u8", recording(tone, 48_000, "libopus", "ogg"), "ogg"),
        ("call.png", recording(tone, 16_000, "flac", "flac"), "flac"),
        ("call", recording(tone, 16_000, "aac", "adts"), "aac"),
    ]:
        path = tmp_path / name
        path.write_bytes(data)
        assert decode(path, CONFIG).source.container == container


def test_the_sound_of_a_video(tones, video):
    audio = decode(video(tones(2.0, 16_000, [440])), CONFIG)
    assert (audio.source.container, audio.source.codec) == ("mp4", "aac")
    assert pitch(audio.pcm.read(0, 2 * SAMPLE_RATE)[0]) == pytest.approx(440, abs=3)


def test_sound_that_starts_after_the_picture_keeps_its_time(tones, video):
    audio = decode(video(tones(1.0, 16_000, [440]), at_s=1.0), CONFIG)
    assert audio.duration_s == pytest.approx(2.0, abs=0.1)
    assert not audio.pcm.read(0, round(0.9 * SAMPLE_RATE)).any()
    assert level(audio.pcm.read(round(1.2 * SAMPLE_RATE), round(1.8 * SAMPLE_RATE))) > 0.2
    assert audio.damage is None


def test_tags_in_an_old_character_set_do_no_harm(tones, wav):
    data = wav(tones(1.0, 16_000, [440]), 16_000)
    text = "Müller".encode("latin-1") + b"\0\0"
    info = b"LIST" + (12 + len(text)).to_bytes(4, "little") + b"INFOIART" + len(text).to_bytes(4, "little") + text
    tagged = data[:4] + (len(data) - 8 + len(info)).to_bytes(4, "little") + data[8:36] + info + data[36:]
    assert decode(tagged, CONFIG).duration_s == 1.0


# --- every way in -----------------------------------------------------------------------------------------------------


def entries(data: bytes, path: Path) -> dict[str, Callable[[], Source]]:
    """Every way to hand in one and the same WAV."""
    path.write_bytes(data)
    return {
        "path": lambda: path,
        "string": lambda: str(path),
        "bytes": lambda: data,
        "buffer": lambda: io.BytesIO(data),
        "open file": lambda: path.open("rb"),
        "array and rate": lambda: soundfile.read(io.BytesIO(data), dtype="int16"),
        "doubles and rate": lambda: soundfile.read(io.BytesIO(data)),
        "soundfile": lambda: soundfile.SoundFile(io.BytesIO(data)),
    }


ENTRIES = ["path", "string", "bytes", "buffer", "open file", "array and rate", "doubles and rate", "soundfile"]


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_gives_the_same_samples(tones, wav, tmp_path, entry):
    samples = (tones(1.5, SAMPLE_RATE, [440, 1000]) * 32767).astype(np.int16)
    source = entries(wav(samples, SAMPLE_RATE), tmp_path / "call.wav")[entry]()
    audio = decode(source, CONFIG)
    np.testing.assert_array_equal(audio.pcm.read(0, audio.n_samples), samples.T)
    assert (audio.source.channels, audio.source.sample_rate, audio.source.duration_s) == (2, SAMPLE_RATE, 1.5)
    assert audio.source.path == (str(source) if entry in ("path", "string") else None)


def test_an_array_alone_is_mono_at_16_khz(tones):
    audio = decode(tones(1.0, SAMPLE_RATE, [440])[:, 0], CONFIG)
    assert (audio.n_channels, audio.duration_s, audio.source.container) == (1, 1.0, "array")


def test_an_open_file_is_read_from_its_start_and_rewound(tones, wav):
    file = io.BytesIO(wav(tones(1.0, SAMPLE_RATE, [440]), SAMPLE_RATE))
    file.seek(100)
    assert decode(file, CONFIG).duration_s == 1.0
    assert file.tell() == 0
    assert decode(file, CONFIG).duration_s == 1.0


def test_a_soundfile_is_read_from_its_start_and_rewound(tones, wav):
    file = soundfile.SoundFile(io.BytesIO(wav(tones(1.0, SAMPLE_RATE, [440]), SAMPLE_RATE)))
    file.read(5000)
    assert decode(file, CONFIG).duration_s == 1.0
    assert file.tell() == 0


# --- caps -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize(
    ("config", "cap"),
    [
        (AudioConfig(max_duration_s=1.0), "max_duration_s"),
        (AudioConfig(max_decoded_bytes=50_000), "max_decoded_bytes"),
    ],
)
def test_caps_hold_on_every_entry(tones, wav, tmp_path, entry, config, cap):
    data = wav(tones(2.0, SAMPLE_RATE, [440]), SAMPLE_RATE)
    with pytest.raises(AudioLimitError, match=cap):
        decode(entries(data, tmp_path / "call.wav")[entry](), config)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_recording_just_within_the_caps_passes(tones, wav, tmp_path, entry):
    data = wav(tones(2.0, SAMPLE_RATE, [440]), SAMPLE_RATE)
    config = AudioConfig(max_duration_s=2.0, max_decoded_bytes=64_000)
    assert decode(entries(data, tmp_path / "call.wav")[entry](), config).duration_s == 2.0


def test_a_small_file_cannot_hold_too_long_a_call(recording):
    bomb = recording(np.zeros((60 * 48_000, 1), np.float32), 48_000, "libopus", "ogg", bit_rate=6000)
    assert len(bomb) < 50_000
    with pytest.raises(AudioLimitError, match="too long"):
        decode(bomb, AudioConfig(max_duration_s=30.0))


def test_bytes_count_at_the_rate_of_the_source(wav):
    data = wav(np.zeros((384_000, 1)), 384_000)
    with pytest.raises(AudioLimitError, match="too large"):
        decode(data, AudioConfig(max_decoded_bytes=500_000))
    assert decode(data, AudioConfig(max_decoded_bytes=800_000)).duration_s == 1.0


@pytest.mark.parametrize(
    ("rate", "channels", "format", "problem"),
    [
        (1, 1, "WAV", "received 1 Hz"),
        (3_999, 1, "WAV", "received 3999 Hz"),
        (384_001, 1, "WAV", "received 384001 Hz"),
        (655_350, 8, "FLAC", "received 655350 Hz"),
        (16_000, 17, "WAV", "received 17"),
    ],
)
def test_absurd_rates_and_channels(wav, rate, channels, format, problem):
    data = wav(np.zeros((4000, channels)), rate, format=format)
    with pytest.raises(AudioLimitError, match=problem):
        decode(data, CONFIG)


def test_a_forged_header_is_not_believed(wav):
    """STREAMINFO claims 655,350 Hz and 8 channels; only what the frames hold counts."""
    data = bytearray(wav(np.zeros((16_000, 1)), 16_000, format="FLAC"))
    rest = int.from_bytes(data[18:26]) & ((1 << 41) - 1)
    data[18:26] = (655_350 << 44 | 7 << 41 | rest).to_bytes(8)
    audio = decode(bytes(data), CONFIG)
    assert (audio.n_channels, audio.duration_s) == (1, 1.0)


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_that_are_no_numbers(wav, subtype, value, channels):
    samples = np.zeros((40_000, channels))
    samples[30_000, -1] = value
    for source in (wav(samples, 16_000, subtype), samples, (samples.astype(np.float32), 8000)):
        with pytest.raises(InvalidSamplesError, match="finite"):
            decode(source, CONFIG)


NOT_AUDIO = {
    "text": b"Dear customer, thank you for your call.\n" * 200,
    "web page": b"<!DOCTYPE html><html><body>404</body></html>",
    "subtitles": b"1\n00:00:00,000 --> 00:00:01,000\nhello\n",
    "zeros": bytes(100_000),
    "noise": np.random.default_rng(0).bytes(100_000),
    "picture": bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes(1000),
    "archive": b"PK\x03\x04" + bytes(1000),
    "header only": b"RIFF\x24\0\0\0WAVE",
}


@pytest.mark.parametrize("kind", NOT_AUDIO)
def test_other_files_named_wav(tmp_path, kind):
    path = tmp_path / "call.wav"
    path.write_bytes(NOT_AUDIO[kind])
    with pytest.raises(NotAudioError, match="not a recording"):
        decode(path, CONFIG)


def test_an_empty_file(tmp_path):
    path = tmp_path / "call.wav"
    path.touch()
    for source in (path, b"", io.BytesIO()):
        with pytest.raises(NotAudioError, match="empty"):
            decode(source, CONFIG)


def test_a_recording_without_samples(wav):
    with pytest.raises(NotAudioError, match="no audio could be decoded"):
        decode(wav(np.zeros((0, 1)), 16_000), CONFIG)


def test_a_video_without_sound(video):
    with pytest.raises(NotAudioError, match="no audio track"):
        decode(video(), CONFIG)


def test_errors_name_what_was_received_and_a_remedy(tmp_path):
    path = tmp_path / "call.wav"
    path.write_bytes(NOT_AUDIO["text"])
    with pytest.raises(NotAudioError) as caught:
        decode(path, CONFIG)
    assert str(path) in str(caught.value)
    assert "expected" in str(caught.value)


# --- mono stored as stereo --------------------------------------------------------------------------------------------


def spoken(seconds: float, rate: int = 16_000, seed: int = 0) -> np.ndarray:
    """Harmonics of a wandering pitch and a little noise that come and go like speech, shape (samples,)."""
    random = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(120 + 20 * np.sin(2 * np.pi * 1.3 * t + seed)) / rate
    voice = sum(np.sin(n * phase) / n for n in range(1, 25)) + 0.05 * random.standard_normal(len(t))
    return (0.1 * voice * np.clip(np.sin(2 * np.pi * 0.7 * t), 0, 1)).astype(np.float32)


def test_identical_channels_are_folded(wav):
    voice = spoken(3.0)
    audio = decode(wav(np.stack([voice, voice], axis=1), 16_000), CONFIG)
    assert (audio.n_channels, audio.source.channels) == (1, 2)
    np.testing.assert_allclose(audio.read(0, 0, 3), voice, atol=1e-4)


@pytest.mark.parametrize(
    ("codec", "container", "rate"),
    [("aac", "mp4", 44_100), ("libmp3lame", "mp3", 16_000), ("libopus", "ogg", 48_000), ("mp2", "mp2", 48_000)],
)
def test_identical_channels_are_folded_after_a_lossy_codec(recording, codec, container, rate):
    voice = spoken(5.0, rate)
    data = recording(np.stack([voice, voice], axis=1), rate, codec, container, bit_rate=64_000)
    assert decode(data, CONFIG).n_channels == 1


def test_a_small_difference_in_gain_is_still_mono(wav):
    voice = spoken(3.0)
    assert decode(wav(np.stack([voice, 0.95 * voice], axis=1), 16_000), CONFIG).n_channels == 1


def test_digital_silence_in_stereo_is_mono(wav):
    assert decode(wav(np.zeros((32_000, 2)), 16_000), CONFIG).n_channels == 1


@pytest.mark.parametrize("silent", [0, 1])
def test_a_silent_channel_beside_a_speaker_is_kept(wav, silent):
    samples = np.stack([spoken(3.0), spoken(3.0)], axis=1)
    samples[:, silent] = 0
    audio = decode(wav(samples, 16_000), CONFIG)
    assert audio.n_channels == 2
    assert not audio.read(silent, 0, 3).any()


def test_leakage_between_channels_is_not_mono(wav):
    agent, customer = spoken(4.0, seed=1), np.roll(spoken(4.0, seed=2), 12_000)
    mixed = np.stack([agent + 0.5 * customer, customer + 0.5 * agent], axis=1)
    assert decode(wav(mixed, 16_000), CONFIG).n_channels == 2


def test_a_word_on_one_channel_after_long_music_on_both(wav):
    music = np.repeat(np.random.default_rng(0).standard_normal((60 * 8000, 1)).astype(np.float32) * 0.2, 2, axis=1)
    music[50 * 8000 :] = 0
    music[52 * 8000 : 53 * 8000, 1] = spoken(1.0, 8000) * 0.3
    assert decode(wav(music, 8000), CONFIG).n_channels == 2


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("container", "codec", "options", "rate"),
    [
        ("wav", "pcm_s16le", {}, 16_000),
        ("wav", "pcm_mulaw", {}, 8_000),
        ("wav", "adpcm_ima_wav", {}, 8_000),
        ("aiff", "pcm_s16be", {}, 16_000),
        ("flac", "flac", {}, 16_000),
        ("mp3", "libmp3lame", {}, 16_000),
        ("mp3", "libmp3lame", {}, 44_100),
        ("adts", "aac", {}, 16_000),
        ("ipod", "aac", {"movflags": "faststart"}, 16_000),
        ("mp4", "aac", {"movflags": "frag_keyframe+empty_moov"}, 16_000),
        ("ogg", "libopus", {}, 48_000),
        ("webm", "libopus", {}, 48_000),
        ("matroska", "flac", {}, 16_000),
        ("asf", "wmav2", {}, 44_100),
        ("wv", "wavpack", {}, 16_000),
    ],
)
def test_a_truncated_file_is_decoded_as_far_as_it_goes(recording, container, codec, options, rate):
    signal = np.random.default_rng(0).standard_normal((20 * rate, 1)).astype(np.float32) * 0.1
    data = recording(signal, rate, codec, container, options=options)
    assert decode(data, CONFIG).damage is None
    audio = decode(data[: int(0.6 * len(data))], CONFIG)
    assert 8 < audio.duration_s < 13
    assert audio.damage is not None
    assert f"{audio.duration_s:.1f} s" in audio.damage


def test_an_mp4_that_was_never_finished(tones, recording):
    data = recording(tones(20.0, 16_000, [440]), 16_000, "aac", "ipod")
    with pytest.raises(NotAudioError, match="lacks its index"):
        decode(data[: int(0.6 * len(data))], CONFIG)


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [("mp3", "libmp3lame", 16_000), ("flac", "flac", 16_000), ("matroska", "flac", 16_000), ("ogg", "libopus", 48_000)],
)
def test_damage_in_the_middle_is_skipped_and_told(recording, container, codec, rate):
    signal = np.random.default_rng(0).standard_normal((20 * rate, 1)).astype(np.float32) * 0.1
    data = bytearray(recording(signal, rate, codec, container))
    data[len(data) // 2 : len(data) // 2 + 4000] = np.random.default_rng(1).bytes(4000)
    audio = decode(bytes(data), CONFIG)
    assert audio.duration_s == pytest.approx(20, abs=2.5)
    assert audio.damage is not None


@pytest.mark.parametrize("junk", [b"TAG" + bytes(125), b"APETAGEX" + bytes(200), bytes(5000)])
def test_tags_behind_the_audio_are_no_damage(tones, recording, junk):
    audio = decode(recording(tones(5.0, 16_000, [440]), 16_000, "libmp3lame", "mp3") + junk, CONFIG)
    assert (audio.damage, audio.duration_s) == (None, pytest.approx(5.0, abs=0.05))


@pytest.mark.parametrize("size", [0, 0x7FFFF000, 0xFFFFFFFF])
def test_a_wav_whose_recorder_never_wrote_its_size_is_whole(tones, wav, size):
    data = bytearray(wav(tones(3.0, 8000, [440]), 8000, "ULAW"))
    at = data.index(b"data") + 4
    data[at : at + 4] = size.to_bytes(4, "little")
    audio = decode(bytes(data), CONFIG)
    assert (audio.duration_s, audio.damage) == (3.0, None)


def test_silence_takes_the_place_of_missing_audio(tones, recording):
    """Ten seconds on the container's clock of which four were never written."""
    data = recording(tones(6.0, 16_000, [440]), 16_000, "flac", "matroska", starts_s=[(0.0, 0.0, 3.0), (7.0, 3.0, 6.0)])
    audio = decode(data, CONFIG)
    assert audio.duration_s == pytest.approx(10, abs=0.1)
    assert level(audio.pcm.read(0, 2 * SAMPLE_RATE)) > 0.2
    assert not audio.pcm.read(round(3.2 * SAMPLE_RATE), round(6.8 * SAMPLE_RATE)).any()
    assert level(audio.pcm.read(8 * SAMPLE_RATE, 9 * SAMPLE_RATE)) > 0.2
    assert audio.damage == "4.0 s without audio from 3.0 s on, filled with silence"


def test_a_short_pause_that_a_codec_leaves_out_is_no_damage(tones, recording):
    pieces = [(0.0, 0.0, 2.0), (2.4, 2.0, 4.0)]
    audio = decode(recording(tones(4.0, 48_000, [440]), 48_000, "pcm_s16le", "matroska", starts_s=pieces), CONFIG)
    assert (audio.duration_s, audio.damage) == (pytest.approx(4.4, abs=0.05), None)


def test_a_broken_clock_does_not_make_hours_of_silence(tones, recording):
    """A live Matroska declares no length; a jump of a day is not a pause."""
    pieces = [(0.0, 0.0, 2.0), (86_400.0, 2.0, 4.0)]
    data = recording(tones(4.0, 16_000, [440]), 16_000, "pcm_s16le", "matroska", starts_s=pieces, options={"live": "1"})
    assert decode(data, CONFIG).duration_s == pytest.approx(4.0, abs=0.05)


def test_a_change_of_format_in_mid_stream(tones, recording):
    parts = [
        recording(tones(3.0, rate, frequencies), rate, "aac", "adts")
        for rate, frequencies in [(16_000, [440]), (44_100, [440, 440]), (8_000, [440])]
    ]
    audio = decode(b"".join(parts), CONFIG)
    assert audio.n_channels == 1
    assert audio.duration_s == pytest.approx(9, abs=0.5)
    for second in (1, 4, 7):
        assert pitch(audio.pcm.read(second * SAMPLE_RATE, (second + 1) * SAMPLE_RATE)[0]) == pytest.approx(440, abs=3)


@pytest.mark.parametrize("spool_bytes", [0, 10**9])
@pytest.mark.parametrize("subtype", ["PCM_16", "ULAW"])
def test_a_telephone_call_is_kept_at_8_khz(wav, subtype, spool_bytes):
    """In half the bytes, each of its samples as it was; between them what FFmpeg would put there."""
    signal = np.random.default_rng(0).standard_normal((20_001, 2)) * 0.1
    data = wav(signal, 8_000, subtype)
    audio = decode(data, AudioConfig(spool_bytes=spool_bytes), keep_telephone=True)
    expected, _ = soundfile.read(io.BytesIO(data), dtype="int16")
    assert audio.kept is audio.telephone and audio.kept_rate == 8_000
    np.testing.assert_array_equal(audio.kept.read(0, 20_001), expected.T)
    assert (audio.n_samples, audio.duration_s) == (40_002, 40_002 / SAMPLE_RATE)
    ffmpeg = np.concatenate([*resampled(ArrayTrack(expected, 8_000).frames())], axis=1)
    middle = slice(32, 40_002 - 32)
    assert np.abs(audio.pcm.read(0, 40_002) - ffmpeg)[:, middle].max() <= 1
    np.testing.assert_array_equal(audio.cut(1, 0.5, 1.5), expected[4_000:12_000, 1])
    assert audio.read(1, 0.5, 1.5).shape == (SAMPLE_RATE,)


@pytest.mark.parametrize(("rate", "keep_telephone"), [(4_000, True), (16_000, True), (48_000, True), (8_000, False)])
def test_another_call_is_kept_at_16_khz(wav, rate, keep_telephone):
    audio = decode(wav(np.full((rate, 1), 0.1), rate), CONFIG, keep_telephone=keep_telephone)
    assert audio.telephone is None and audio.kept is audio.pcm and audio.kept_rate == SAMPLE_RATE
    np.testing.assert_array_equal(audio.cut(0, 0.2, 0.7), audio.pcm.read(3_200, 11_200)[0])


def test_a_recording_that_only_begins_at_8_khz_keeps_what_is_above(tones, recording, tmp_path):
    parts = [recording(tones(3.0, rate, [tone]), rate, "aac", "adts") for rate, tone in [(8_000, 440), (16_000, 6_000)]]
    path = tmp_path / "call.aac"
    path.write_bytes(b"".join(parts))
    audio = decode(path, CONFIG, keep_telephone=True)
    assert audio.telephone is None
    assert audio.duration_s == pytest.approx(6, abs=0.5)
    assert pitch(audio.pcm.read(SAMPLE_RATE, 2 * SAMPLE_RATE)[0]) == pytest.approx(440, abs=3)
    assert pitch(audio.pcm.read(4 * SAMPLE_RATE, 5 * SAMPLE_RATE)[0]) == pytest.approx(6_000, abs=3)


def test_a_track_that_appears_in_mid_file(tones, recording):
    """Two transport streams end to end, the second with a programme of its own."""
    first = recording(tones(3.0, 48_000, [440]), 48_000, "aac", "mpegts")
    second = recording(tones(3.0, 48_000, [440]), 48_000, "mp2", "mpegts", options={"mpegts_start_pid": "0x200"})
    audio = decode(first + second, CONFIG)
    assert audio.duration_s >= 2.9
    assert pitch(audio.pcm.read(SAMPLE_RATE, 2 * SAMPLE_RATE)[0]) == pytest.approx(440, abs=3)


def scrambled(data: bytes, seed: int) -> bytes:
    """A few bytes changed, cut out or put in, half of the time near the start."""
    random, damaged = np.random.default_rng(seed), bytearray(data)
    for _ in range(int(random.choice([1, 3, 20]))):
        at = int(random.integers(int(random.choice([200, len(damaged)]))))
        match random.integers(3):
            case 0:
                damaged[at : at + 1] = random.bytes(1)
            case 1:
                del damaged[at : at + int(random.integers(1, 50))]
            case _:
                damaged[at:at] = random.bytes(int(random.integers(1, 20)))
    return bytes(damaged)


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [
        ("wav", "pcm_f32le", 8_000),
        ("mp3", "libmp3lame", 16_000),
        ("ipod", "aac", 16_000),
        ("ogg", "libopus", 48_000),
        ("flac", "flac", 16_000),
        ("webm", "libopus", 48_000),
        ("asf", "wmav2", 44_100),
        ("mpegts", "aac", 48_000),
        ("flv", "libmp3lame", 22_050),
        ("amr", "libopencore_amrnb", 8_000),
    ],
)
def test_scrambled_files_give_audio_or_a_typed_error(tones, recording, container, codec, rate):
    data = recording(tones(2.5, rate, [440]), rate, codec, container)
    config = AudioConfig(max_duration_s=60.0, max_decoded_bytes=10**8)
    outcomes = set()
    for seed in range(40):
        try:
            outcomes.add(type(decode(scrambled(data, seed), config)))
        except InputError:
            outcomes.add(InputError)
    assert Audio in outcomes


# --- many at once -----------------------------------------------------------------------------------------------------


def test_threads_decode_different_files_at_once(tones, recording):
    jobs = {
        frequency: recording(tones(8.0, rate, [frequency]), rate, codec, container)
        for frequency, rate, codec, container in [
            (300.0, 16_000, "flac", "flac"),
            (500.0, 44_100, "aac", "mp4"),
            (700.0, 16_000, "libmp3lame", "mp3"),
            (900.0, 48_000, "libopus", "ogg"),
        ]
    }
    results: dict[float, list[Audio]] = {frequency: [] for frequency in jobs}

    def work(frequency: float) -> None:
        for _ in range(3):
            results[frequency].append(decode(jobs[frequency], CONFIG))

    threads = [threading.Thread(target=work, args=(frequency,)) for frequency in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for frequency, audios in results.items():
        assert len(audios) == 3
        for audio in audios:
            assert pitch(audio.pcm.read(SAMPLE_RATE, 7 * SAMPLE_RATE)[0]) == pytest.approx(frequency, abs=2)


@pytest.mark.parametrize("spool_bytes", [0, 100_000, 10**9])
def test_spooling_changes_nothing(recording, spool_bytes):
    signal = np.random.default_rng(0).standard_normal((80_000, 2)).astype(np.float32) * 0.1
    data = recording(signal, 16_000, "flac", "flac")
    whole = decode(data, CONFIG).pcm.read(0, 80_000)
    np.testing.assert_array_equal(decode(data, AudioConfig(spool_bytes=spool_bytes)).pcm.read(0, 80_000), whole)
