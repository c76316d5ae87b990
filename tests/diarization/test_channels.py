"""A channel is a speaker where several have speech; else its voices are told apart."""

from __future__ import annotations

import numpy as np
import pytest

from engine.audio import decode
from engine.config_types import AudioConfig, DiarizationConfig, VadConfig
from engine.diarization import load_diarizer
from engine.types import Audio, SpeechRegion, Turn
from engine.vad import load_detector
from tests.conftest import CALLS, DEMO_CALLS, audio_of
from tests.diarization.conftest import BRIGHT, HIGH, LOW, Dialogue, Voice, dialogue

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


LENGTHS = (3.1, 4.2, 3.6, 5.0, 2.2, 2.4, 3.7, 2.4)
CUSTOMER = dialogue((BRIGHT,), LENGTHS, seed=12)
PUT_THROUGH = dialogue((HIGH, BRIGHT), LENGTHS, seed=13)
ONE_AGENT = dialogue((HIGH,), LENGTHS, seed=13)


def by_turns(agents: Dialogue, leaked_db: float = -90.0) -> tuple[Audio, list[SpeechRegion]]:
    """Agents on the left and a customer on the right who speaks after them, each faintly on the other's channel."""
    after_s = agents.audio.duration_s
    samples = [each.audio.read(0, 0.0, each.audio.duration_s) for each in (agents, CUSTOMER)]
    left = np.pad(samples[0], (0, len(samples[1])))
    right = np.pad(samples[1], (len(samples[0]), 0))
    gain = 10 ** (leaked_db / 20)
    regions = [SpeechRegion(1, each.start_s + after_s, each.end_s + after_s) for each in CUSTOMER.regions]
    return audio_of(left + gain * right, right + gain * left), [*agents.regions, *regions]


@pytest.mark.parametrize(
    ("agents", "config", "speakers"),
    [
        pytest.param(PUT_THROUGH, {}, 3, id="two agents, found without being asked"),
        pytest.param(PUT_THROUGH, {"speakers": 3}, 3, id="three asked for"),
        pytest.param(PUT_THROUGH, {"min_speakers": 3}, 3, id="three at least"),
        pytest.param(PUT_THROUGH, {"speakers": 2}, 2, id="two asked for"),
        pytest.param(PUT_THROUGH, {"max_speakers": 2}, 2, id="two at most"),
        pytest.param(PUT_THROUGH, {"backend": "none"}, 2, id="nobody listens"),
        pytest.param(ONE_AGENT, {}, 2, id="one agent"),
    ],
)
def test_a_second_agent_on_the_agents_channel(agents, config, speakers):
    audio, regions = by_turns(agents)
    turns = load_diarizer(DiarizationConfig(**config)).diarize(audio, regions)
    assert len({turn.speaker for turn in turns}) == speakers
    assert {turn.speaker for turn in turns if turn.channel == 1} == {f"S{speakers}"}
    if speakers == 3:
        assert agents.speaker_error([turn for turn in turns if turn.channel == 0]) < 0.05


def test_what_leaks_into_a_channel_is_no_voice_of_its_own():
    """The customer, faint but heard by voice activity, on the agent's channel: two speakers all the same."""
    audio, regions = by_turns(ONE_AGENT, leaked_db=-20.0)
    leaked = [SpeechRegion(0, region.start_s, region.end_s) for region in regions if region.channel == 1]
    turns = load_diarizer(DiarizationConfig()).diarize(audio, [*regions, *leaked])
    assert {turn.speaker for turn in turns} == {"S1", "S2"}


@pytest.mark.parametrize("voice", [LOW, BRIGHT, Voice(130, 1.0, -6), Voice(240, 1.1, -9)])
def test_a_channel_with_one_voice_stays_one_speaker(voice):
    audio, regions = by_turns(dialogue((voice,), LENGTHS, seed=20))
    turns = load_diarizer(DiarizationConfig()).diarize(audio, regions)
    assert {(turn.speaker, turn.channel) for turn in turns} == {("S1", 0), ("S2", 1)}


@pytest.mark.parametrize("name", DEMO_CALLS)
def test_the_demo_calls_have_two_speakers(name, references):
    audio = decode(CALLS / references[name]["audio"], AudioConfig())
    regions = load_detector(VadConfig(), 30.0).detect(audio).regions
    assert {turn.speaker for turn in load_diarizer(DiarizationConfig()).diarize(audio, regions)} == {"S1", "S2"}


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
