"""A channel is a speaker where several have speech; else its voices are told apart."""

from __future__ import annotations

import numpy as np
import pytest

from engine.config import DiarizationConfig
from engine.diarization import load_diarizer
from engine.types import SpeechRegion, Turn
from tests.conftest import audio_of
from tests.diarization.conftest import BRIGHT, dialogue

NONE = DiarizationConfig(backend="none")


def silence(channels: int, seconds: float = 10.0):
    return audio_of(*[np.zeros(round(seconds * 16_000))] * channels)


def test_stereo_is_one_speaker_a_channel_by_first_speech():
    regions = [
        SpeechRegion(0, 2.0, 4.0),
        SpeechRegion(1, 0.5, 1.5),
        SpeechRegion(0, 6.0, 9.0),
        SpeechRegion(1, 3.0, 7.0),
    ]
    assert load_diarizer(NONE).diarize(silence(2), regions) == (
        Turn("S1", 0.5, 1.5, 1),
        Turn("S2", 2.0, 4.0, 0),
        Turn("S1", 3.0, 7.0, 1),
        Turn("S2", 6.0, 9.0, 0),
    )


def test_turns_overlap_across_channels_but_not_within_one():
    regions = [SpeechRegion(0, 1.0, 4.0), SpeechRegion(0, 3.0, 12.0), SpeechRegion(1, 2.0, 5.0)]
    assert load_diarizer(NONE).diarize(silence(2), regions) == (Turn("S1", 1.0, 10.0, 0), Turn("S2", 2.0, 5.0, 1))


def test_a_channel_without_speech_has_no_speaker():
    turns = load_diarizer(NONE).diarize(silence(3), [SpeechRegion(0, 1.0, 2.0), SpeechRegion(2, 3.0, 4.0)])
    assert {(turn.speaker, turn.channel) for turn in turns} == {("S1", 0), ("S2", 2)}


def test_one_voice_on_the_only_channel_with_speech_has_that_channel():
    assert load_diarizer(NONE).diarize(silence(2), [SpeechRegion(1, 1.0, 2.0)]) == (Turn("S1", 1.0, 2.0, 1),)


def test_two_voices_on_the_only_channel_with_speech_are_told_apart(two_voices):
    mixed = two_voices.audio.read(0, 0.0, two_voices.audio.duration_s)
    recorder_with_a_dead_input = audio_of(np.zeros(len(mixed)), mixed)
    regions = [SpeechRegion(1, region.start_s, region.end_s) for region in two_voices.regions]
    turns = load_diarizer(DiarizationConfig()).diarize(recorder_with_a_dead_input, regions)
    assert {turn.channel for turn in turns} == {None}
    assert two_voices.speaker_error(turns) < 0.05


@pytest.mark.parametrize(("asked", "speakers"), [({"speakers": 3}, 3), ({"min_speakers": 3}, 3), ({}, 2)])
def test_two_voices_on_one_of_two_channels(two_voices, asked, speakers):
    """A second agent on the agent's channel: told apart where three speakers are asked for, and else not looked for."""
    agents = two_voices.audio.read(0, 0.0, two_voices.audio.duration_s)
    alone = dialogue((BRIGHT,), (4.0, 5.0, 3.0, 6.0), seed=12)
    customer = np.zeros(len(agents))
    customer[: alone.audio.n_samples] = alone.audio.read(0, 0.0, alone.audio.duration_s)[: len(agents)]
    regions = [*two_voices.regions, *(SpeechRegion(1, region.start_s, region.end_s) for region in alone.regions)]
    turns = load_diarizer(DiarizationConfig(**asked)).diarize(audio_of(agents, customer), regions)
    assert len({turn.speaker for turn in turns}) == speakers
    assert len({turn.speaker for turn in turns if turn.channel == 1}) == 1
    if speakers == 3:
        assert two_voices.speaker_error([turn for turn in turns if turn.channel == 0]) < 0.05


def test_backend_none_is_one_speaker(two_voices):
    turns = load_diarizer(NONE).diarize(two_voices.audio, two_voices.regions)
    assert {(turn.speaker, turn.channel) for turn in turns} == {("S1", None)}
    assert [(turn.start_s, turn.end_s) for turn in turns] == [(r.start_s, r.end_s) for r in two_voices.regions]


@pytest.mark.parametrize("backend", ["clustering", "none"])
@pytest.mark.parametrize("channels", [1, 2])
def test_no_speech_has_no_turns(backend, channels):
    assert load_diarizer(DiarizationConfig(backend=backend)).diarize(silence(channels), []) == ()


def test_the_name_says_what_did_it():
    assert load_diarizer(DiarizationConfig()).name == "clustering (mono), channels (stereo)"
