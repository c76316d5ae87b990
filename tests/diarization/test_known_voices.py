"""Enrolled voices name speakers; their prints are encrypted, belong to one pipeline and can be taken out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import soundfile
from cryptography.fernet import Fernet

from engine.config_types import DiarizationConfig, VoicesConfig
from engine.diarization import load_diarizer
from engine.diarization.channels import ChannelDiarizer
from engine.diarization.counts import SpeakerCounts
from engine.diarization.known_voices import NOBODY, KnownVoices, VoiceFile
from engine.diarization.networks import ChunkOutputs
from engine.diarization.pyannote import _first, load_pyannote
from engine.errors import ConfigurationError, InputError, UnknownNameError
from engine.types import SAMPLE_RATE, Audio, Span, SpeechRegion
from tests.conftest import audio_of
from tests.diarization.conftest import HIGH, LOW, dialogue

pytestmark = pytest.mark.filterwarnings("ignore:std\\(\\)")


def unit(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32) / np.float32(np.linalg.norm(numbers))


COUNTS = SpeakerCounts(1, 6)
KNOWN = KnownVoices({"Ann": unit(1, 0, 0), "Bob": unit(0, 1, 0)}, 0.8)


@pytest.mark.parametrize(
    ("speakers", "expected"),
    [
        pytest.param([[9, 1, 0], [1, 9, 0]], {0: "Ann", 1: "Bob"}, id="both"),
        pytest.param([[0, 0, 1], [0, 2, 0]], {1: "Bob"}, id="a stranger"),
        pytest.param([[1, 1, 0]], {}, id="as much one as the other, and neither enough"),
        pytest.param([[5, 1, 0], [9, 1, 0]], {1: "Ann"}, id="two alike: the more alike one"),
        pytest.param([[0, 0, 0]], {}, id="a speaker who is never heard alone"),
        pytest.param(np.zeros((0, 3)), {}, id="nobody speaks"),
    ],
)
def test_speakers_are_matched_once_each(speakers, expected):
    assert KNOWN.names(np.array(speakers, np.float32)) == expected


def test_nobody_is_known_by_default():
    assert NOBODY.names(np.eye(3, dtype=np.float32)) == {}


@pytest.fixture
def config(tmp_path, monkeypatch) -> VoicesConfig:
    monkeypatch.setenv("CALL_ENGINE_VOICES_KEY", Fernet.generate_key().decode())
    return VoicesConfig(file=str(tmp_path / "voices"))


def test_the_file_keeps_prints_and_says_nothing(config):
    VoiceFile(config, "p").add(KNOWN.prints)
    assert b"Ann" not in Path(config.file).read_bytes()
    read = VoiceFile(config, "p").read()
    assert list(read) == ["Ann", "Bob"]
    assert all(np.allclose(read[name], KNOWN.prints[name], atol=1e-6) for name in read)


def test_a_voice_can_be_forgotten_and_the_last_takes_the_file_along(config):
    file = VoiceFile(config, "p")
    file.add(KNOWN.prints)
    file.forget(["Ann"])
    assert list(file.read()) == ["Bob"]
    with pytest.raises(UnknownNameError, match="Ann"):
        file.forget(["Ann"])
    file.forget(["Bob"])
    assert not Path(config.file).exists()
    assert file.read() == {}


@pytest.mark.parametrize(
    ("key", "pipeline", "message"),
    [
        (None, "p", "needs a key in the environment variable CALL_ENGINE_VOICES_KEY"),
        ("short", "p", "5 bytes"),
        ("another", "p", "does not open with this key"),
        ("same", "another", "belong to another pipeline"),
    ],
)
def test_a_file_that_does_not_open(config, monkeypatch, key, pipeline, message):
    VoiceFile(config, "p").add(KNOWN.prints)
    if key is None:
        monkeypatch.delenv("CALL_ENGINE_VOICES_KEY")
    elif key != "same":
        monkeypatch.setenv("CALL_ENGINE_VOICES_KEY", Fernet.generate_key().decode() if key == "another" else key)
    with pytest.raises(ConfigurationError, match=message):
        VoiceFile(config, pipeline).read()


def test_an_enrolled_operator_is_named_in_a_call(modern, config, tmp_path, capsys):
    """Enrolled from one recording by the command, named in another one; the stranger stays a number."""
    from engine.serve.cli import main

    samples = tmp_path / "samples"
    samples.mkdir()
    sample = dialogue((LOW,), (2.5,), seed=21).audio
    soundfile.write(samples / "Ann Low.wav", sample.read(0, 0.0, sample.duration_s), SAMPLE_RATE)
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f'[diarization]\nbackend = "pyannote"\nmodel = "{modern}"\ndevice = "cpu"\n'
        f'[diarization.voices]\nfile = "{config.file}"\nthreshold = -1.0\n'
    )
    assert main(["voices", "enrol", str(samples), "--config", str(settings)]) == 0
    assert capsys.readouterr().out.splitlines() == ["Ann Low"]

    asked = DiarizationConfig(
        backend="pyannote",
        model=str(modern),
        device="cpu",
        speakers=2,
        voices=dataclasses.replace(config, threshold=-1.0),
    )
    call = dialogue((LOW, HIGH), (1.5, 1.2), seed=22)
    found = {turn.speaker for turn in load_diarizer(asked).diarize(call.audio, call.regions)}
    assert "Ann Low" in found
    assert found - {"Ann Low"} <= {"S1", "S2"}
    assert main(["voices", "forget", "Ann Low", "--config", str(settings)]) == 0
    assert not Path(config.file).exists()


def stereo(left: np.ndarray, right: np.ndarray) -> tuple[Audio, list[SpeechRegion]]:
    """The left one speaks first."""
    audio = audio_of(np.pad(left, (0, len(right))), np.pad(right, (len(left), 0)))
    border_s = len(left) / SAMPLE_RATE
    return audio, [SpeechRegion(0, 0.0, border_s), SpeechRegion(1, border_s, audio.duration_s)]


@pytest.fixture(scope="module")
def voices() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(24)
    return LOW.speak(2.5, rng), HIGH.speak(2.0, rng)


@pytest.mark.parametrize("operator", [0, 1])
def test_an_operator_is_named_on_a_channel_of_a_stereo_call(modern, voices, operator):
    enrolled = load_pyannote(str(modern), "cpu", COUNTS).voice_print(audio_of(voices[operator]), "Ann")
    pipeline = load_pyannote(str(modern), "cpu", COUNTS, KnownVoices({"Ann": enrolled}, 0.99))
    audio, regions = stereo(*voices)
    turns = ChannelDiarizer(pipeline, COUNTS).diarize(audio, regions)
    assert [(turn.speaker, turn.channel) for turn in turns] == [
        ("Ann" if channel == operator else f"S{channel + 1}", channel) for channel in (0, 1)
    ]


def test_nobody_listens_to_a_stereo_call_for_voices_that_nobody_enrolled(modern, voices):
    pipeline = load_pyannote(str(modern), "cpu", COUNTS)
    pipeline._heard = lambda *_: pytest.fail("the networks ran")
    audio, regions = stereo(*voices)
    assert {turn.speaker for turn in ChannelDiarizer(pipeline, COUNTS).diarize(audio, regions)} == {"S1", "S2"}


def test_the_first_speech_of_a_channel_is_what_names_it():
    second = np.arange(SAMPLE_RATE) / (2 * SAMPLE_RATE)
    audio = audio_of(np.tile(second, 10))
    spans = [Span(1.0, 2.0), Span(3.5, 7.5), Span(8.0, 9.0)]
    heard = _first(audio, 0, spans, 4.0)
    whole = audio.read(0, 0.0, 10.0)
    expected = np.concatenate([whole[16_000:32_000], whole[56_000:104_000]])
    assert np.array_equal(heard, expected)
    assert len(_first(audio, 0, spans, 60.0)) == 6 * SAMPLE_RATE


def test_a_sample_without_a_voice_cannot_be_enrolled(modern):
    pipeline = load_pyannote(str(modern), "cpu", SpeakerCounts(1, 1))
    audio = dialogue((LOW,), (0.3,), seed=23).audio
    silent = ChunkOutputs(np.zeros((1, 56, 3), np.uint8), np.zeros((1, 3, 256), np.float32))
    pipeline.outputs = lambda *_: silent
    with pytest.raises(InputError, match="Ann has no voice"):
        pipeline.voice_print(audio, "Ann")
